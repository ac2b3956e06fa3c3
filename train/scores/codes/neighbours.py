"""Mutual information by nearest neighbours, in nats, which needs no bins.

A class and a number: Ross 2014, from the k-th nearest neighbour of the same class. Two numbers:
Kraskov et al. 2004, the first estimate. Both figures are those of scikit-learn's
`mutual_info_classif` and `mutual_info_regression`, computed by sorting, as one dimension allows,
many times faster; the first exactly for classes of few samples, too. Estimates below 0 are 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree
from scipy.special import digamma
from sklearn.preprocessing import scale

_NOISE = 1e-10  # of a deviation: it keeps equal values apart
_SEED = 0  # of that noise, the same at each call


@dataclass(frozen=True)
class Ordered:
    """Numbers in order, (variables, n), and the place that each came from; no two are equal."""

    values: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray) -> Ordered:
        """Put each row of (variables, n) in order."""
        apart = _apart(columns)
        order = np.argsort(apart, axis=1)
        return cls(np.take_along_axis(apart, order, axis=1), order)

    def only(self, there: np.ndarray) -> Ordered:
        """Return those that came from places that are there, (n,) bool."""
        if there.all():
            return self
        kept, rows = there[self.places], len(self.values)
        return Ordered(self.values[kept].reshape(rows, -1), self.places[kept].reshape(rows, -1))


def with_classes(columns: Ordered, classes: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the mutual information of each number with a class: (variables,).

    Parameters
    ----------
    columns
        Of each variable, n numbers.
    classes
        (n,) integers from 0. A class of one sample is left out.
    neighbours
        k, or fewer for a class that has not so many.
    """
    there = np.bincount(classes)[classes] > 1
    if not there.any():
        return np.zeros(len(columns.values))
    left = columns.only(there)
    ordered, kinds = left.values, classes[left.places]
    low, high, near = np.empty_like(ordered), np.empty_like(ordered), 0.0
    for one in np.unique(classes[there]):
        places = kinds == one  # as many in each row
        own = ordered[places].reshape(len(ordered), -1)
        k = min(neighbours, own.shape[1] - 1)
        low[places], high[places] = (edge.ravel() for edge in _reach(own, k))
        near += own.shape[1] * (digamma(k) - digamma(own.shape[1]))
    nearer = np.stack([_between(*row) for row in zip(ordered, low, high, strict=True)])
    n = ordered.shape[1]
    told: np.ndarray = digamma(n) + near / n - digamma(np.arange(n + 1))[nearer].mean(axis=1)
    return np.maximum(told, 0)


def with_numbers(columns: np.ndarray, values: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the mutual information of each number with another one, (n,): (variables,)."""
    k = min(neighbours, len(values) - 1)
    # scikit-learn's noise, so that the figures are its own to the last digit.
    rng = np.random.RandomState(_SEED)
    first, second = (_noisy(one, rng) for one in (columns.T, values))
    known = np.sort(second), np.argsort(second)
    return np.array([_kraskov(one, second, known, k) for one in np.ascontiguousarray(first.T)])


def _noisy(columns: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """Return columns, (n,) or (n, variables), of deviation 1, of which no two values are equal."""
    scaled: np.ndarray = scale(columns, with_mean=False)
    size = np.maximum(1, np.abs(scaled).mean(axis=0))
    return scaled + _NOISE * size * rng.standard_normal(scaled.shape)


def _kraskov(
    one: np.ndarray, other: np.ndarray, ordered: tuple[np.ndarray, np.ndarray], k: int
) -> float:
    """Return the mutual information of two numbers; `ordered` is the second in order."""
    pairs = np.stack([one, other], axis=1)
    radius = KDTree(pairs).query(pairs, k=[k + 1], p=np.inf)[0][:, 0]  # the first is itself
    order = np.argsort(one)
    near = _nearer(one[order], order, radius), _nearer(*ordered, radius)
    told = digamma(len(one)) + digamma(k) - sum(digamma(count).mean() for count in near)
    return max(0.0, float(told))


def _nearer(ordered: np.ndarray, order: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return how many numbers are nearer to each than its radius, itself too."""
    reach = radius[order]
    first = np.searchsorted(ordered, ordered - reach, side="left")
    last = np.searchsorted(ordered, ordered + reach, side="right")
    # One neighbour is as far away as the radius. Sums have a rounding error, distances have none.
    ends = np.pad(ordered, 1, constant_values=(-np.inf, np.inf))
    while (less := ordered - ends[first + 1] >= reach).any():
        first += less
    while (less := ends[last] - ordered >= reach).any():
        last -= less
    return np.maximum(last - first, 1)


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
        for kept, one in ((radius, far), (first, low), (last, high)):
            np.copyto(kept, one, where=better)
    return (
        np.where(ordered - first == radius, first, ordered - radius),
        np.where(last - ordered == radius, last, ordered + radius),
    )


def _between(ordered: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return how many ordered numbers lie between two others, without these; at least 1."""
    last = np.searchsorted(ordered, high, side="left")
    first = np.searchsorted(ordered, low, side="right")
    return np.maximum(last - first, 1)
