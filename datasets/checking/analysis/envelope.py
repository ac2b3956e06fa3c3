"""Level over time: attack, decay and tremolo of one note.

Power is averaged over whole periods, so that it does not ripple. Its level in dB is taken to be

    L(t) = level + 20 log10 min(t / attack, 1) - decay max(t - attack, 0) + tremolo tri(r t + p)

with t from the first sound on: an amplitude that rises evenly, then a level that falls evenly,
under a triangle. Decay and tremolo are fitted to what follows the attack; the attack is that
which, with them, explains the energy of the note's beginning best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....synth.rendering.fluidsynth import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from . import triangle
from .parabola import vertex
from .triangle import Wave

RATES_HZ = (0.7, 13.0)
_ONSET = 2e-4  # an amplitude above this part of the peak is sound
_SOUND_DB = 40.0  # a note has ended so far below its loudest level
_HELD_S = 0.04  # it was released so long before that
_SHORTEST_S = 0.008  # least length of an average
_LEAST_TREMOLO_DB, _LEAST_DECAY_DB = 0.3, 1.0
_SIGMAS = 4.0
_FEWEST, _LATEST = 8, 0.7  # averages in a note, and part of it after which an attack has ended
_PER_OCTAVE = 8
_ATTACKS_S = 1e-3 * 2 ** (np.arange(11 * _PER_OCTAVE + 1) / _PER_OCTAVE)  # 1 ms to 2 s
_GROWTH = 0.06  # averages over an attack grow by this part of the time
_INSIDE = 6  # points within an average
_TINY = 1e-20
POWER_SAMPLES = 256  # `smooth_power` averages so many to either side


@dataclass(frozen=True)
class Extent:
    """The samples where a note starts, until where it is held, and from where on it is loud."""

    start: int
    stop: int
    loud: int


@dataclass(frozen=True)
class Envelope:
    """The movement of a note's level.

    `level_db` is at the top of attack and tremolo, 0 for a root mean square of 1; `decay_db_s` is
    the fall per second, 0 for none; `tremolo` is in dB to either side, its time from the start of
    the note; `error_db` is the root mean square of what is not explained.
    """

    level_db: float
    attack_s: float
    decay_db_s: float
    tremolo: Wave
    error_db: float

    def at(self, time_s: np.ndarray) -> np.ndarray:
        """Return the level in dB, time_s from the start of the note, up to a constant: (n,)."""
        rise = np.clip(time_s / max(self.attack_s, 1e-4), 1e-4, 1)
        fall = self.decay_db_s * np.maximum(time_s - self.attack_s, 0)
        return 20 * np.log10(rise) - fall + self.tremolo.at(time_s)


def peak_db(sound: np.ndarray) -> float:
    """Return the level of the largest sample, 0 for full scale; -inf for silence."""
    return _db(float(np.abs(sound).max(initial=0)) ** 2)


def rms_db(sound: np.ndarray) -> float:
    """Return the level of the root mean square of a sound, 0 for full scale; -inf for silence."""
    return _db(float(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else -np.inf


def _db(power: float) -> float:
    return float(10 * np.log10(power)) if power > 0 else -np.inf


def extent(sound: np.ndarray) -> Extent | None:
    """Return where a note sounds; None in silence."""
    size = np.abs(sound)
    peak = float(size.max(initial=0))
    if peak == 0 or len(sound) < 4 * BLOCK_SAMPLES:
        return None
    start = int(np.argmax(size > _ONSET * peak))
    power = smooth_power(sound)[::BLOCK_SAMPLES]
    loud = power > power.max() * 10 ** (-_SOUND_DB / 10)
    last = (int(np.flatnonzero(loud)[-1]) + 1) * BLOCK_SAMPLES
    near = power > power.max() * 10 ** (-_SOUND_DB / 20)
    return Extent(
        start,
        max(min(last, len(sound)) - int(_HELD_S * SAMPLE_RATE_HZ), start),
        int(np.argmax(near)) * BLOCK_SAMPLES,
    )


def smooth_power(sound: np.ndarray) -> np.ndarray:
    """Return power over some 30 ms around each sample, without ripple of its period: (samples,)."""
    width = POWER_SAMPLES
    power = np.square(sound, dtype=np.float64)
    for _ in range(2):
        sums = np.cumsum(np.pad(power, (width // 2 + 1, width // 2), mode="edge"))
        power = (sums[width:] - sums[:-width])[: len(sound)] / width
    return np.maximum(power, 0)


def fit(sound: np.ndarray, where: Extent, period_s: float) -> Envelope | None:
    """Return the envelope of a note with this period; None when it is too short."""
    energy = np.concatenate([[0], np.cumsum(np.square(sound[where.start :], dtype=np.float64))])
    end_s = (where.stop - where.start) / SAMPLE_RATE_HZ
    width_s = period_s * np.ceil(_SHORTEST_S / period_s)
    time_s = np.arange(width_s / 2, end_s - width_s / 2, BLOCK_SAMPLES / SAMPLE_RATE_HZ)
    if len(time_s) < _FEWEST or end_s < _FEWEST * width_s:
        return None
    power = _mean(energy, time_s - width_s / 2, time_s + width_s / 2)
    level = 10 * np.log10(np.maximum(power, _TINY))

    def line(attack_s: float, start: Wave | None = None) -> Wave:
        after = time_s > min(attack_s + width_s / 2, _LATEST * end_s)
        return _line(time_s[after], level[after], width_s, start)

    half_s = float(time_s[np.argmax(power > power.max() / 4)])
    first = line(2.2 * half_s)
    second = line(_attack(energy, first, width_s, end_s))
    attack_s = _attack(energy, second, width_s, end_s)
    last = line(attack_s, second)
    decay = -last.slope if -last.slope * end_s > _LEAST_DECAY_DB else 0.0
    top = last.level + last.slope * min(attack_s, end_s) + last.depth
    return Envelope(top, attack_s, decay, last, last.error)


def _line(time_s: np.ndarray, level: np.ndarray, width_s: float, start: Wave | None) -> Wave:
    """Return the level after the attack: a slope, and a triangle where it is more than chance."""
    ones = np.ones(len(time_s))
    wave = triangle.fit(time_s, level, ones, RATES_HZ, sloped=True, start=start)
    left = np.abs(level - wave.level - wave.slope * time_s - wave.at(time_s))
    keep = ones * (left <= 4 * np.median(left) + 0.1)
    wave = triangle.fit(time_s, level, keep, RATES_HZ, sloped=True, start=wave)
    chance = _SIGMAS * wave.error * np.sqrt(2 * 2 * width_s / (time_s[-1] - time_s[0]))
    if not wave.depth > max(chance, _LEAST_TREMOLO_DB):
        plain = triangle.fit(time_s, level, keep, (1.0, 0.5), sloped=True)
        return plain._replace(error=wave.error)
    return wave._replace(depth=wave.depth / float(np.sinc(wave.rate_hz * width_s)))


def _attack(energy: np.ndarray, line: Wave, width_s: float, end_s: float) -> float:
    """Return the time in which the amplitude rises evenly, to what the line says of later times."""
    edges = [0.0]
    while edges[-1] < end_s:
        edges.append(edges[-1] + max(1, int(_GROWTH * edges[-1] / width_s)) * width_s)
    first, last = np.array(edges[:-2]), np.array(edges[1:-1])
    inside = first[:, None] + (last - first)[:, None] * (np.arange(_INSIDE) + 0.5) / _INSIDE
    attacks = _ATTACKS_S[end_s > _ATTACKS_S][:, None, None]  # (A, 1, 1)
    moving = line.at(inside.ravel()).reshape(inside.shape)
    later = line.level + line.slope * np.maximum(inside, attacks) + moving
    steady = 10 ** (later / 10)  # (A, n, inside)
    whole = steady.mean(axis=2)
    ramp = np.minimum(inside / attacks, 1) ** 2
    model = np.sqrt((steady * ramp).mean(axis=2) / whole)  # (A, n), 0 to 1
    found = np.sqrt(_mean(energy, first, last) / whole)
    if line.depth:
        model = _scaled(model, found, last <= attacks[:, 0])
    error = (np.minimum((found - model) ** 2, 1) * (last - first) ** 0.5).sum(axis=1)
    best = int(np.argmin(error))
    inner = 0 < best < len(error) - 1
    step = float(vertex(*error[best - 1 : best + 2])) if inner else 0.0
    return float(_ATTACKS_S[best] * 2 ** (step / _PER_OCTAVE))


def _scaled(model: np.ndarray, found: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """Return the model of attacks, with the part that rises as loud as found: all (A, n).

    The player decides how a tremolo begins: FluidSynth's cannot lift a level above its peak.
    """
    gain = (rising * model * found).sum(axis=1) / ((rising * model**2).sum(axis=1) + 1e-9)
    gain = np.where(rising.sum(axis=1) >= 3, np.clip(gain, 0.5, 2.2), 1)
    return np.where(rising, gain[:, None] * model, model)


def _mean(energy: np.ndarray, first_s: np.ndarray, last_s: np.ndarray) -> np.ndarray:
    """Return the mean power between times, in their shape."""
    places = np.arange(len(energy))
    low, high = (np.interp(t * SAMPLE_RATE_HZ, places, energy) for t in (first_s, last_s))
    return (high - low) / ((last_s - first_s) * SAMPLE_RATE_HZ)
