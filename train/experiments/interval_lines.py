"""Lines of scores against a setting, each with its interval: a panel for each group of variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from .captioned import captioned, legend, save
from .results import Results
from .variant import shown

LOW, HIGH = "_low", "_high"  # after the key of a score: the ends of its interval


@dataclass(frozen=True)
class Line:
    """A score by its key, and how its line looks."""

    key: str
    label: str
    colour: str
    style: str = "-"


def interval_figure(
    results: Results,
    path: Path,
    lines: Sequence[Line],
    settings: tuple[str, str],
    axis: tuple[str, float],
    words: str,
) -> None:
    """Draw means over the seeds, with the means of the ends of the intervals.

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


def _line(
    panel: Axes, results: Results, line: Line, group: tuple[str, object], along: str
) -> object:
    """Draw the line of a score, and return it."""
    own = [v for v in results.variants if v.settings[group[0]] == group[1] and results.of(v)]
    places = [variant.settings[along] for variant in own]
    values, low, high = (
        [float(np.nanmean(results.over_seeds(v, line.key + end))) for v in own]
        for end in ("", LOW, HIGH)
    )
    panel.fill_between(places, low, high, color=line.colour, alpha=0.15, linewidth=0)
    (drawn,) = panel.plot(
        *(places, values, line.style),
        marker="o",
        color=line.colour,
        label=line.label,
        linewidth=1.3,
        markersize=3,
    )
    return drawn
