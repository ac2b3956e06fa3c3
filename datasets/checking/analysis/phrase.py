"""A clip with several notes: how many, how dense, how their pitch and level move, their timbre.

A note begins where the level rises out of a dip, and ends where it falls into one. Each note has
the pitch of its partials (`harmonic_fit`). The level of all notes together is taken to be

    L(t) = level + rise t - fall (t - own onset)

with t from the first onset on: it rises evenly over the phrase, and falls evenly in each note. From
these follow

    density       onsets per second: one over the median time from onset to onset
    contour       rising, falling, arch, valley, zigzag or flat: by how often the pitch turns
    crescendo     rise, times the time of all notes
    decay         time in which a note falls by 60 dB

Timbre is taken to be that of all notes, so powers of their partials are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np

from ....errors import DsoundsError
from ....synth.rendering.fluidsynth import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from . import harmonic_fit, shape
from .envelope import POWER_SAMPLES, rms_db, smooth_power
from .harmonic_fit import Harmonics
from .partials import Partials, split
from .search_ranges import SearchRanges, midi_pitch
from .spectrum import once

DIP_DB = 12.0  # depth of a dip between notes, below the softer of the two
_SOUND_DB = 45.0  # there are no notes so far below the loudest level
_ATTACK_SAMPLES, _RELEASE_SAMPLES = 320, 320  # either end of a note, which is not steady
_SHORTEST_SAMPLES = 1024  # least length of the steady part
SHORTEST_S = (_ATTACK_SAMPLES + _SHORTEST_SAMPLES + _RELEASE_SAMPLES) / SAMPLE_RATE_HZ
FALL_DB = 60.0  # fall of the level in the time of a decay
_STEP_SEMITONES = 0.5  # smaller steps of pitch do not count


@dataclass(frozen=True)
class Phrase:
    """The numbers of a phrase; nan where the sound does not tell."""

    notes: int = 0
    density_hz: float = nan
    """onsets per second; nan of a single note"""
    contour: str = ""
    """empty where not every note has a pitch"""
    crescendo_db: float = nan
    """by how much the level rises from the first onset to where the next note would begin"""
    level_db: float = nan
    """root mean square at the first onset, 0 for full scale"""
    decay_s: float = nan
    """in which a note's level falls by 60 dB; infinity for none"""
    pitch: float = nan
    """MIDI pitch of the lowest note, with fractions"""
    tilt_db: float = nan
    """per octave"""
    balance_db: float = nan
    """even partials relative to odd ones"""
    hnr_db: float = nan
    formant_hz: float = nan
    """0 is none; nan where none was sought"""
    onsets_s: tuple[float, ...] = ()
    pitches: tuple[float, ...] = ()
    levels_db: tuple[float, ...] = ()


def measure_phrase(sound: np.ndarray, ranges: SearchRanges | None = None) -> Phrase:
    """Measure a clip with several notes: (samples,), -1 to 1, at SAMPLE_RATE_HZ.

    Another shape raises DsoundsError.
    """
    ranges = ranges or SearchRanges()
    sound = np.asarray(sound, np.float64)
    if sound.ndim != 1:
        raise DsoundsError(f"sound has shape {sound.shape}: (samples,) is needed, one clip in mono")
    found = notes(sound)
    if not found:
        return Phrase()
    onsets_s = np.array([start for start, _ in found]) / SAMPLE_RATE_HZ
    held = [sound[a + _ATTACK_SAMPLES : b - _RELEASE_SAMPLES] for a, b in found]
    level_db, rise_db_s, fall_db_s = _levels(sound, found)
    heard = [_heard(one, ranges) for one in held]
    pitches = np.array([nan if one is None else midi_pitch(one[0].f0_hz) for one in heard])
    several = len(found) > 1
    spacing_s = float(np.median(np.diff(onsets_s))) if several else nan
    timbre = [one for _, one in (pair for pair in heard if pair is not None)]
    whole = _together(timbre) if timbre else None
    form = shape.fit(whole, ranges.formant) if whole else None
    return Phrase(
        notes=len(found),
        density_hz=1 / spacing_s,
        contour=contour(pitches),
        crescendo_db=rise_db_s * spacing_s * len(found),
        level_db=level_db,
        decay_s=FALL_DB / fall_db_s if fall_db_s > 0 else inf,
        pitch=float(np.nanmin(pitches)) if timbre else nan,
        tilt_db=form.tilt_db if form else nan,
        balance_db=form.balance_db if form else nan,
        formant_hz=form.formant_hz if form else nan,
        hnr_db=whole.hnr_db if whole else nan,
        onsets_s=tuple(onsets_s.tolist()),
        pitches=tuple(pitches.tolist()),
        levels_db=tuple(rms_db(one) for one in held),
    )


