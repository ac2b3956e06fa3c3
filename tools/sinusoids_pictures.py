"""Pictures of examples: what one factor changes, measured on the sound, in small axes.

Only the picture of a phrase's notes is drawn from labels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sinusoids_examples import Example, examples, factors_of

from dsounds.datasets import Factor
from dsounds.datasets.reading.frames import FrameGrid, level_db, midi_to_hz
from dsounds.datasets.reading.picture import draw_log_mel, draw_notes
from dsounds.synth.features import LogMelSettings, band_of_hz, log_mel
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from dsounds.train.report.figures import FIGURE_STYLE, INK, LINE, SERIES, inline_svg

Draw = Callable[[Axes, Example], None]
_MOST_COLUMNS = 7
_SPECTRUM_SAMPLES = 4_096
_GRID = FrameGrid(hop_samples=80, window_samples=480, centred=False)  # a frame each 5 ms, of 30 ms
_PAPER = {INK: "#33373c", LINE: "#d5d8dc", SERIES[0]: "#2b62d1"}  # of PNGs
_PNG_STYLE: dict[Any, Any] = {
    key: _PAPER.get(value, value) if isinstance(value, str) else value
    for key, value in FIGURE_STYLE.items()
} | {"font.size": 8, "axes.prop_cycle": f"cycler('color', ['{_PAPER[SERIES[0]]}'])"}
_SVG_STYLE: dict[Any, Any] = FIGURE_STYLE | {
    "font.size": 8,
    "font.family": "DejaVu Sans",  # the page has its own: a short name will do
    "axes.prop_cycle": f"cycler('color', ['{SERIES[0]}'])",
}


def spectrum(axes: Axes, example: Example) -> None:
    """Level of sines over frequency, both logarithmic."""
    _spectrum(axes, example)
    axes.set_xscale("log")
    axes.set_xlim(200, 7_500)
    axes.set_xticks([250, 1_000, 4_000], ["250", "1k", "4k Hz"])
    axes.minorticks_off()


def partials(axes: Axes, example: Example) -> None:
    """The same on a linear axis; dotted: where harmonic partials would be."""
    first = float(midi_to_hz(np.array(example.pitch)))
    harmonics = first * np.arange(1, 12)
    axes.vlines(harmonics, -100, -20, colors=axes.xaxis.label.get_color(), linestyles=":", lw=0.7)
    _spectrum(axes, example)
    axes.set_xlim(0, 3_000)
    axes.set_xticks([0, 1_000, 2_000], ["0", "1k", "2k Hz"])


def _spectrum(axes: Axes, example: Example) -> None:
    middle = example.sound[len(example.sound) // 2 - _SPECTRUM_SAMPLES // 2 :][:_SPECTRUM_SAMPLES]
    window = np.hanning(_SPECTRUM_SAMPLES)
    lines = 2 * np.abs(np.fft.rfft(middle * window)) / window.sum()
    hz = np.fft.rfftfreq(_SPECTRUM_SAMPLES, 1 / SAMPLE_RATE_HZ)
    shown = lines[1:].reshape(-1, 4).max(axis=1)  # of a few neighbours the highest
    axes.plot(hz[2::4], 20 * np.log10(shown + 1e-6), lw=0.9)
    axes.set(ylim=(-100, -15), yticks=(-80, -50, -20))


def level(axes: Axes, example: Example) -> None:
    """Root mean square over time, dB of full scale."""
    level = level_db(example.sound[None], _GRID)[0]
    axes.plot(_GRID.centres(len(example.sound)) / SAMPLE_RATE_HZ, level, lw=1.3)
    _seconds(axes, example)
    axes.set(ylim=(-62, -8), yticks=(-60, -40, -20))


def waveform(axes: Axes, example: Example) -> None:
    """Lowest and highest sample, over time."""
    shown = example.sound[: round(0.7 * SAMPLE_RATE_HZ)].reshape(-1, 70)
    time_s = np.arange(len(shown)) * 70 / SAMPLE_RATE_HZ
    axes.fill_between(time_s, shown.min(axis=1), shown.max(axis=1), lw=0)
    axes.set(xlim=(0, 0.7), xticks=(0, 0.5), ylim=(-0.3, 0.3), yticks=())
    axes.set_xticklabels(["0", "0.5 s"])


def pitch_track(axes: Axes, example: Example) -> None:
    """Pitch of the first partial over time, from its phase, in cents."""
    hz = float(midi_to_hz(np.array(example.pitch)))
    time_s = np.arange(len(example.sound)) / SAMPLE_RATE_HZ
    turned = example.sound * np.exp(-2j * np.pi * hz * time_s)
    window = np.hanning(round(5 * SAMPLE_RATE_HZ / hz))
    phase = np.unwrap(np.angle(np.convolve(turned, window / window.sum(), "same")))[::80]
    off_hz = np.gradient(phase) * SAMPLE_RATE_HZ / 80 / (2 * np.pi)
    cents = 1_200 * np.log2(1 + off_hz / hz)[8:-16]
    axes.plot((8 + np.arange(len(cents))) * 80 / SAMPLE_RATE_HZ, cents, lw=1.3)
    _seconds(axes, example)
    axes.set(ylim=(-125, 125), yticks=(-100, 0, 100))


def mel(axes: Axes, example: Example) -> None:
    """Log-mel spectrogram, with the labelled notes where there are several."""
    settings = LogMelSettings()
    draw_log_mel(axes, log_mel(example.sound, settings), settings)
    axes.set_yticks(band_of_hz(np.array([250, 1_000, 4_000]), settings), ["250", "1k", "4k Hz"])
    axes.grid(False)
    axes.set_xticks(range(1, int(example.seconds) + 1))
    if len(example.notes) > 1:
        draw_notes(axes, example.notes, settings)


def roll(axes: Axes, example: Example) -> None:
    """Notes: MIDI pitch over time, as labelled."""
    notes = example.notes
    start, stop = (notes[name] / SAMPLE_RATE_HZ for name in ("onset_sample", "offset_sample"))
    axes.hlines(notes["pitch"], start, stop, colors="C0", lw=3)
    axes.set(xlim=(-0.05, 2.7), xticks=(0, 1, 2), ylim=(58.5, 68.5), yticks=(60, 64, 68))
    axes.set_xticklabels(["0", "1", "2 s"])


def _seconds(axes: Axes, example: Example) -> None:
    times = np.arange(0, example.seconds, 0.5 if example.seconds > 0.6 else 0.2)
    axes.set_xlim(0, example.seconds)
    axes.set_xticks(times, [*(f"{time:g}" for time in times[:-1]), f"{times[-1]:g} s"])


KINDS: dict[str, tuple[Draw, str]] = {
    "pitch": (mel, "log-mel"),
    "level": (level, "level, dB"),
    "tilt": (spectrum, "spectrum, dB"),
    "odd_even": (spectrum, "spectrum, dB"),
    "hnr": (spectrum, "spectrum, dB"),
    "formant": (spectrum, "spectrum, dB"),
    "attack": (waveform, "waveform"),
    "decay": (level, "level, dB"),
    "inharmonicity": (partials, "spectrum, dB"),
    "vibrato_rate": (pitch_track, "pitch, cents"),
    "vibrato_depth": (pitch_track, "pitch, cents"),
    "tremolo": (level, "level, dB"),
    "notes": (roll, "MIDI pitch"),
    "contour": (roll, "MIDI pitch"),
    "density": (roll, "MIDI pitch"),
    "crescendo": (level, "level, dB"),
}  # of a factor: how it is drawn, and what the upright axis is


def svg(draw: Draw, example: Example, alt: str) -> Markup:
    """One example as inline SVG in the colours of an HTML page."""
    with rc_context(_SVG_STYLE | {"svg.hashsalt": alt}):
        figure = Figure(figsize=(2.2, 1.25))
        draw(figure.add_axes((0.19, 0.19, 0.79, 0.76)), example)
        return inline_svg(figure, alt)


def level_picture(name: str, path: Path) -> None:
    """Write the PNG of a level: a row for each factor that is new there, a column for a value."""
    factors = factors_of(name)
    with rc_context(_PNG_STYLE):
        figure = Figure(figsize=(9.6, 1.35 * len(factors)), layout="constrained")
        rows = np.atleast_1d(figure.subfigures(len(factors), 1))
        for row, factor in zip(rows, factors, strict=True):
            _row(row, factor, _thinned(examples(name, factor)))
        figure.savefig(path, dpi=100, format="png", metadata={"Software": None})


def _row(row: Any, factor: Factor, shown: list[Example]) -> None:
    draw, upright = KINDS[factor.name]
    grid = row.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, example in zip(grid, shown, strict=True):
        draw(axes, example)
        axes.set_title(f"{factor.name} {example.label}", fontsize=8)
    grid[0].set_ylabel(upright)


def _thinned(every: list[Example]) -> list[Example]:
    step = -(-len(every) // _MOST_COLUMNS)
    return every[::step]
