"""The melodies of dMelodies (Pati et al. 2020): two bars of eighths, four arpeggiated chords.

A melody is nine class indices: tonic (12, C to B), octave (3: 4, 5, 6), scale (3), rhythm_bar1
and rhythm_bar2 (28 each), arp_chord1 to arp_chord4 (2: up, down). Chords I, IV, V, I are scale
degrees (0 2 4), (3 5 7), (4 6 8), (0 2 4), two a bar, reversed when the direction is down. A bar
has eight slots, six of them onsets; rhythm r is the r-th of the 28 choices in lexicographic
order. C4 is MIDI pitch 60, and 0 stands for a rest.

Unless a tempo is given, sound is played at 120 beats a minute: a slot, an eighth, has 4,000
samples, and a melody 4 seconds.
"""

from itertools import combinations
from typing import Any

import numpy as np

from ...errors import DsoundsError
from ..rendering.fluidsynth import SAMPLE_RATE_HZ, to_block
from .schedule import NOTE

TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
OCTAVES = (4, 5, 6)
SCALE_STEPS = {
    "major": (0, 2, 4, 5, 7, 9, 11, 12, 14),
    "minor": (0, 2, 3, 5, 7, 8, 11, 12, 14),
    "blues": (0, 2, 3, 5, 6, 9, 10, 12, 14),
}
DIRECTIONS = ("up", "down")
BAR_SLOTS, BAR_ONSETS = 8, 6
RHYTHMS = tuple(combinations(range(BAR_SLOTS), BAR_ONSETS))
SIZES = (12, 3, 3, 28, 28, 2, 2, 2, 2)

SLOTS = 2 * BAR_SLOTS
SLOT_SAMPLES = 4_000
CLIP_SAMPLES = SLOTS * SLOT_SAMPLES
NOTE_COUNT = 2 * BAR_ONSETS
VELOCITY = 100
TEMPO_BPM = 120.0

assert SAMPLE_RATE_HZ * 30 == TEMPO_BPM * SLOT_SAMPLES

_CHORDS = (((0, 2, 4), (3, 5, 7)), ((4, 6, 8), (0, 2, 4)))
_REST = 255


def _bar_table(bar: int) -> np.ndarray:
    """Return the semitones above the tonic: (scale * direction * direction * rhythm, 8) uint8."""
    table = np.full((3, 2, 2, len(RHYTHMS), BAR_SLOTS), _REST, np.uint8)
    for s, steps in enumerate(SCALE_STEPS.values()):
        for directions in np.ndindex(2, 2):
            degrees = [
                degree
                for chord, down in zip(_CHORDS[bar], directions, strict=True)
                for degree in (chord[::-1] if down else chord)
            ]
            for r, onsets in enumerate(RHYTHMS):
                table[s, *directions, r, list(onsets)] = [steps[degree] for degree in degrees]
    return table.reshape(-1, BAR_SLOTS)


_BARS = (_bar_table(0), _bar_table(1))


def slots(classes: np.ndarray) -> np.ndarray:
    """Return the MIDI pitches of melodies, slot by slot (Pati et al. 2020, sec. 3).

    Parameters
    ----------
    classes
        (N, 9) integers in the order of this module's docstring.

    Returns
    -------
    ndarray
        (N, 16) uint8, with 0 for a rest.

    Raises
    ------
    DsoundsError
        If a class is out of range.
    """
    classes = np.asarray(classes)
    if classes.ndim != 2 or classes.shape[1] != len(SIZES):
        raise DsoundsError(f"melody classes must be (N, {len(SIZES)}), not {classes.shape}")
    if classes.size and ((classes < 0).any() or (classes >= SIZES).any()):
        row, column = np.argwhere((classes < 0) | (classes >= SIZES))[0]
        raise DsoundsError(
            f"melody {row}: class {classes[row, column]} of factor {column} is out of range, "
            f"0 to {SIZES[column] - 1} are allowed"
        )
    tonic, octave, scale, rhythm1, rhythm2, up1, up2, up3, up4 = classes.astype(np.intp).T
    base = (12 * (np.asarray(OCTAVES)[octave] + 1) + tonic).astype(np.uint8)[:, None]
    pitches = np.empty((len(classes), SLOTS), np.uint8)
    for bar, (rhythm, first, second) in enumerate(((rhythm1, up1, up2), (rhythm2, up3, up4))):
        steps = _BARS[bar][((scale * 2 + first) * 2 + second) * len(RHYTHMS) + rhythm]
        half = pitches[:, bar * BAR_SLOTS : (bar + 1) * BAR_SLOTS]
        np.add(steps, base, out=half)
        half[steps == _REST] = 0
    return pitches


def slot_samples(tempo_bpm: np.ndarray | float) -> Any:
    """Return the length of a slot, an eighth, in samples, with fractions."""
    return SAMPLE_RATE_HZ * 30 / np.asarray(tempo_bpm, np.float64)


def notes(
    pitches: np.ndarray,
    velocity: np.ndarray | int = VELOCITY,
    tempo_bpm: np.ndarray | float = TEMPO_BPM,
) -> np.ndarray:
    """Return the schedule of melodies, with onsets and offsets as FluidSynth plays them.

    Events take effect at the next multiple of 64 samples, so at 120 beats a minute odd slots sound
    32 samples late.

    Parameters
    ----------
    pitches
        (N, 16) uint8: MIDI pitches, from `slots`.
    velocity, tempo_bpm
        One value for all melodies, or (N,), one for each.

    Returns
    -------
    ndarray
        (N, 12) of dtype NOTE: the notes, in order of time.
    """
    pitches = np.asarray(pitches)
    slot = np.nonzero(pitches)[1].reshape(len(pitches), NOTE_COUNT)
    length = np.broadcast_to(slot_samples(tempo_bpm), len(pitches))[:, None]
    schedule = np.empty(slot.shape, NOTE)
    for field, place in (("onset_sample", slot), ("offset_sample", slot + 1)):
        schedule[field] = to_block(np.ceil(place * length - 1e-6).astype(np.int64))
    schedule["pitch"] = np.take_along_axis(pitches, slot, axis=1)
    schedule["velocity"] = np.broadcast_to(velocity, len(pitches))[:, None]
    return schedule


def pitch_name(pitch: int) -> str:
    """Return the name of a MIDI pitch, such as C#4 for 61."""
    return f"{TONICS[pitch % 12]}{pitch // 12 - 1}"
