"""The gain at which a known sound was added to another one, from their mixture.

A mixture is y = x + g o, and P(x) = r g^2 P(o), where the ratio r is at least 1 and P is the power
while a sound sounds. If it were known which frames of x sound, g would be the root of

    (r P(o) - B) g^2 + 2 C g - A = 0        A, B, C: means of y^2, o^2, o y over these frames

so g and the frames are found in turn. Gains to begin with are that at which all frames sound, and
those that explain single frames best, c / b, since a rest of x holds nothing but o. There may be
more than one solution, as a mixture with rests can also be read as a sound whose rests are filled
with some of o: that one is taken in which the frames of x are softest, by their levels in dB.

That is the right one for noise in each of 1,792 clips of melodies and phrases at 0 to 70 dB, and
for another clip of the corpus in all but 6 of 896, mixed with nearly the same notes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .sounding import lengths, loud, per_frame, power

_ROUNDS = 50
_STARTS = 40  # frames whose gains are begun with
_FAINT = 1e-8  # part of the loudest frame's power, below which a frame tells nothing
_NOTHING = 1e-14  # part of a frame's power: rounding


class _Frames(NamedTuple):
    """Sums over the frames of a mixture y and another sound o: of y^2, o^2, o y, 1; (n,) each."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    samples: np.ndarray

    def left(self, gain: float) -> np.ndarray:
        """Return the mean square of each frame of y - gain o: (n,)."""
        rest = self.a - 2 * gain * self.c + gain**2 * self.b
        return np.asarray(np.maximum(rest, _NOTHING * self.a) / self.samples)

    def explained(self) -> list[float]:
        """Return the gains of single frames, of those that o alone explains best."""
        there = (self.b > _FAINT * self.b.max()) & (self.a > _FAINT * self.a.max())
        a, b, c = self.a[there], self.b[there], self.c[there]
        best = np.argsort(1 - c**2 / (a * b))[:_STARTS]
        gains = c[best] / b[best]
        return list(gains[gains > 0].tolist())


def gain_of(mixture: np.ndarray, other: np.ndarray, ratio: float) -> float | None:
    """Return the gain g of `other` in a mixture, or None where no gain gives this ratio.

    Parameters
    ----------
    mixture, other
        (samples,) float64.
    ratio
        Power of the sound without `other` over that of `other` in the mixture, 1 or more.
    """
    a, b, c = (per_frame(one) for one in (mixture**2, other**2, mixture * other))
    frames = _Frames(a, b, c, lengths(len(mixture)))
    target = ratio * power(other)
    if not target > 0:
        return None
    everywhere = _root(frames, target, np.ones(len(frames.a), bool), 0.0)
    starts = frames.explained() + ([] if everywhere is None else [everywhere])
    found = [_settled(frames, target, gain) for gain in starts]
    solved = [gain for gain in found if gain is not None]
    floor = _NOTHING * frames.a.max() + np.finfo(float).tiny
    return min(
        solved, key=lambda gain: float(np.log(frames.left(gain) + floor).sum()), default=None
    )


def _settled(frames: _Frames, target: float, gain: float) -> float | None:
    """Return the gain that the frames give which sound at that gain; None if there is none."""
    heard = loud(frames.left(gain))
    for _ in range(_ROUNDS):
        now = _root(frames, target, heard, gain)
        if now is None:
            return None
        before, heard, gain = heard, loud(frames.left(now)), now
        if np.array_equal(before, heard):
            return gain
    return None


def _root(frames: _Frames, target: float, heard: np.ndarray, near: float) -> float | None:
    """Return the gain by the frames that are heard, of two the one that is nearer to `near`."""
    a, b, c, samples = (float(sums[heard].sum()) for sums in frames)
    a, b, c = a / samples, b / samples, c / samples
    inside = c**2 + (target - b) * a
    if inside < 0:
        return None
    divisors = c + np.sqrt(inside), c - np.sqrt(inside)
    roots = [a / one for one in divisors if one > 0]
    return float(min(roots, key=lambda root: abs(root - near))) if roots else None
