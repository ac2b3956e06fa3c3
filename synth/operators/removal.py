"""The gain at which a known sound was added to another one, from their mixture.

A mixture is y = x + g o, and P(x) = r g^2 P(o), where the ratio r is at least 1 and P is the power
while a sound sounds. If it were known which frames of x sound, g would be the root of

    (r P(o) - B) g^2 + 2 C g - A = 0        A, B, C: means of y^2, o^2, o y over these frames

so g and the frames are found in turn. Two guesses begin: that all frames sound; and that g which
explains best, frame by frame, what there is in the mixture, where a frame counts the more the less
of it is left unexplained, since a rest holds nothing but o. A mixture with rests can also be read
as a sound whose rests are filled with some of o: the reading with fewer frames that sound is taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .sounding import mean, per_frame, power, sounding

_ROUNDS = 50
_NOTHING = 1e-12  # of the power of a frame: rounding


class _Reading(NamedTuple):
    gain: float
    frames: int


def gain_of(mixture: np.ndarray, other: np.ndarray, ratio: float) -> float | None:
    """Return the gain g of `other` in a mixture, or None where no gain gives this ratio.

    Parameters
    ----------
    mixture, other
        (samples,) float64.
    ratio
        Power of the sound without `other` over that of `other` in the mixture, 1 or more.
    """
    products = np.square(mixture), np.square(other), mixture * other
    target = ratio * power(other)
    everywhere = np.ones(len(sounding(mixture)), bool)
    starts = [_root(products, target, everywhere, 0.0), _explaining(*map(per_frame, products))]
    found = [
        reading
        for start in starts
        if start is not None
        if (reading := _settled(mixture, other, products, target, start)) is not None
    ]
    return min(found, key=lambda one: one.frames).gain if found else None


def _settled(
    mixture: np.ndarray,
    other: np.ndarray,
    products: tuple[np.ndarray, ...],
    target: float,
    gain: float,
) -> _Reading | None:
    """Return the gain that the frames give which sound at that gain; None if there is none."""
    heard = sounding(mixture - gain * other)
    for _ in range(_ROUNDS):
        now = _root(products, target, heard, gain)
        if now is None:
            return None
        before, heard, gain = heard, sounding(mixture - now * other), now
        if np.array_equal(before, heard):
            break
    return _Reading(gain, int(heard.sum()))


def _root(
    products: tuple[np.ndarray, ...], target: float, heard: np.ndarray, near: float
) -> float | None:
    """Return the gain by the frames that are heard, of two the one that is nearer to `near`."""
    a, b, c = (mean(one, heard) for one in products)
    inside = c**2 + (target - b) * a
    if inside < 0:
        return None
    divisors = c + np.sqrt(inside), c - np.sqrt(inside)
    roots = [a / one for one in divisors if one > 0]
    return float(min(roots, key=lambda root: abs(root - near))) if roots else None


def _explaining(mixture: np.ndarray, other: np.ndarray, product: np.ndarray) -> float | None:
    """Return the gain that explains most, by powers and products of frames, (n,) each."""
    there = other > 0
    a, b, c = mixture[there], other[there], product[there]
    left = np.maximum(a - c**2 / b, 0) + _NOTHING * a.max(initial=0)
    weight = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
    whole = float((weight * b).sum())
    return float((weight * c).sum()) / whole if whole > 0 else None
