"""Figures of spectrograms in rows and columns, each under its title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ...datasets.reading.picture import draw_log_mel
from ...synth.features import LogMelSettings

WIDTH, HEIGHT = 2.7, 2.1  # inches of a panel with its title


@dataclass(frozen=True)
class Panel:
    """A spectrogram, (frames, bands), with its title."""

    x: np.ndarray
    title: str


def draw_panels(
    figure: Figure, rows: Sequence[Sequence[Panel | None]], settings: LogMelSettings
) -> None:
    """Draw rows of as many spectrograms, on the same axes; None leaves a place empty."""
    panels = figure.subplots(len(rows), len(rows[0]), sharex=True, sharey=True, squeeze=False)
    for line, row in zip(panels, rows, strict=True):
        for axes, panel in zip(line, row, strict=True):
            axes.set_axis_off()
            if panel is not None:
                axes.set_title(panel.title, fontsize=9)
                draw_log_mel(axes, panel.x, settings)
