"""Power of each partial and of the noise between them, from a steady sound.

What is not in the lobe of a partial is noise; below lobes it is assumed to continue as in the gaps.
The harmonics-to-noise ratio is the quotient of the two sums, over all frequencies.

The power of a partial is that of its lobe, less the noise below. Where noise is about as strong, it
is taken from one window as long as the sound instead, which lets the least noise through but needs
a partial of exactly constant frequency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import next_fast_len, rfft

from ....synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from .harmonic_fit import Harmonics
from .spectrum import LOBE, Spectrum

_MOST_DB = 90.0
_LEAST_GAP = 0.15  # part of the bins that must be gaps, or nothing is known of noise
_CORE = 2  # bins to either side that hold a partial but for 0.1 %
_WEAK = 8.0  # a partial below so many times its noise is weak
_SURE = 0.995  # part of the band that is used: a partial at its edge may be missing
_TRACE = 10**-5.5  # lines below this part of the strongest may be traces of modulation


@dataclass(frozen=True)
class Partials:
    """Partials k of frequency_hz: all (K,), k from 1.

    `power` is that of a partial and the noise measured with it; `noise` is the latter's mean. A
    sine of amplitude 1 has a power of 0.5.
    """

    k: np.ndarray
    frequency_hz: np.ndarray
    power: np.ndarray
    noise: np.ndarray
    hnr_db: float

    @property
    def level_db(self) -> np.ndarray:
        """The levels as sines, 0 dB for an amplitude of 1; -inf when below noise: (K,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(2 * np.maximum(self.power - self.noise, 0)))

    @property
    def significant(self) -> np.ndarray:
        """Whether partials stand out, to what noise does once in 2,000: (K,)."""
        return self.power > 7.6 * self.noise


def split(
    sound: np.ndarray,
    spectrum: Spectrum,
    harmonics: Harmonics,
    band_hz: float,
    most: int | None = None,
) -> Partials:
    """Return partials up to band_hz, `most` at most, and noise.

    The sound, (samples,), is steady and `spectrum` is its own. hnr_db is nan where partials leave
    no gaps.
    """
    every = harmonics.frequencies(SAMPLE_RATE_HZ / 2)[:most]
    inside = every[every <= band_hz * _SURE]
    place = np.rint(every / spectrum.bin_hz).astype(int)
    bins = np.arange(len(spectrum.power))
    gap = np.ones(len(bins), bool)
    gap[np.clip(place[:, None] + np.arange(-LOBE, LOBE + 1), 0, len(bins) - 1)] = False
    gap[:LOBE] = False  # a constant is not noise
    if gap.mean() < _LEAST_GAP:
        under, hnr_db = np.zeros(len(bins)), np.nan
    else:
        under = _below(
            spectrum.power, gap, max(int(harmonics.f0_hz / spectrum.bin_hz), 2 * LOBE + 3)
        )
        noise = np.where(gap, spectrum.power, under)
        tone = float((spectrum.power - noise)[LOBE:].sum())
        ratio = 10 * np.log10(max(tone, 1e-30) / max(float(noise.sum()), 1e-30))
        hnr_db = float(np.clip(ratio, -_MOST_DB, _MOST_DB))
    place = place[: len(inside)]
    lobes = np.clip(place[:, None] + np.arange(-_CORE, _CORE + 1), 0, len(bins) - 1)
    power, noise = spectrum.power[lobes].sum(axis=1), under[lobes].sum(axis=1)
    weak = power < (1 + _WEAK) * noise
    power -= noise * (1 - 1 / spectrum.looks)  # what averaging leaves of the noise
    if weak.any():
        alone, width_hz = _whole(sound, inside)
        power = np.where(weak, alone, power)
        noise = np.where(weak, under[place] / spectrum.bin_hz * width_hz, noise)
    noise = np.where(weak, noise, noise / spectrum.looks)
    noise = noise + _TRACE * power.max(initial=0)
    return Partials(np.arange(1, len(inside) + 1), inside, power, noise, hnr_db)


def _below(power: np.ndarray, gap: np.ndarray, width: int) -> np.ndarray:
    """Return the noise in each bin: the mean of gaps around it, over one distance of partials."""
    count = _running(gap.astype(np.float64), width)
    mean = _running(np.where(gap, power, 0), width) / np.maximum(count, 1e-9)
    known = count > 0.5 / width
    bins = np.arange(len(power))
    return np.interp(bins, bins[known], mean[known])


def _running(values: np.ndarray, width: int) -> np.ndarray:
    """Return the mean of `width` values around each, in their shape."""
    sums = np.cumsum(np.pad(values, (width // 2 + 1, width - width // 2 - 1)))
    return (sums[width:] - sums[:-width]) / width


def _whole(sound: np.ndarray, hz: np.ndarray) -> tuple[np.ndarray, float]:
    """Return power at frequencies (K,) in one Hann window, and the width in Hz of its noise."""
    window = np.hanning(len(sound))
    size = next_fast_len(4 * len(sound), real=True)
    lines = rfft(sound * window, size)
    at = lines[np.rint(hz * size / SAMPLE_RATE_HZ).astype(int)]
    power = np.abs(at) ** 2 * 2 / window.sum() ** 2
    return power, float(SAMPLE_RATE_HZ * (window**2).sum() / window.sum() ** 2)
