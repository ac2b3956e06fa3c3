"""Removal of vibrato: sound is played at a speed that undoes it, at a gain that undoes an envelope.

Where pitch follows a known curve c(t) in cents, time runs as u(t) = integral of 2^(c / 1200), and
x(t(u)) has constant pitch: its partials, harmonic or not, are lines again. Samples between samples
are taken from a cubic spline through the sound at twice its rate.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import map_coordinates

_OVER = 2


def doubled(sound: np.ndarray) -> np.ndarray:
    """Return a sound (samples,) at twice its sample rate, by its spectrum: (2 samples,) float64."""
    size = 2 * next_fast_len(len(sound) // 2 + 32)
    twice = irfft(rfft(sound, size), _OVER * size)
    return np.asarray(twice[: _OVER * len(sound)] * _OVER)


def steady_pitch(twice: np.ndarray, cents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sound without its vibrato, and where in the sound, in samples, its samples were.

    `twice` is a sound as `doubled` gives it; `cents`, (samples,), is the pitch of each of its
    samples. Returned are two arrays (samples',) float64.
    """
    ratio = 2 ** (cents / 1200)
    warped = np.cumsum(ratio) - ratio  # u of each sample
    place = np.interp(np.arange(int(warped[-1])), warped, np.arange(len(cents)))
    still = map_coordinates(twice, [place * _OVER], order=3, mode="nearest")
    return np.asarray(still), place
