"""Classes over time that a judge hears in sequences which share v, or z (Li and Mandt 2018, Fig 4).

A panel for each factor, above for a shared v, below for a shared z. A colour is a repeat, with a
shared code of its own; a line is what some of its sequences have in common, the wider the more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..figures import Palette
from .picture import Names, Picture, Results

ROWS = {"v": "one v, many z", "z": "one z, many v"}
_MOST_TICKS = 12
_OFFSET = 0.08  # between repeats, of the distance of two classes


def trajectories_of(result: dict[str, Any]) -> dict[str, dict[str, np.ndarray]]:
    """Return the classes that scores hold: for each code and factor (repeats, sequences, parts)."""
    table = result["rows"].get("judge_consistency", {}).get("table", {})
    return {
        code: {
            name: np.array([[one.split() for one in repeat] for repeat in repeats], np.int64)
            for name, repeats in factors.items()
        }
        for code, factors in table.items()
    }


def draw(results: Results, names: Names, palette: Palette) -> dict[str, Figure]:
    """Draw the sequences of each model that has some."""
    found = {model: trajectories_of(result) for model, result in results.items()}
    return {model: _figure(one, names, palette) for model, one in found.items() if one}


def _figure(found: dict[str, dict[str, np.ndarray]], names: Names, palette: Palette) -> Figure:
    factors = list(next(iter(found.values())))
    figure = Figure(figsize=(1.2 + 2.5 * len(factors), 4.2), layout="constrained")
    panels = figure.subplots(len(ROWS), len(factors), sharex=True, squeeze=False)
    for column, name in enumerate(factors):
        heard = {code: found[code][name] for code in ROWS}
        known = np.unique(np.concatenate([one.ravel() for one in heard.values()]))
        for row, (code, title) in enumerate(ROWS.items()):
            axes = panels[row, column]
            draw_trajectories(axes, heard[code], known, palette)
            _label_classes(axes, name, known, names)
            if column == 0:
                axes.set_ylabel(title)
        panels[0, column].set_title(name.replace("_", " "))
        panels[-1, column].set_xlabel("time (1: the clip)")
    return figure


def draw_trajectories(axes: Axes, classes: np.ndarray, known: np.ndarray, palette: Palette) -> None:
    """Draw classes, (repeats, sequences, parts), at their places among the known ones, sorted."""
    parts = classes.shape[-1]
    time = (np.arange(parts) + 0.5) / parts
    for repeat, sequences in enumerate(np.searchsorted(known, classes)):
        shift = _OFFSET * (repeat - (len(classes) - 1) / 2)
        lines, counts = np.unique(sequences, axis=0, return_counts=True)
        for line, count in zip(lines, counts, strict=True):
            share = count / len(sequences)
            axes.plot(
                time,
                line + shift,
                color=palette.series[repeat % len(palette.series)],
                linewidth=0.6 + 2 * share,
                alpha=0.35 + 0.65 * share,
            )
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.5, len(known) - 0.5)


def _label_classes(axes: Axes, name: str, known: np.ndarray, names: Names) -> None:
    step = -(-len(known) // _MOST_TICKS)
    places = np.arange(0, len(known), step)
    axes.set_yticks(places, [class_name(name, int(one), names) for one in known[places]])


def class_name(factor: str, one: int, names: Mapping[str, tuple[str, ...]]) -> str:
    """Return the name of a class; a pitch is a MIDI number, and 0 a rest."""
    if factor == "pitch" and one == 0:
        return "rest"
    own = names.get(factor, ())
    return own[one] if one < len(own) else str(one)


PICTURE = Picture(
    name="shared-codes",
    title="What sequences that share a code have in common",
    lead="A judge tells the classes of each part of drawn sequences. Above, sequences of one "
    "colour share v and have z of their own: their static classes should be one straight line. "
    "Below, they share z and have v of their own: their pitches should be one line. The wider a "
    "line, the more sequences it is (Li and Mandt 2018, Fig 4).",
    draw=draw,
)
