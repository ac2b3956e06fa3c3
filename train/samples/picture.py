"""A picture of a grid: a spectrogram for each sequence, with captions, seconds and hertz."""

import textwrap
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...datasets.reading.picture import NOTE_COLOUR, draw_log_mel, label_bands
from ...synth.features import LogMelSettings
from .grid import Grid

MOST_ROWS, MOST_COLUMNS = 12, 8  # what is drawn: a larger picture cannot be read, and takes long
_LINE = 4  # sequences side by side where all of them are one row
_AFTER_THE_END = "#dddddd"
_TITLE_WIDTH, _CAPTION_WIDTH = 32, 18  # characters of a line


def draw_grid(made: Grid, path: Path, features: LogMelSettings) -> None:
    """Write a PNG. Of a large grid the first rows and columns are drawn, and the title says so."""
    rows, columns = range(len(made.rows))[:MOST_ROWS], range(len(made.columns))[:MOST_COLUMNS]
    cells = [(row, column) for row in rows for column in columns]
    width = min(_LINE, len(cells)) if len(rows) == 1 else len(columns)
    height = -(-len(cells) // width)
    figure = Figure(figsize=(2.0 + 2.4 * width, 1.0 + 1.6 * height), layout="constrained")
    panels = figure.subplots(height, width, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(cells) :]:
        axes.set_visible(False)
    for place, ((row, column), axes) in enumerate(zip(cells, panels.flat, strict=False)):
        _draw(axes, made, row, column, features)
        if place < width or len(rows) == 1:
            axes.set_title(textwrap.fill(made.columns[column], _TITLE_WIDTH), fontsize=9)
        if column == 0:
            _caption(axes, made.rows[row])
    figure.supxlabel("seconds", fontsize=9)
    figure.suptitle(_title(made), fontsize=11)
    figure.savefig(path, dpi=110, format="png")


def _draw(axes: Axes, made: Grid, row: int, column: int, features: LogMelSettings) -> None:
    axes.set_facecolor(_AFTER_THE_END)
    draw_log_mel(axes, made.x[row, column], features)
    label_bands(axes, features)
    axes.tick_params(labelsize=8)
    if made.observed:
        boundary_s = made.observed * features.hop_samples / features.sample_rate_hz
        axes.axvline(boundary_s, color=NOTE_COLOUR, linewidth=1.5, linestyle="--")


def _caption(axes: Axes, text: str) -> None:
    """Write the caption of a row to the left of its first sequence."""
    lines = textwrap.fill(text, _CAPTION_WIDTH)
    axes.set_ylabel(lines, rotation=0, ha="right", va="center", fontsize=9)


def _title(made: Grid) -> str:
    """Return what the picture shows, in a line."""
    parts = [f"{made.about.get('model', '')} {made.mode}".strip()]
    if made.observed:
        parts.append("the predictions saw only what is left of the dashed line")
    for count, most, what in (
        (len(made.rows), MOST_ROWS, "rows"),
        (len(made.columns), MOST_COLUMNS, "columns"),
    ):
        if count > most:
            parts.append(f"the first {most} of {count} {what}")
    return ": ".join([parts[0], ", ".join(parts[1:])]) if parts[1:] else parts[0]
