"""The level of a piece of sound, by which silence is known.

The level is the root mean square of the mono sound, without its constant part (DC), in dBFS: 0 for
an RMS of full scale, so a full-scale sine has -3. Zeros, a constant, and what is left of two
channels in opposite phase have next to none. Dither has that of the steps of its file.
"""

from __future__ import annotations

import numpy as np

NOTHING_DBFS = -1000.0  # stands for minus infinity
_DITHER = 1.1  # more than the RMS of noise of one step, in steps


def level_dbfs(sound: np.ndarray) -> float:
    """Return the level of a sound (samples,)."""
    return in_db(float(np.std(sound, dtype=np.float64))) if len(sound) else NOTHING_DBFS


def in_db(amplitude: float) -> float:
    """Return an amplitude in dB, full scale is 0."""
    return max(NOTHING_DBFS, 20 * float(np.log10(amplitude))) if amplitude > 0 else NOTHING_DBFS


def dither_dbfs(step: float) -> float:
    """Return the level below which a sound in steps of this size is nothing but dither."""
    return in_db(_DITHER * step)


def cancels(channels: np.ndarray, mono: np.ndarray, floor_dbfs: float) -> bool:
    """Return whether channels (samples, channels) that sound cancel each other in their mean."""
    loudest = max(map(level_dbfs, channels.T), default=NOTHING_DBFS)
    return level_dbfs(mono) < floor_dbfs <= loudest
