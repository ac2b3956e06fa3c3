"""The samples of soundfonts/sinusoids.sf2: tables of harmonic tones, single sines, noise.

A table holds whole cycles of a tone, and FluidSynth steps through it by a whole number of points
at the pitch that it is made for: nothing is interpolated, so nothing aliases, and what sounds is
the table to the last bit. Its length is chosen so that the pitch is right within `TUNING_CENTS`.

FluidSynth passes every voice through a second-order low-pass at 0.45 of the sample rate. Tables
and noise are made with its inverse, so that tones come out as `timbres` has them.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ..rendering.fluidsynth import SAMPLE_RATE_HZ
from .sf2 import LOOP_MARGIN, SHORTEST_LOOP, Sample
from .timbres import Timbre, frequency, noise_spectrum, partials, phases, string_ratio

TUNING_CENTS = 0.6
FULL_SCALE = 32_768
PEAK = 32_000
NOISE_SECONDS = 2
NOISE_STRIDE = 2
NOISE_KEY = 60

_LEAST_STRIDE = 4  # points per output sample: under vibrato FluidSynth interpolates between them
_MOST_STRIDE = 40
_MOST_CYCLES = 200
_HIGHEST_RATE_HZ = 48_000
_SINE_POINTS = range(64, 257)
_SINE_KEYS = range(15, 61)  # FluidSynth takes no lower key for a sample
_MOST_EVEN_CB = 180  # an attenuation takes it back, with the balance: 576 is the format's most
_CUTOFF = 0.45
_Q = 10 ** (-3.01 / 20)


class Table(NamedTuple):
    """A loop of `points` with `cycles` of a tone, played in steps of `stride` points."""

    points: int
    stride: int
    cycles: int

    @property
    def frequency_hz(self) -> float:
        """Frequency of the tone, in Hz."""
        return SAMPLE_RATE_HZ * self.stride * self.cycles / self.points


@cache
def table(key: int) -> Table:
    """Return the shortest table that is in tune at a MIDI pitch."""
    found = []
    for stride in range(_LEAST_STRIDE, _MOST_STRIDE):
        for cycles in range(1, _MOST_CYCLES):
            points = round(SAMPLE_RATE_HZ * stride * cycles / frequency(key))
            one = Table(points, stride, cycles)
            cents = 1200 * np.log2(one.frequency_hz / frequency(key))
            if points >= SHORTEST_LOOP and abs(cents) < TUNING_CENTS:
                found.append(one)
                break
    return min(found)


def sounding_pitch(key: int) -> float:
    """Return the pitch, with fractions, that a harmonic tone has at a MIDI pitch by its table."""
    return key + 12 * float(np.log2(table(key).frequency_hz / frequency(key)))


def low_pass(frequency_hz: np.ndarray) -> np.ndarray:
    """Return the complex response of FluidSynth's filter where no cutoff is set; it is 1 at 0 Hz.

    Source: FluidSynth's fluid_iir_filter.c, which follows R. Bristow-Johnson's Audio EQ Cookbook.
    """
    omega = 2 * np.pi * _CUTOFF
    alpha = np.sin(omega) / (2 * _Q)
    z = np.exp(-2j * np.pi * frequency_hz / SAMPLE_RATE_HZ)
    above = (1 - np.cos(omega)) / 2 * (1 + z) ** 2
    return np.asarray(above / (1 + alpha - 2 * np.cos(omega) * z + (1 - alpha) * z**2))


class Pair(NamedTuple):
    """Tables of the odd and the even partials of a tone, each about as loud as 16 bits allow.

    `odd_db` is the level of the odd table above a tone of root mean square 1 at full scale.
    `even_cb` is by how many centibels more the even table is amplified than the odd one.
    """

    odd: Sample
    even: Sample
    odd_db: float
    even_cb: int

    @classmethod
    def of(cls, name: str, timbre: Timbre, key: int) -> Pair:
        """Return the tables of a timbre at one MIDI pitch."""
        waves = [_wave(timbre, key, parity) for parity in (1, 0)]
        odd_db, even_db = (20 * np.log10(PEAK / np.abs(wave).max()) for wave in waves)
        even_cb = min(int(np.floor(10 * (even_db - odd_db))), _MOST_EVEN_CB)
        gains = (10 ** (odd_db / 20), 10 ** ((odd_db + even_cb / 10) / 20))
        odd, even = (
            _tone(f"{name} {key:03d} {text}", wave * gain, key)
            for text, wave, gain in zip(("odd", "even"), waves, gains, strict=True)
        )
        return cls(odd, even, odd_db - 20 * np.log10(FULL_SCALE), even_cb)


def _wave(timbre: Timbre, key: int, parity: int) -> np.ndarray:
    """Return the partials of one parity of a tone of root mean square 1: (points,) float64.

    They are one loop.
    """
    size = table(key)
    own = partials(timbre, key)
    k = np.arange(1, len(own.amplitude) + 1)
    lines = own.amplitude * np.exp(1j * own.phase) / low_pass(k * size.frequency_hz)
    spectrum = np.zeros(size.points // 2 + 1, complex)
    spectrum[k * size.cycles] = lines * (k % 2 == parity)
    return np.fft.irfft(spectrum, size.points) * size.points / 2


def _tone(name: str, wave: np.ndarray, key: int) -> Sample:
    """Return a table as a sample, at the rate of its playback or that of some octaves below."""
    rate_hz = SAMPLE_RATE_HZ * table(key).stride
    octaves = int(np.ceil(np.log2(rate_hz / _HIGHEST_RATE_HZ)))
    return _looped(name, wave, rate_hz // 2**octaves, key - 12 * octaves)


def _looped(name: str, wave: np.ndarray, rate_hz: int, key: int) -> Sample:
    """Return a loop as a sample: its first points come before the loop, and again within it."""
    points = np.resize(np.rint(wave).astype(np.int16), len(wave) + 2 * LOOP_MARGIN)
    return Sample(name, points, rate_hz, key, (LOOP_MARGIN, LOOP_MARGIN + len(wave)))


def sine(name: str, inharmonicity: float, k: int, level_db: float) -> Sample:
    """Return partial k of a stiff string, tuned so that the sample's pitch is the string's.

    `level_db` is relative to `PEAK`.
    """
    ratio = float(string_ratio(inharmonicity, np.array(k)))
    rates_hz = np.outer([frequency(key) for key in _SINE_KEYS], _SINE_POINTS) * ratio
    off = np.abs(np.rint(rates_hz) / rates_hz - 1)  # rates are integers: take the nearest
    off[rates_hz > _HIGHEST_RATE_HZ] = np.inf
    row, column = np.unravel_index(off.argmin(), off.shape)
    points = _SINE_POINTS[column]
    turns = np.arange(points) / points
    peak = PEAK * 10 ** (level_db / 20)
    wave = peak * np.cos(2 * np.pi * turns + float(phases(np.array(k))))
    return _looped(name, wave, round(rates_hz[row, column]), _SINE_KEYS[row])


def noise() -> tuple[Sample, float]:
    """Return white noise, and its root mean square as it sounds, in dB of full scale."""
    points = NOISE_SECONDS * NOISE_STRIDE * SAMPLE_RATE_HZ
    rate_hz = NOISE_STRIDE * SAMPLE_RATE_HZ
    line_hz = np.arange(points // 2 + 1) * (rate_hz / points)
    wave = np.fft.irfft(noise_spectrum(points, rate_hz) / low_pass(line_hz), points)
    gain = PEAK / np.abs(wave).max()
    sample = _looped("noise", wave * gain, rate_hz, NOISE_KEY)
    return sample, float(20 * np.log10(gain / FULL_SCALE))
