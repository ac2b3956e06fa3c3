"""Scores against a setting, with their intervals: a panel for each group of variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from .captioned import captioned, legend, save
from .results import Results
from .variant import shown

LOW, HIGH = "_low", "_high"  # after the key of a score: the ends of its interval


@dataclass(frozen=True)
class Line:
    """A score by its key, and how it is drawn: as a line with its interval, or with a marker.

    Parameters
    ----------
    key, label, colour
        The score, its name and its colour.
    marker
        Where it is given, there is a point for each run in place of the line.
    """

    key: str
    label: str
    colour: str
    marker: str = ""


def interval_figure(
    results: Results,
    path: Path,
    lines: Sequence[Line],
    settings: tuple[str, str],
    axis: tuple[str, float],
    words: str,
) -> None:
    """Draw means over the seeds with the means of the ends of the intervals, or each run.

    Parameters
    ----------
    settings
        The setting that has a panel for each value, and the setting along the axis.
    axis
        The name of the other axis, and the ideal value, which is drawn.
    words
        What stands below.
    """
    group, along = settings
    groups = list(dict.fromkeys(variant.settings[group] for variant in results.variants))
    figure = captioned(4.4 * len(groups), 3.3, words)
    panels = figure.subplots(1, len(groups), squeeze=False, sharey=True)[0]
    for value, panel in zip(groups, panels, strict=True):
        panel.axhline(axis[1], color="black", linewidth=0.8, alpha=0.6)
        handles = [_line(panel, results, line, (group, value), along) for line in lines]
        panel.set_title(" and ".join(value) if isinstance(value, tuple) else shown(value))
        panel.title.set_fontsize(10)
        panel.set_xlabel(along)
        panel.tick_params(labelsize=8)
        panel.grid(linewidth=0.4, alpha=0.5)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(axis[0])
    legend(figure, handles)
    save(figure, path)


def _line(panel: Axes, results: Results, line: Line, group: tuple[str, Any], along: str) -> Line2D:
    """Draw a score, and return what stands for it in the legend."""
    own = [v for v in results.variants if v.settings[group[0]] == group[1] and results.of(v)]
    look: dict[str, Any] = {"color": line.colour, "label": line.label}
    if line.marker:
        points = [(v.settings[along], run) for v in own for run in results.over_seeds(v, line.key)]
        drawn = np.array([(place, *run) for place, run in points]).reshape(-1, 2)
        return panel.plot(*drawn.T, line.marker, markersize=7, zorder=3, **look)[0]
    places = [variant.settings[along] for variant in own]
    means, low, high = (
        [results.over_seeds(v, line.key + end).mean() for v in own] for end in ("", LOW, HIGH)
    )
    panel.fill_between(places, low, high, color=line.colour, alpha=0.15, linewidth=0)
    return panel.plot(places, means, marker="o", linewidth=1.3, markersize=3, **look)[0]
