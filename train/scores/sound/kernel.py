"""The kernel distance of two sets of embeddings: a squared MMD without bias (KAD).

With a Gaussian kernel k(x, y) = exp(-|x - y|^2 / 2 s^2), whose s is the median distance of two
embeddings of the reference,

    KAD = 100 (mean k(x, x') + mean k(y, y') - 2 mean k(x, y))

over pairs x, x' and y, y' of different clips (Chung et al. 2025; scale, kernel and s as in their
code, kadtk, commit 7ec65d7). It has no bias, so of sets of one law its mean is 0, and some values
are below 0. kadtk takes all pairs of different windows; those of one clip are alike, and would make
it larger.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.distance import pdist

from ....settings import require
from .embeddings import checked_pair

SCALE = 100
MOST = 2000  # windows of a set, of those of a whole corpus
_BLOCK = 1 << 22  # kernel values at a time


def kernel_distance(reference: Any, other: Any, bandwidth: float | None = None) -> float:
    """Return the kernel distance of embeddings from a reference.

    Parameters
    ----------
    reference, other
        See `checked_pair`; windows of one clip are no pair.
    bandwidth
        s of the kernel; `median_distance(reference)` where None.

    Raises
    ------
    DsoundsError
        For embeddings that have none, as of one clip alone.
    """
    x, y = checked_pair(reference, other)
    centre = x.mean(axis=(0, 1))  # near 0, squares round less
    x, y = x - centre, y - centre
    for one in (x, y):
        require(len(one) >= 2, "embeddings of 1 clip have no pair of different clips: 2 are needed")
    s = median_distance(x) if bandwidth is None else bandwidth
    require(
        s > 0,
        f"the bandwidth of the kernel is {s:g}: more than 0 is needed; is the reference "
        "one and the same embedding?",
    )
    within = sum(_mean(one, one, s, apart=True) for one in (x, y))
    return SCALE * (within - 2 * _mean(x, y, s))


def kernel_distance_of_some(reference: np.ndarray, other: np.ndarray) -> float:
    """Return the kernel distance of embeddings, of the windows of each set at most `MOST`."""
    rng = np.random.default_rng(0)
    return kernel_distance(some_windows(reference, rng), some_windows(other, rng))


def some_windows(x: np.ndarray, rng: np.random.Generator, most: int = MOST) -> np.ndarray:
    """Return at most so many windows of (clips, windows, d), fewer of each clip or of fewer clips.

    They are drawn in each clip, as its first windows may have another law than its last ones.
    """
    kept = max(1, min(x.shape[1], most // len(x)))
    order = rng.random(x.shape[:2]).argsort(axis=1)[:, :kept]
    x = np.take_along_axis(x, order[:, :, None], axis=1)
    return x if len(x) <= most else rng.choice(x, most, replace=False)


def median_distance(reference: np.ndarray) -> float:
    """Return the median Euclidean distance of two embeddings, (clips, windows, d)."""
    return float(np.median(pdist(reference.reshape(-1, reference.shape[-1]))))


def _mean(x: np.ndarray, y: np.ndarray, s: float, apart: bool = False) -> float:
    """Return the mean of the kernel over pairs; apart: of different clips of the same set."""
    flat = y.reshape(-1, y.shape[2])
    squares = np.square(flat).sum(axis=1)
    step = max(1, _BLOCK // (x.shape[1] * len(flat)))
    total = 0.0
    for start in range(0, len(x), step):
        some = x[start : start + step].reshape(-1, x.shape[2])
        distance = np.square(some).sum(axis=1)[:, None] + squares - 2 * some @ flat.T
        k = np.exp(distance.clip(min=0) / (-2 * s * s))
        total += float(k.sum())
        if apart:
            own = k.reshape(-1, x.shape[1], *y.shape[:2])
            total -= sum(float(own[i, :, start + i].sum()) for i in range(len(own)))
    pairs = len(x) * (len(y) - apart) * x.shape[1] * y.shape[1]
    return total / pairs
