"""Timbres: which partials a tone has, and its direct additive synthesis in NumPy.

A tone of frequency f_1 has partials k = 1, 2, ... below `BAND_HZ`, of frequency f_k and level L_k:

    f_k = k f_1                                              all partials, or with inharmonicity B
    f_k = k f_1 sqrt((1 + B k^2) / (1 + B))                  a stiff string, its first 16 partials
    L_k = tilt log2(f_k / f_1)                               spectral tilt, dB per octave
        + balance, where k is even                           odd/even balance, dB
        + 18 exp(-4 ln 2 log2(f_k / formant)^2)              formant: 18 dB, an octave wide at half

scaled so that the tone has a root mean square of 1. f_1 is the pitch, in every timbre. The phase
of partial k is pi sqrt(2) k^2, whatever the timbre: quadratic phases keep peaks low (Schroeder
1970), here below 3.1 times the root mean square.

Noise, where there is some, is white from 20 Hz to `BAND_HZ`; the harmonics-to-noise ratio is that
of the two powers.

Source of f_k: Fletcher, Blackham and Stratton 1962, with B chosen so that f_1 stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from ...errors import DsoundsError
from ..rendering.fluidsynth import SAMPLE_RATE_HZ

BAND_HZ = 6_500.0  # FluidSynth's own low-pass, at 0.45 of the sample rate, takes 0.3 dB here
STRING_PARTIALS = 16
FORMANT_DB = 18.0
FORMANT_OCTAVES = 1.0

_LOWEST_NOISE_HZ = 20.0
_NOISE_SEED = 2017


@dataclass(frozen=True)
class Timbre:
    """The spectrum of a steady tone, whatever its pitch."""

    tilt_db: float = -6.0
    """Change of level per octave above the first partial."""
    balance_db: float = 0.0
    """Level of even partials relative to odd ones."""
    formant_hz: float = 0.0
    """Centre of the formant; 0 means no formant."""
    inharmonicity: float | None = None
    """B of a stiff string of 16 partials, 0 or larger; None means every harmonic partial."""
    hnr_db: float = inf
    """Power of the partials over that of the noise; inf means no noise."""

    def __post_init__(self) -> None:
        if self.formant_hz < 0 or (self.inharmonicity or 0) < 0:
            raise DsoundsError(f"{self}: neither formant_hz nor inharmonicity may be negative")
        if self.hnr_db == -inf:
            raise DsoundsError(f"{self}: noise alone has no pitch")


class Partials(NamedTuple):
    """The partials of one tone, each (K,) float64; amplitudes are those of cosines."""

    frequency_hz: np.ndarray
    amplitude: np.ndarray
    phase: np.ndarray


def frequency(pitch: float) -> float:
    """Return the frequency in Hz of a MIDI pitch: 69 is 440 Hz."""
    return float(440 * 2 ** ((pitch - 69) / 12))


def partials(timbre: Timbre, pitch: float) -> Partials:
    """Return the partials of a timbre at a MIDI pitch, of root mean square 1 together."""
    first = frequency(pitch)
    k = np.arange(1, int(BAND_HZ / first) + 1)
    ratio = k.astype(np.float64)
    if timbre.inharmonicity is not None:
        b, k = timbre.inharmonicity, k[:STRING_PARTIALS]
        ratio = string_ratio(b, k)
        k, ratio = k[ratio * first <= BAND_HZ], ratio[ratio * first <= BAND_HZ]
    amplitude = 10 ** (_levels(timbre, k, ratio, first) / 20)
    amplitude *= np.sqrt(2 / (amplitude**2).sum())
    return Partials(ratio * first, amplitude, phases(k))


def string_ratio(b: float, k: np.ndarray) -> np.ndarray:
    """Return the frequencies of partials k of a stiff string, relative to the first partial.

    `b` is the string's inharmonicity.
    """
    return np.asarray(k * np.sqrt((1 + b * k**2) / (1 + b)))


def phases(k: np.ndarray) -> np.ndarray:
    """Return the phases of partials k, in radians."""
    return np.pi * np.sqrt(2) * k.astype(np.float64) ** 2


def _levels(timbre: Timbre, k: np.ndarray, ratio: np.ndarray, first: float) -> np.ndarray:
    """Return the levels in dB, before the whole is scaled."""
    level = timbre.tilt_db * np.log2(ratio) + timbre.balance_db * (k % 2 == 0)
    if timbre.formant_hz:
        octaves = np.log2(ratio * first / timbre.formant_hz) / FORMANT_OCTAVES
        level = level + FORMANT_DB * np.exp(-4 * np.log(2) * octaves**2)
    return np.asarray(level)


def additive(timbre: Timbre, pitch: float, samples: int) -> np.ndarray:
    """Return a steady tone as the sum of its partials, at SAMPLE_RATE_HZ: (samples,) float64.

    Its root mean square is 1. Noise is left out.
    """
    omega = 2 * np.pi / SAMPLE_RATE_HZ * np.arange(samples)
    out = np.zeros(samples)
    for frequency_hz, amplitude, phase in zip(*partials(timbre, pitch), strict=True):
        out += amplitude * np.cos(frequency_hz * omega + phase)
    return out


def noise_spectrum(samples: int, rate_hz: float) -> np.ndarray:
    """Return the half spectrum of white noise that repeats after `samples`, of root mean square 1.

    Every line has the same amplitude and a random phase. The result is (samples // 2 + 1,) complex,
    for numpy.fft.irfft.
    """
    line_hz = np.arange(samples // 2 + 1) * (rate_hz / samples)
    # Raw integers are the stream that NumPy keeps the same in all its versions.
    raw = np.random.PCG64(_NOISE_SEED).random_raw(len(line_hz))
    there = (line_hz >= _LOWEST_NOISE_HZ) & (line_hz <= BAND_HZ)
    spectrum = there * np.exp(2j * np.pi * (raw / 2.0**64))
    return np.asarray(spectrum * samples / np.sqrt(2 * there.sum()))
