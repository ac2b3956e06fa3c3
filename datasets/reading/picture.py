"""Pictures of clips: log-mel spectrograms with the labelled pitches drawn over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...settings import require
from ...synth.features import LogMelSettings, band_of_hz, log_mel
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..storage.own_files import save_picture
from .corpus import Corpus
from .frames import midi_to_hz

COLOUR_MAP = "magma"
COLOUR_LIMITS = (-9.0, 9.0)  # natural log power; what lies below is next to silence
_MOST_CLIPS = 500  # a picture has less than 65,536 rows of pixels
NOTE_COLOUR = "#5ad1ff"


def draw_log_mel(axes: Axes, spectrogram: np.ndarray, settings: LogMelSettings) -> None:
    """Draw one spectrogram (frames, bands)."""
    seconds = spectrogram.shape[0] * settings.hop_samples / settings.sample_rate_hz
    axes.imshow(
        spectrogram.T,
        origin="lower",
        aspect="auto",
        cmap=COLOUR_MAP,
        vmin=COLOUR_LIMITS[0],
        vmax=COLOUR_LIMITS[1],
        extent=(0, seconds, -0.5, spectrogram.shape[1] - 0.5),
        interpolation="nearest",
    )


def draw_notes(axes: Axes, notes: np.ndarray, settings: LogMelSettings) -> None:
    """Draw the nominal fundamental of each note (K,), that of its key, where it is held."""
    band = band_of_hz(midi_to_hz(notes["pitch"]), settings)
    start = notes["onset_sample"] / SAMPLE_RATE_HZ
    stop = notes["offset_sample"] / SAMPLE_RATE_HZ
    axes.hlines(band, start, stop, color=NOTE_COLOUR, linewidth=2.5)
    axes.vlines(start, band - 2.5, band + 2.5, color=NOTE_COLOUR, linewidth=1.2)


def static_names(corpus: Corpus, clip: int) -> str:
    """Return the static factors that vary, as this clip has them: "octave 5, instrument violin"."""
    classes = corpus.labels([clip])[0][0]
    return ", ".join(
        f"{factor.name} {factor.names[classes[corpus.space.column(factor.name)]]}"
        for factor in corpus.space.varying("static")
    )


def draw_clips(corpus: Corpus, clips: np.ndarray, path: Path) -> None:
    """Write a PNG of some clips with their labelled notes.

    A file that cannot be written raises DsoundsError.
    """
    require(
        len(clips) <= _MOST_CLIPS,
        f"{len(clips):,} clips are too many for a picture: up to {_MOST_CLIPS} are allowed",
    )
    settings = LogMelSettings()
    rows = -(-len(clips) // 2)
    figure = Figure(figsize=(12, 0.6 + 2.3 * rows), layout="constrained")
    grid = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
    spectrograms = log_mel(corpus.audio(clips), settings)
    for axes in grid.flat[len(clips) :]:
        axes.set_visible(False)
    for axes, clip, spectrogram, notes in zip(
        grid.flat, clips, spectrograms, corpus.notes(clips), strict=False
    ):
        draw_log_mel(axes, spectrogram, settings)
        draw_notes(axes, notes, settings)
        axes.set_title(f"clip {clip}  {static_names(corpus, clip)}", fontsize=10, loc="left")
        label_bands(axes, settings)
    for axes in grid[-1]:
        axes.set_xlabel("seconds")
    save_picture(figure, path, dpi=110)


def label_bands(axes: Axes, settings: LogMelSettings) -> None:
    """Label the axis of mel bands in hertz."""
    ticks = np.array([100, 250, 500, 1000, 2000, 4000])
    axes.set_yticks(band_of_hz(ticks, settings), [f"{tick:,} Hz" for tick in ticks], fontsize=8)
