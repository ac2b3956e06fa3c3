"""Float sound to the int16 of a corpus, and back.

A clip's peak becomes 32,767 (less where level is a factor), and int16 n stands for n / 32,767, so
a normalised clip spans -1 to 1 exactly. There is no dither: the same sound gives the same bytes.
"""

from typing import Any

import numpy as np

from ...errors import DsoundsError

FULL_SCALE = 32_767


def normalise(
    sound: np.ndarray,
    out: np.ndarray,
    level: float | np.float32 = 1.0,
    full_scale: float | None = None,
) -> np.float32:
    """Scale `sound` in place to a peak of `level`, round it into `out`, and return its former peak.

    Silence stays silence, with peak 0.

    Parameters
    ----------
    sound
        (samples,) float32: the clip; it is overwritten.
    out
        (samples,) int16: the result is written here.
    level
        1 is full scale.
    full_scale
        The amplitude that becomes `level`; None means the sound's own peak.

    Raises
    ------
    DsoundsError
        If the result would not fit.
    """
    peak = peak_of(sound)
    scale = scale_of(peak, level, full_scale)
    np.multiply(sound, scale, out=sound)
    np.rint(sound, out=sound)
    out[:] = sound
    return peak


def peak_of(sound: np.ndarray) -> np.float32:
    """Return the largest amplitude of a sound (samples,) float32."""
    return np.float32(max(sound.max(), -sound.min()))


def scale_of(peak: Any, level: Any, full_scale: float | None) -> Any:
    """Return the factor that sounds of these peaks are multiplied by: float32 of any shape.

    DsoundsError is raised where a sound would be louder than full scale.
    """
    peak = np.asarray(peak, np.float32)
    of = peak if full_scale is None else np.full_like(peak, full_scale)
    scale = np.float32(FULL_SCALE) * np.asarray(level, np.float32) / np.where(of > 0, of, 1)
    scale = np.where(peak > 0, scale, np.float32(0))
    if (peak * scale > FULL_SCALE + 0.5).any():
        over_db = 20 * np.log10((peak * scale / FULL_SCALE).max())
        raise DsoundsError(
            f"a clip would be {over_db:.1f} dB louder than full scale: lower its level"
        )
    return scale


def to_float(pcm: np.ndarray) -> np.ndarray:
    """Return int16 of any shape as float32 from -1 to 1."""
    return pcm.astype(np.float32) * np.float32(1 / FULL_SCALE)


def to_pcm(sound: np.ndarray) -> np.ndarray:
    """Return float32 from -1 to 1, of any shape, as int16; this is the inverse of `to_float`.

    Raises
    ------
    DsoundsError
        If the sound is louder: it would wrap around.
    """
    scaled = np.rint(sound * np.float32(FULL_SCALE))
    if np.abs(scaled).max(initial=0) > FULL_SCALE:
        raise DsoundsError(
            f"the sound has a peak of {np.abs(sound).max():.3g}: up to 1 is allowed (Gain "
            "or Normalise brings it down)"
        )
    return scaled.astype(np.int16)