def notes(sound: np.ndarray) -> list[tuple[int, int]]:
    """Return notes by dips of the level: first sample and first one after, in whole blocks."""
    if not sound.any():
        return []
    blocks = np.pad(sound, (0, -len(sound) % BLOCK_SAMPLES)).reshape(-1, BLOCK_SAMPLES)
    power = np.convolve((blocks**2).mean(axis=1), np.full(5, 0.2))[2:-2]
    level = 10 * np.log10(np.maximum(power, 1e-20))
    out: list[tuple[int, int]] = []
    least = level.max() - _SOUND_DB
    start, top, dip = -1, -np.inf, -np.inf
    for block, now in enumerate(level.tolist()):
        if start < 0:
            dip = min(dip, now)
            if now > max(least, dip + DIP_DB):
                start, top = block, now
        else:
            top = max(top, now)
            if now < max(least, top - DIP_DB):
                out.append((start, block))
                start, dip = -1, now
    if start >= 0:
        out.append((start, len(level)))
    return [
        (a * BLOCK_SAMPLES, b * BLOCK_SAMPLES)
        for a, b in out
        if (b - a) * BLOCK_SAMPLES >= SHORTEST_S * SAMPLE_RATE_HZ
    ]


def contour(pitches: np.ndarray) -> str:
    """Return how pitches (K,) move, by their turns from up to down or back; "" where one is nan."""
    if np.isnan(pitches).any():
        return ""
    steps = np.diff(pitches)
    signs = np.sign(steps[np.abs(steps) > _STEP_SEMITONES])
    if not len(signs):
        return "flat"
    turns = int((signs[1:] != signs[:-1]).sum())
    if turns > 1:
        return "zigzag"
    return {(0, 1): "rising", (0, -1): "falling", (1, 1): "arch", (1, -1): "valley"}[
        turns, int(signs[0])
    ]


def _heard(held: np.ndarray, ranges: SearchRanges) -> tuple[Harmonics, Partials] | None:
    """Return pitch and partials of a note, normalised to a power of 1."""
    power = float((held**2).mean())
    if not power > 0:
        return None
    steady = held / np.sqrt(power)
    spectrum = once(steady)
    found = harmonic_fit.find(spectrum, ranges.search)
    if found is None:
        return None
    return found, split(steady, spectrum, found, ranges.band_hz, ranges.partials)


def _together(parts: list[Partials]) -> Partials:
    """Return the mean power of partials that all notes have."""
    count, looks = min(len(one.k) for one in parts), len(parts)
    power = np.mean([one.power[:count] for one in parts], axis=0)
    noise = np.mean([one.noise[:count] for one in parts], axis=0)
    share = float(np.mean([1 / (1 + 10 ** (-one.hnr_db / 10)) for one in parts]))
    first = min(parts, key=lambda one: float(one.frequency_hz[0]))
    return replace(
        first,
        k=first.k[:count],
        frequency_hz=first.frequency_hz[:count],
        power=np.maximum(power - noise * (1 - 1 / looks), 1e-20),
        noise=noise / looks,
        hnr_db=float(10 * np.log10(max(share, 1e-9) / max(1 - share, 1e-9))),
    )


def _levels(sound: np.ndarray, found: list[tuple[int, int]]) -> tuple[float, float, float]:
    """Return the level at the first onset, in dB, its rise over the phrase and fall in each note.

    Rise and fall are per second. The rise of a single note is nan: what it does is a fall.
    """
    level = 10 * np.log10(np.maximum(smooth_power(sound), 1e-20))
    first, last = _ATTACK_SAMPLES + POWER_SAMPLES, _RELEASE_SAMPLES + POWER_SAMPLES
    inner = [np.arange(a + first, b - last, BLOCK_SAMPLES) for a, b in found]
    at = np.concatenate(inner)
    own = np.concatenate([one - a for one, (a, _) in zip(inner, found, strict=True)])
    several = len(found) > 1
    time = [(at - found[0][0]) * several, own]
    design = np.stack([np.ones(len(at)), *(one / SAMPLE_RATE_HZ for one in time)], axis=1)
    onset, rise, slope = np.linalg.lstsq(design, level[at])[0].tolist()
    return onset, rise if several else nan, -slope
