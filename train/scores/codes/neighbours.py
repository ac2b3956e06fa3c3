"""Mutual information by nearest neighbours, in nats, which needs no bins.

A class and a number: Ross 2014, from the k-th nearest neighbour of the same class. Two numbers:
Kraskov et al. 2004, the first estimate. Both figures are those of scikit-learn's
`mutual_info_classif` and `mutual_info_regression`; the first is computed by sorting, as one
dimension allows, many times faster, and exactly for classes of few samples, too. Estimates below 0
are 0.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

_NOISE = 1e-10  # of a deviation: it keeps equal values apart
_SEED = 0  # of that noise, the same at each call


def with_classes(columns: np.ndarray, classes: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the mutual information of each number with a class: (variables,).

    Parameters
    ----------
    columns
        (variables, n).
    classes
        (n,) integers from 0. A class of one sample is left out.
    neighbours
        k, or fewer for a class that has not so many.
    """
    there = np.bincount(classes)[classes] > 1
    if not there.any():
        return np.zeros(len(columns))
    apart = _apart(columns)[:, there]
    order = np.argsort(apart, axis=1)
    ordered, kinds = np.take_along_axis(apart, order, axis=1), classes[there][order]
    low, high, near = np.empty_like(ordered), np.empty_like(ordered), 0.0
    for one in np.unique(classes[there]):
        places = kinds == one  # as many in each row
        own = ordered[places].reshape(len(columns), -1)
        k = min(neighbours, own.shape[1] - 1)
        low[places], high[places] = (edge.ravel() for edge in _reach(own, k))
        near += own.shape[1] * (digamma(k) - digamma(own.shape[1]))
    nearer = np.stack([_between(*row) for row in zip(ordered, low, high, strict=True)])
    n = ordered.shape[1]
    told: np.ndarray = digamma(n) + near / n - digamma(np.arange(n + 1))[nearer].mean(axis=1)
    return np.maximum(told, 0)


def with_numbers(columns: np.ndarray, values: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the mutual information of each number with another one, (n,): (variables,)."""
    near = min(neighbours, len(values) - 1)
    found: np.ndarray = mutual_info_regression(
        columns.T, values, n_neighbors=near, random_state=_SEED
    )
    return found


def _apart(columns: np.ndarray) -> np.ndarray:
    """Return columns of deviation 1, of which no two values are equal."""
    deviation = columns.std(axis=1, keepdims=True)
    scaled = columns / np.where(deviation > 0, deviation, 1)
    size = np.maximum(1, np.abs(scaled).mean(axis=1, keepdims=True))
    return scaled + _NOISE * size * np.random.default_rng(_SEED).standard_normal(scaled.shape)


def _reach(ordered: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return from where to where the k nearest neighbours lie, in rows of ordered numbers.

    Both ends are as far away as the k-th neighbour, which is one of them to the last digit: adding
    a distance to a number would miss it by a rounding error, and count it or not at random.
    """
    rows, count = ordered.shape
    beyond = np.full((rows, k), np.inf)
    wide = np.concatenate([-beyond, ordered, beyond], axis=1)
    radius = np.full_like(ordered, np.inf)
    first, last = np.empty_like(ordered), np.empty_like(ordered)
    for above in range(k + 1):  # the k nearest lie side by side
        low, high = wide[:, above : above + count], wide[:, k + above : k + above + count]
        far = np.maximum(ordered - low, high - ordered)
        better = far < radius
        radius[better], first[better], last[better] = far[better], low[better], high[better]
    return (
        np.where(ordered - first == radius, first, ordered - radius),
        np.where(last - ordered == radius, last, ordered + radius),
    )


def _between(ordered: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return how many ordered numbers lie between two others, without these; at least 1."""
    last = np.searchsorted(ordered, high, side="left")
    first = np.searchsorted(ordered, low, side="right")
    return np.maximum(last - first, 1)
