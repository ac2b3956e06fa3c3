"""Float sound to the int16 of a corpus, and back.

A clip's peak becomes 32,767 (less where level is a factor), and int16 n stands for n / 32,767, so
a normalised clip spans -1 to 1 exactly. There is no dither: the same sound gives the same bytes.
"""

import numpy as np

FULL_SCALE = 32_767


def normalise(sound: np.ndarray, out: np.ndarray, level: float | np.float32 = 1.0) -> np.float32:
    """Scale `sound` (samples,) float32 to a peak of `level`, in place, and round it into `out`.

    out: (samples,) int16; level: 1 is full scale. Returns the peak that it had. Silence stays
    silence, with peak 0.
    """
    peak = np.float32(max(sound.max(), -sound.min()))
    if peak > 0:
        np.multiply(sound, np.float32(level) * np.float32(FULL_SCALE) / peak, out=sound)
    np.rint(sound, out=sound)
    out[:] = sound
    return peak


def to_float(pcm: np.ndarray) -> np.ndarray:
    """int16 of any shape to float32 from -1 to 1."""
    return pcm.astype(np.float32) * np.float32(1 / FULL_SCALE)


def to_pcm(sound: np.ndarray) -> np.ndarray:
    """float32 from -1 to 1 of any shape to int16, the inverse of `to_float`."""
    return np.rint(sound * np.float32(FULL_SCALE)).astype(np.int16)
