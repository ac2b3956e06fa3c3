"""The comparison as a picture: a panel for each score, a row for each model, a point for a seed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...datasets.storage.own_files import save_picture

if TYPE_CHECKING:
    from .compare import Comparison, Line

_COLUMNS, _DPI = 3, 130


def draw(comparison: Comparison, path: Path) -> None:
    """Write the picture as PNG, whole or not at all."""
    scores = comparison.scores
    rows = math.ceil(len(scores) / _COLUMNS)
    height = 0.55 + 0.26 * len(comparison.models)
    figure = Figure((4.2 * _COLUMNS, height * rows + 0.3), dpi=_DPI, layout="constrained")
    panels = figure.subplots(rows, _COLUMNS, squeeze=False)
    for panel in panels.flat[len(scores) :]:
        panel.set_axis_off()
    for k, score in enumerate(scores):
        _panel(panels.flat[k], comparison.of(score), named=k % _COLUMNS == 0)
    save_picture(figure, path)


def _panel(panel: Axes, lines: list[Line], named: bool) -> None:
    for row, line in enumerate(lines):
        panel.plot(line.values, np.full(len(line.values), row), "o", markersize=3.5, alpha=0.5)
        own = line.median
        panel.plot([own.low, own.high], [row, row], "-", color="black", linewidth=1)
        panel.plot([own.value], [row], "|", color="black", markersize=11, markeredgewidth=1.6)
    panel.set_ylim(len(lines) - 0.5, -0.5)
    names = [line.model for line in lines] if named else []
    panel.set_yticks(range(len(lines)) if named else [], names, fontsize=8)
    panel.tick_params(axis="x", labelsize=8)
    panel.set_title(lines[0].score, fontsize=9)
    panel.grid(axis="x", linewidth=0.4, alpha=0.5)
    panel.spines[["top", "right"]].set_visible(False)
