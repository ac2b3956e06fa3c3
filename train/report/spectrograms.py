"""Spectrograms of a report: PNGs with a pixel per value, their ticks and their colour scale."""

import io

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_hex
from matplotlib.image import imsave

from ...datasets.reading.picture import COLOUR_LIMITS, COLOUR_MAP
from ...synth.features import LogMelSettings, band_of_hz

HZ = (250, 1000, 4000)


def spectrogram(x: np.ndarray) -> bytes:
    """Return x, (frames, bands), as a PNG, low bands at the bottom, a pixel per value."""
    png = io.BytesIO()
    pixels = colormaps[COLOUR_MAP](Normalize(*COLOUR_LIMITS, clip=True)(x.T))
    imsave(png, pixels, origin="lower", format="png")
    return png.getvalue()


def colour_steps(steps: int = 9) -> list[str]:
    """Return the colours from low to high, for a scale."""
    return [to_hex(colormaps[COLOUR_MAP](k)) for k in np.linspace(0, 1, steps)]


def ticks(frames: int, settings: LogMelSettings) -> list[tuple[str, float, str]]:
    """Return a few frequencies and seconds: side of the picture, place in percent, text."""
    places = 100 * (band_of_hz(np.array(HZ), settings) + 0.5) / settings.bands
    hz = [("bottom", place, _hz(hz)) for hz, place in zip(HZ, places, strict=True) if place < 100]
    seconds = frames * settings.hop_samples / settings.sample_rate_hz
    return hz + [("left", 100 * s / seconds, f"{s} s") for s in range(1, int(seconds))]


def _hz(hz: int) -> str:
    return f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz"
