"""Curves of scores against a setting of the runs, such as their epochs: a line for each family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from .captioned import captioned, legend, save
from .results import Results
from .table import score_head


def curve_figure(
    results: Results,
    path: Path,
    scores: Sequence[str],
    colours: Mapping[str, str],
    axis: tuple[str, Callable[[float], float], str],
    words: str,
) -> None:
    """Draw a panel for each score: its mean over the seeds, and a point for each run.

    Parameters
    ----------
    colours
        The families, in order, with their colours.
    axis
        The setting along the axis, what makes its values those of the axis, and the axis's name.
    words
        What stands below.
    """
    figure = captioned(2.7 * len(scores) + 0.6, 3.0, words)
    panels = figure.subplots(1, len(scores), squeeze=False)[0]
    setting, scale, name = axis
    for score, panel in zip(scores, panels, strict=True):
        for family, colour in colours.items():
            _line(panel, results, score, family, colour, setting, scale)
        panel.set_title(score_head(score), fontsize=10)
        panel.set_xlabel(name)
        panel.set_xscale("log")
        panel.tick_params(labelsize=8)
        panel.grid(linewidth=0.4, alpha=0.5)
        panel.spines[["top", "right"]].set_visible(False)
        if score.startswith("f1_"):
            panel.set_ylim(-0.04, 1.04)
    legend(figure, panels[0].get_lines()[::2])
    save(figure, path)


def _line(
    panel: Axes,
    results: Results,
    score: str,
    family: str,
    colour: str,
    setting: str,
    scale: Callable[[float], float],
) -> None:
    """Draw a family's line through the means, and its points."""
    own = [v for v in results.variants if v.family == family and results.of(v)]
    found = {
        scale(variant.settings[setting]): results.over_seeds(variant, score).mean(axis=1)
        for variant in own
    }
    places = sorted(found)
    means = [float(np.mean(found[place])) for place in places]
    panel.plot(places, means, "-", color=colour, label=family, linewidth=1.3)
    points = [(place, value) for place in places for value in found[place]]
    panel.plot(*np.array(points).reshape(-1, 2).T, ".", color=colour, markersize=6)
