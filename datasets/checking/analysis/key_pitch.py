"""What one note sounds like beside the key that was pressed: how many octaves away, how many cents.

Two things are known near each octave of the key, from three below to three above:

    period    the height of the autocorrelation's peak, divided by that of the window (Boersma
              1993): 1 where the sound repeats itself after that time
    line      the strongest peak of the spectrum, beside the strongest of all

A sound with a period of an octave has that octave's line as its fundamental. Where several octaves
are periods, as each period's double is one too, the shortest counts. An octave without a line is
none: two tones a fifth apart repeat themselves an octave below the lower one, where nothing sounds.
Where the period is not that of its line, as with bells and drums, the lowest strong line counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from ....synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from .parabola import vertex

OCTAVES = tuple(range(-3, 4))
REACH_CENTS = 60.0
_TOP_HZ = 7_500.0
_FINER = 4  # points between samples of the autocorrelation
_LINE_POINTS = 1 << 16
_FAINTEST_DB = -30.0  # a weaker line is the trace of something else
_STRONG_DB = -20.0
_PERIODIC = 0.9
_ONE_CENTS = 30.0  # a period farther from its line is what partials make that do not agree
_AS_GOOD = 0.95  # heights from this part of the highest on are alike
_LEAST_SAMPLES = 1_500
_TINY = 1e-30


@dataclass(frozen=True)
class KeyPitch:
    """The octave that sounds, above the key's own, and where its line lies beside it, in cents.

    `period_cents` is where its period lies, None where the octave is not a period.
    """

    octaves: int
    line_cents: float
    period_cents: float | None = None


def key_pitch(sound: np.ndarray, key_hz: float) -> KeyPitch | None:
    """Return what a note (samples,) sounds like; None where nothing is at an octave of its key."""
    if len(sound) < _LEAST_SAMPLES or not sound.any():
        return None
    sound = sound.astype(np.float64)
    lines = _lines(sound, key_hz)
    periods = _periods(sound, key_hz, list(lines))
    best = max((height for _, height in periods.values()), default=0.0)
    if best >= _PERIODIC:
        octave = max(one for one, (_, height) in periods.items() if height >= _AS_GOOD * best)
        cents = periods[octave][0]
        if abs(cents - lines[octave][0]) <= _ONE_CENTS:
            return KeyPitch(octave, lines[octave][0], cents)
    strong = [octave for octave, (_, level_db) in lines.items() if level_db >= _STRONG_DB]
    return KeyPitch(min(strong), lines[min(strong)][0]) if strong else None


def _lines(sound: np.ndarray, key_hz: float) -> dict[int, tuple[float, float]]:
    """Return cents and level, in dB beside the strongest line, of each octave that has a line."""
    power = np.abs(fft.rfft(sound * np.blackman(len(sound)), _LINE_POINTS)) ** 2
    found = {}
    for octave in OCTAVES:
        place = key_hz * 2.0**octave * _LINE_POINTS / SAMPLE_RATE_HZ
        peak = _highest(power, place)
        if peak is None or key_hz * 2.0**octave > _TOP_HZ:
            continue
        level_db = float(10 * np.log10(power[peak] / power.max() + _TINY))
        if level_db >= _FAINTEST_DB:
            exact = _between(np.log(power[peak - 1 : peak + 2] + _TINY), peak)
            found[octave] = (float(1200 * np.log2(exact / place)), level_db)
    return found


def _periods(
    sound: np.ndarray, key_hz: float, octaves: list[int]
) -> dict[int, tuple[float, float]]:
    """Return cents and height of the peak of each octave that has one."""
    window = np.hanning(len(sound))
    heights = _autocorrelation(sound * window)
    heights /= np.maximum(_autocorrelation(window), 1e-3)
    found = {}
    for octave in octaves:
        place = SAMPLE_RATE_HZ * _FINER / (key_hz * 2.0**octave)
        peak = _highest(heights, place)
        if peak is not None:
            exact = _between(heights[peak - 1 : peak + 2], peak)
            found[octave] = (float(-1200 * np.log2(exact / place)), float(heights[peak]))
    return found


def _between(three: np.ndarray, peak: int) -> float:
    """Return the place of a peak from its height and those of its neighbours."""
    return peak + float(vertex(*three[:, None])[0])


def _autocorrelation(x: np.ndarray) -> np.ndarray:
    """Return the autocorrelation up to half its length, 1 at lag 0, with points between samples."""
    size = fft.next_fast_len(2 * len(x), real=True)
    out = fft.irfft(np.abs(fft.rfft(x, size)) ** 2, size * _FINER)[: len(x) * _FINER // 2]
    return np.asarray(out / max(out[0], _TINY))


def _highest(values: np.ndarray, place: float) -> int | None:
    """Return the highest point near a place; None where it is at the edge, which is no peak."""
    ratio = 2 ** (REACH_CENTS / 1200)
    first, last = int(place / ratio), int(np.ceil(place * ratio))
    if first < 1 or last >= len(values) - 1:
        return None
    peak = first + int(values[first : last + 1].argmax())
    inner = values[peak] >= values[peak - 1] and values[peak] >= values[peak + 1]
    return peak if inner else None
