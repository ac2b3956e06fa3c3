"""Phrases of the sinusoidal corpus: a few notes in a line, evenly spaced.

A phrase is its number of notes, its contour, its density (onsets per second) and a lowest pitch.
Each note is held for three quarters of the time to the next. A contour says how many steps of a
semitone each of n notes (i = 0 to n - 1) lies above the lowest:

    rising i, falling n - 1 - i, arch min(i, n - 1 - i), zigzag i mod 2,
    valley: an arch upside down
"""

from __future__ import annotations

import numpy as np

from ..rendering.fluidsynth import SAMPLE_RATE_HZ, to_block
from .schedule import NOTE

CONTOURS = ("rising", "falling", "arch", "valley", "zigzag")
STEP_SEMITONES = 1
HELD = 0.75  # part of the time to the next onset that a note is held
FEWEST_NOTES = 4  # with fewer, an arch is a zigzag


def steps(contour: int, notes: int) -> np.ndarray:
    """Return the steps above the lowest pitch: (notes,) int64.

    `contour` is a number in `CONTOURS`.
    """
    i = np.arange(notes)
    arch = np.minimum(i, notes - 1 - i)
    return np.stack([i, notes - 1 - i, arch, arch.max() - arch, i % 2])[contour]


def duration_s(notes: np.ndarray | float, density_hz: np.ndarray | float) -> np.ndarray:
    """Return how long phrases last in seconds, to where the next onset would be."""
    return np.asarray(notes, np.float64) / np.asarray(density_hz, np.float64)


def phrase_notes(
    lowest: np.ndarray,
    notes: np.ndarray,
    contour: np.ndarray,
    density_hz: np.ndarray,
    velocity: int,
    most: int,
) -> np.ndarray:
    """Return the schedule of phrases, filled up with notes of velocity 0.

    Parameters
    ----------
    lowest
        (N,): the lowest MIDI pitch of each phrase.
    notes
        (N,): numbers of notes, up to `most`.
    contour
        (N,): numbers in `CONTOURS`.
    density_hz
        (N,): onsets per second.
    velocity
        The MIDI velocity of all notes.
    most
        The number of notes in a row of the schedule.

    Returns
    -------
    ndarray
        (N, most) of dtype NOTE: the notes.
    """
    i = np.arange(most)
    spacing = SAMPLE_RATE_HZ / density_hz[:, None]
    out = np.zeros((len(notes), most), NOTE)
    out["onset_sample"] = to_block(np.ceil(i * spacing).astype(np.int64))
    out["offset_sample"] = to_block(np.ceil((i + HELD) * spacing).astype(np.int64))
    for shape, count in set(zip(contour.tolist(), notes.tolist(), strict=True)):
        own = np.flatnonzero((contour == shape) & (notes == count))
        out["pitch"][own, :count] = lowest[own, None] + STEP_SEMITONES * steps(shape, count)
    none = i >= notes[:, None]
    out["velocity"] = np.where(none, 0, velocity)
    last = np.take_along_axis(out["offset_sample"], notes[:, None] - 1, axis=1)
    for field in ("onset_sample", "offset_sample"):
        out[field] = np.where(none, last, out[field])
    return out
