"""The Fréchet distance of two sets of embeddings, and its value for infinitely many clips.

Of Gaussians with the means mu1, mu2 and the covariances S1, S2 it is

    |mu1 - mu2|^2 + Tr(S1 + S2 - 2 (S1 S2)^1/2)

(Dowson and Landau 1982; Kilgour et al. 2019). Its estimate from finitely many windows is too large,
by about c / n: two draws of n windows of the same N(0, I) in d dimensions are d (d + 5) / 2n apart,
14 for n = 600 and d = 128. So it means something only beside the distance of as many real clips,
or as the value that it tends to, by a line in 1 / n (Chong and Forsyth 2020).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....settings import require
from .embeddings import checked_pair

SHARES = np.linspace(0.5, 1, 8)  # of the clips, that the line is fitted to


def frechet_distance(first: Any, second: Any) -> float:
    """Return the Fréchet distance of two sets of embeddings; see `checked_pair` for their shapes.

    Raises
    ------
    DsoundsError
        For embeddings that have none.
    """
    a, b = (one.reshape(-1, one.shape[-1]) for one in checked_pair(first, second))
    return gaussian_distance(*_moments(a), *_moments(b))


def gaussian_distance(
    mean_1: np.ndarray, covariance_1: np.ndarray, mean_2: np.ndarray, covariance_2: np.ndarray
) -> float:
    """Return the Fréchet distance of two Gaussians by means, (d,), and covariances, (d, d).

    (S1 S2)^1/2 has the trace of (S1^1/2 S2 S1^1/2)^1/2, which is symmetric: its eigenvalues are not
    below 0 but for rounding, also where a covariance is singular.
    """
    values, vectors = np.linalg.eigh(covariance_1)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ covariance_2 @ root)
    traces = np.trace(covariance_1) + np.trace(covariance_2)
    shift = float(np.square(mean_1 - mean_2).sum())
    return max(0.0, shift + float(traces - 2 * np.sqrt(product.clip(min=0)).sum()))


def frechet_infinite(first: Any, second: Any, rng: np.random.Generator | None = None) -> float:
    """Return the Fréchet distance that infinitely many clips would have (Chong and Forsyth 2020).

    A line in 1 / n is fitted to the distances of the first half of the clips of both sets, in
    random order, and of more and more of them. Clips are drawn whole: further windows of the same
    clips would say less than further clips. The value may be below 0; it spreads by some percent of
    what the line takes away.

    Parameters
    ----------
    first, second
        See `checked_pair`.
    rng
        Orders the clips; a fixed one where None.

    Raises
    ------
    DsoundsError
        If a set has fewer than 4 clips, or fewer windows than twice the dimensions: the covariance
        of half of them is then singular, and the distance no line in 1 / n.
    """
    a, b = checked_pair(first, second)
    why = too_few(a) or too_few(b)
    require(not why, why)
    rng = np.random.default_rng(0) if rng is None else rng
    a, b = rng.permutation(a), rng.permutation(b)
    centre = a.mean(axis=(0, 1))  # near 0, sums of squares round less
    inverse, distances = [], []
    counts = [np.rint(SHARES * len(one)).astype(int) for one in (a, b)]
    growing = zip(_growing(a - centre, counts[0]), _growing(b - centre, counts[1]), strict=True)
    for n, m, (one, other) in zip(*counts, growing, strict=True):
        inverse.append(1 / n + 1 / m)
        distances.append(gaussian_distance(*one, *other))
    return float(np.polyfit(inverse, distances, 1)[1])


def too_few(embeddings: np.ndarray) -> str:
    """Return why embeddings, (clips, windows, d), have no infinite value, else ""."""
    clips, windows, dimensions = embeddings.shape
    if clips >= 4 and clips * windows >= 2 * dimensions:
        return ""
    needed = f"4 clips and {2 * dimensions} windows are needed"
    return f"{clips} clips of {windows} windows are too few: {needed}"


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x.mean(axis=0), np.atleast_2d(np.cov(x, rowvar=False))


def _growing(x: np.ndarray, counts: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the mean and the covariance of the first clips of x, for rising counts of clips."""
    total, square, found = np.zeros(x.shape[2]), np.zeros((x.shape[2],) * 2), []
    for start, end in zip([0, *counts[:-1]], counts, strict=True):
        more = x[start:end].reshape(-1, x.shape[2])
        total, square = total + more.sum(axis=0), square + more.T @ more
        n = end * x.shape[1]
        found.append((total / n, (square - np.outer(total, total) / n) / (n - 1)))
    return found
