"""The leakage matrix as a picture: a row for each factor, a column for each code, numbers in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..figures import Palette
from .picture import Names, Picture, Results

CODES = {"v": "v", "z": "mean z", "frames": "z_t"}
GROUPS = ("static", "dynamic", "frame")
_FRAME = "frame_"  # how labels of frames begin
_COLOURS, _DARK, _ON_DARK, _ON_LIGHT = "Blues", 0.6, "#ffffff", "#1c1e21"


@dataclass(frozen=True)
class Matrix:
    """What a probe reads of each factor from each code: 0 for a guess, 1 for the factor itself.

    Attributes
    ----------
    groups
        For each row one of `GROUPS`, in their order.
    values
        (factors, codes); nan where it was not asked.
    """

    factors: tuple[str, ...]
    groups: tuple[str, ...]
    values: np.ndarray


def matrix_of(result: dict[str, Any]) -> Matrix | None:
    """Return the matrix that scores hold; None where they hold none."""
    scores = result["scores"]
    found = [
        {
            key.partition("/")[2]: value
            for key, value in scores.items()
            if key.startswith(f"leakage_{code}/")
        }
        for code in CODES
    ]
    groups = {name: _group(name, result) for one in found for name in one}
    rows = sorted(groups, key=lambda name: GROUPS.index(groups[name]))  # stable
    if not rows:
        return None
    values = np.array([[one.get(name) for one in found] for name in rows], np.float64)
    return Matrix(tuple(rows), tuple(groups[name] for name in rows), values)


def _group(name: str, result: dict[str, Any]) -> str:
    if name.startswith(_FRAME):
        return "frame"
    return "static" if name in result["factors"] else "dynamic"


def draw(results: Results, names: Names, palette: Palette) -> dict[str, Figure]:
    """Draw a matrix for each model that has one."""
    found = {model: matrix_of(result) for model, result in results.items()}
    return {
        model: _figure(matrix, palette) for model, matrix in found.items() if matrix is not None
    }


def _figure(matrix: Matrix, palette: Palette) -> Figure:
    longest = max(map(len, matrix.factors))
    size = (2.9 + 0.07 * longest, 0.5 + 0.27 * len(matrix.factors))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.pcolormesh(
        matrix.values, cmap=_COLOURS, vmin=0, vmax=1, edgecolors=palette.line, linewidth=0.8
    )
    for (row, column), value in np.ndenumerate(matrix.values):
        _write(axes, column + 0.5, row + 0.5, float(value), palette)
    axes.set_xticks(np.arange(len(CODES)) + 0.5, list(CODES.values()))
    labels = [name.removeprefix(_FRAME).replace("_", " ") for name in matrix.factors]
    axes.set_yticks(np.arange(len(labels)) + 0.5, labels)
    axes.xaxis.tick_top()
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    _name_groups(axes, matrix, palette)
    return figure


def _write(axes: Axes, x: float, y: float, value: float, palette: Palette) -> None:
    """Write a number into its cell, readable on the colour of it."""
    if np.isnan(value):
        text, colour = "-", palette.ink
    else:
        text, colour = f"{round(value, 2) + 0.0:.2f}", _ON_DARK if value > _DARK else _ON_LIGHT
    axes.text(x, y, text, ha="center", va="center", color=colour, fontsize=8)


def _name_groups(axes: Axes, matrix: Matrix, palette: Palette) -> None:
    """Name each group beside its first row, and draw a line above it."""
    for group in dict.fromkeys(matrix.groups):
        first = matrix.groups.index(group)
        axes.text(len(CODES) + 0.08, first + 0.5, group, va="center", fontsize=8, style="italic")
        if first:
            axes.axhline(first, color=palette.ink, linewidth=1.2)


PICTURE = Picture(
    name="leakage",
    title="What each code tells",
    lead="What a linear probe reads of every factor from v, from z averaged over time and from z "
    "of a frame: 0 for a guess, 1 for the factor itself. A model that separates has static factors "
    "in v alone, and the others in z alone.",
    draw=draw,
)
