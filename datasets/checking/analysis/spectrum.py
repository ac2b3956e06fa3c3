"""Power spectrum of a steady sound, averaged over windows (Welch 1967), and the floor under it.

The window is Nuttall's (1981) with sidelobes below -93 dB: a line fills the `LOBE` bins on either
side of its own and nothing else, so that noise can be measured between partials down to 90 dB below
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from ....synth.rendering.fluidsynth import SAMPLE_RATE_HZ

LOBE = 4
_SIZES = (8192, 4096, 2048, 1024)
_FLOOR_HZ = 120.0  # width of the running median: two partials and two gaps of the lowest tone
_FLOOR_STEPS = 4
_TINY = 1e-24


@dataclass(frozen=True)
class Spectrum:
    """A power spectrum.

    `power` is (bins,), so scaled that a sine's bins add up to its power, as do those of noise.
    `size` is the length of a window in samples; `looks` is how many independent windows were
    averaged.
    """

    power: np.ndarray
    size: int
    looks: float

    @property
    def bin_hz(self) -> float:
        """The distance between bins."""
        return SAMPLE_RATE_HZ / self.size

    @cached_property
    def floor(self) -> np.ndarray:
        """The mean power of the noise by its running median: (bins,)."""
        width = max(int(_FLOOR_HZ / self.bin_hz) // 2 * 2 + 1, 9)
        step = max(width // _FLOOR_STEPS, 1)
        padded = np.pad(self.power, width // 2, mode="reflect")
        medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, width)[::step], axis=1)
        places = np.arange(len(medians)) * step
        medians /= (
            1 - 1 / (9 * self.looks)
        ) ** 3  # of a gamma distribution (Wilson, Hilferty 1931)
        return np.interp(np.arange(len(self.power)), places, medians) + _TINY


def average(sound: np.ndarray, longest: int = _SIZES[0]) -> Spectrum | None:
    """Return the spectrum of a sound (samples,), in windows of up to `longest` samples.

    It is None when the sound is shorter than any window.
    """
    sizes = (size for size in _SIZES if size <= longest and len(sound) >= 1.5 * size)
    size = next(sizes, None)
    if size is None:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[:: size // 4]
    lines = np.fft.rfft(frames * _window(size), axis=1)
    power = (lines.real**2 + lines.imag**2).mean(axis=0) * 2
    return Spectrum(power, size, 1 + (len(sound) - size) / (size / 2))


def once(sound: np.ndarray) -> Spectrum:
    """Return the spectrum of a sound (samples,) in one window as long as it."""
    lines = np.fft.rfft(sound * _window(len(sound)))
    return Spectrum((lines.real**2 + lines.imag**2) * 2, len(sound), 1.0)


@cache
def _window(size: int) -> np.ndarray:
    """Return Nuttall's window with continuous first derivative, of power 1 / size."""
    x = 2 * np.pi * np.arange(size) / size
    window = 0.355768 - 0.487396 * np.cos(x) + 0.144232 * np.cos(2 * x) - 0.012604 * np.cos(3 * x)
    return np.asarray(window / np.sqrt((window**2).sum() * size))
