"""Box plots of scores over seeds: a panel for a score and an encoder, a box for a family and size.

Colours tell families apart: with few of them, the same in every figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from .captioned import captioned, legend, save
from .results import Results
from .table import score_head

_WIDTH = 0.8  # of the boxes of one size, together


def box_figure(
    results: Results,
    path: Path,
    scores: Sequence[str],
    colours: Mapping[str, str],
    across: str,
    down: str,
    words: str,
) -> None:
    """Draw the results: a column of panels for each score, a row for each value of a setting.

    Parameters
    ----------
    colours
        The families, in order, with their colours.
    across
        The setting along the axis of a panel.
    down
        The setting that has a row of panels for each value.
    words
        What stands below: the paper's finding, and ours.
    """
    rows = _values(results, down)
    figure = captioned(2.6 * len(scores) + 0.6, 2.1 * len(rows) + 0.3, words)
    panels = figure.subplots(len(rows), len(scores), squeeze=False, sharex=True)
    for value, line in zip(rows, panels, strict=True):
        for score, panel in zip(scores, line, strict=True):
            _panel(panel, results, score, colours, across, (down, value))
    for score, panel in zip(scores, panels[0], strict=True):
        panel.set_title(score_head(score), fontsize=10)
    for value, line in zip(rows, panels[:, 0], strict=True):
        line.set_ylabel(f"{value} q" if down == "local_encoder" else f"{down} = {value}")
    for panel in panels[-1]:
        panel.set_xlabel("size of z" if across == "z_dim" else across)
    patches: list[Any] = [Patch(facecolor=colour, label=name) for name, colour in colours.items()]
    legend(figure, patches)
    save(figure, path)


def _values(results: Results, setting: str) -> list[Any]:
    return list(dict.fromkeys(variant.settings[setting] for variant in results.variants))


def _panel(
    panel: Axes,
    results: Results,
    score: str,
    colours: Mapping[str, str],
    across: str,
    row: tuple[str, Any],
) -> None:
    """Draw a box for each family at each value of the setting along the axis."""
    places = _values(results, across)
    step = _WIDTH / len(colours)
    for n, (family, colour) in enumerate(colours.items()):
        for place, value in enumerate(places):
            found = [
                results.over_seeds(variant, score).mean(axis=1)
                for variant in results.variants
                if variant.family == family
                and variant.settings[across] == value
                and variant.settings[row[0]] == row[1]
            ]
            values = np.concatenate(found) if found else np.empty(0)
            values = values[np.isfinite(values)]
            if len(values):
                _box(panel, values, place + (n + 0.5) * step - _WIDTH / 2, step, colour)
    panel.set_xticks(range(len(places)), list(map(str, places)))
    panel.set_xlim(-0.5, len(places) - 0.5)
    panel.tick_params(labelsize=8)
    panel.grid(axis="y", linewidth=0.4, alpha=0.5)
    panel.spines[["top", "right"]].set_visible(False)
    if score.startswith("f1_"):
        panel.set_ylim(-0.04, 1.04)


def _box(panel: Axes, values: np.ndarray, place: float, step: float, colour: str) -> None:
    """Draw one box with its points, which show it where it has no height."""
    drawn = panel.boxplot(
        [values], positions=[place], widths=0.85 * step, patch_artist=True, showfliers=False
    )
    for part in drawn["boxes"]:
        part.set(facecolor=colour, alpha=0.45, linewidth=0.7)
    for part in [*drawn["medians"], *drawn["whiskers"], *drawn["caps"]]:
        part.set(color="black", linewidth=0.8)
    panel.plot(np.full(len(values), place), values, ".", color=colour, markersize=4, zorder=3)
