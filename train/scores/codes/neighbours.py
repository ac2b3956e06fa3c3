"""Mutual information by nearest neighbours, in nats, which needs no bins.

A class and a number: Ross 2014, from the k-th nearest neighbour of the same class. Two numbers:
Kraskov et al. 2004, the first estimate. Both figures are those of scikit-learn's
`mutual_info_classif` and `mutual_info_regression`; the first is computed by sorting, as one
dimension allows, many times faster. Estimates below 0 are 0.
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
    return np.array([_ross(one, classes[there], neighbours) for one in apart])


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


def _ross(column: np.ndarray, classes: np.ndarray, neighbours: int) -> float:
    order = np.argsort(column)
    column, classes = column[order], classes[order]
    within = np.empty(len(column))  # digamma of the number of samples that are nearer
    counts, near = np.bincount(classes), 0.0
    for places in (np.flatnonzero(classes == one) for one in np.flatnonzero(counts)):
        k = min(neighbours, len(places) - 1)
        own = column[places]
        radius = _radius(own, k)
        last = np.searchsorted(column, own + radius, side="left")
        first = np.searchsorted(column, own - radius, side="right")
        within[places] = digamma(np.maximum(last - first, 1))
        near += len(places) * (digamma(k) - digamma(len(places)))
    n = len(column)
    return max(0.0, float(digamma(n) + near / n - within.mean()))


def _radius(ordered: np.ndarray, k: int) -> np.ndarray:
    """Return the distance of each of some ordered numbers to its k-th nearest neighbour."""
    count, beyond = len(ordered), np.full(k, np.inf)
    wide = np.concatenate([-beyond, ordered, beyond])
    # The k nearest lie side by side: j of them below, k - j above.
    reach = [
        np.maximum(
            ordered - wide[k - j : k - j + count], wide[2 * k - j : 2 * k - j + count] - ordered
        )
        for j in range(k + 1)
    ]
    nearest: np.ndarray = np.min(reach, axis=0)
    return nearest
