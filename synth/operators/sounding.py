"""The power of a sound while it sounds: rests and what has died away do not count.

A frame of 128 samples (8 ms) sounds if its power is at most 40 dB below that of the loudest frame.
The power of the sound is the mean square of the frames that sound.
"""

from __future__ import annotations

import numpy as np

FRAME_SAMPLES = 128
RANGE_DB = 40.0


def per_frame(values: np.ndarray) -> np.ndarray:
    """Return the sums of values (samples,) over frames, of which the last may be shorter: (n,)."""
    return np.add.reduceat(values, np.arange(0, len(values), FRAME_SAMPLES))


def lengths(samples: int) -> np.ndarray:
    """Return the number of samples of each frame: (n,) int64."""
    starts = np.arange(0, samples, FRAME_SAMPLES)
    return np.minimum(samples - starts, FRAME_SAMPLES)


def loud(powers: np.ndarray) -> np.ndarray:
    """Return which frames sound, by their mean squares, (n,): (n,) bool, all of them in silence."""
    return np.asarray(powers >= powers.max() * 10 ** (-RANGE_DB / 10))


def power(sound: np.ndarray) -> float:
    """Return the mean square of a sound (samples,) while it sounds."""
    sums, samples = per_frame(np.square(sound)), lengths(len(sound))
    heard = loud(sums / samples)
    return float(sums[heard].sum() / samples[heard].sum())
