"""Scores against each other: a point for each run and factor, its colour the corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from .captioned import captioned, legend, save
from .results import Results

_SMALLEST, _LARGEST = 8.0, 60.0  # points of a plot, by the setting


@dataclass(frozen=True)
class Axis:
    """A score of each factor, by its key, with its name and its ideal value, which is drawn."""

    key: str
    label: str
    ideal: float | None = None


def scatter_figure(
    results: Results,
    path: Path,
    panels: Sequence[tuple[Axis, Axis]],
    factors: Sequence[str],
    colours: Mapping[str, str],
    sizes: tuple[str, Sequence[float]],
    words: str,
) -> None:
    """Draw a panel for each pair of scores.

    Parameters
    ----------
    panels
        The horizontal and the vertical score of each.
    colours
        The corpora, in order, with their colours; a "-" in a name is drawn as a space.
    sizes
        The setting by which points grow, and its values in order.
    words
        What stands below.
    """
    figure = captioned(3.0 * len(panels) + 0.6, 3.2, words)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    setting, values = sizes
    grow = dict(zip(values, np.linspace(_SMALLEST, _LARGEST, len(values)), strict=True))
    for (across, up), panel in zip(panels, axes, strict=True):
        for corpus, colour in colours.items():
            points = _points(results, corpus, (across, up), factors, setting)
            x, y, at = np.array(points, float).reshape(-1, 3).T
            area = [grow[value] for value in at]
            panel.scatter(x, y, area, color=colour, alpha=0.55, linewidths=0)
        if across.ideal is not None:
            panel.axvline(across.ideal, color="black", linewidth=0.8, linestyle=":")
        if up.ideal is not None:
            panel.axhline(up.ideal, color="black", linewidth=0.8, linestyle=":")
        panel.set_xlabel(across.label)
        panel.set_ylabel(up.label)
        panel.tick_params(labelsize=8)
        panel.grid(linewidth=0.4, alpha=0.5)
        panel.spines[["top", "right"]].set_visible(False)
    dots: dict[str, Any] = {"marker": "o", "linestyle": "", "alpha": 0.7}
    handles = [
        Line2D([], [], color=colour, label=name.replace("-", " "), **dots)
        for name, colour in colours.items()
    ]
    ends = [(grow[value], f"{setting}: {value}") for value in (values[0], values[-1])]
    handles += [
        Line2D([], [], color="black", label=label, markersize=np.sqrt(area), **dots)
        for area, label in ends
    ]
    legend(figure, handles)
    save(figure, path)


def _points(
    results: Results, corpus: str, pair: tuple[Axis, Axis], factors: Sequence[str], setting: str
) -> list[tuple[float, float, Any]]:
    """Return both scores of each factor of each run on a corpus, with a setting of the run."""
    return [
        (
            *(run.values(f"{factor}/{axis.key}")[0] for axis in pair),
            run.variant.settings[setting],
        )
        for variant in results.variants
        if variant.corpus == corpus
        for run in results.of(variant)
        for factor in factors
    ]
