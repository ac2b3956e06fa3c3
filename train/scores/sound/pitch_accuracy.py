"""Raw pitch accuracy: the share of the sounding frames in which a reading is right.

A reading is right where it lies strictly within 50 cents of the truth, as in mir_eval (Raffel et
al. 2014). A reading of 0 Hz is wrong; a negative one, which a tracker gives for a frame in which it
hears no pitch, counts by its magnitude. The truth is that of the frame nearest to the time of the
reading, since between the frames of two notes there is no glide. Rests do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data.melody import Melody
from .tracker import Track

TOLERANCE_CENTS = 50.0
STEADY_S = 0.05  # a frame farther than this from each beginning and end of a note is steady


@dataclass(frozen=True)
class PitchAccuracy:
    """Shares of right readings; nan where no frame counts.

    Attributes
    ----------
    whole
        Of all frames in which a note is held.
    steady
        Of those away from the beginnings and ends of notes.
    """

    whole: float
    steady: float


def pitch_accuracy(track: Track, melody: Melody, clip: int) -> PitchAccuracy:
    """Return how often a reading of the sound is that of a clip of a melody."""
    truth_hz = melody.f0_at(clip, track.times_s)
    right, held = right_readings(track.f0_hz, truth_hz), truth_hz > 0
    distance_s = np.abs(track.times_s[:, None] - melody.changes_s(clip))
    steady = held & (distance_s > STEADY_S).all(axis=1)
    return PitchAccuracy(_share(right[held]), _share(right[steady]))


def right_readings(f0_hz: np.ndarray, truth_hz: np.ndarray) -> np.ndarray:
    """Return whether readings are right, (frames,); none is where either of both is 0."""
    read = np.abs(f0_hz)
    there = (read > 0) & (truth_hz > 0)
    cents = 1200 * np.log2(np.where(there, read, 1.0) / np.where(there, truth_hz, 1.0))
    right: np.ndarray = there & (np.abs(cents) < TOLERANCE_CENTS)
    return right


def _share(right: np.ndarray) -> float:
    return float(right.mean()) if right.size else np.nan
