"""Entropy and mutual information of variables of small integers, and bins, in nats.

The estimate of mutual information from counts, of a variable of B classes and one of K, is too high
by about (B - 1)(K - 1) / 2n for n samples of independent variables (Miller 1955).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

BINS = 20


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """Return I(a; b) of two variables of small integers, 0 or more; I(a; a) is the entropy of a."""
    return float(
        entropy(np.bincount(a)) + entropy(np.bincount(b)) - entropy(joint_counts(a, b[None])[0])
    )


def joint_counts(classes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how often a class meets each value of some others.

    Parameters
    ----------
    classes
        (n,) integers from 0.
    others
        (variables, n) integers from 0.

    Returns
    -------
    ndarray
        (variables, cells), a cell for each pair of values.
    """
    count = int(classes.max()) + 1
    cells = count * (int(others.max()) + 1)
    return np.stack([np.bincount(one * count + classes, minlength=cells) for one in others])


def entropy(counts: np.ndarray, corrected: bool = False) -> Any:
    """Return the entropy of variables from how often each has each of its values.

    Parameters
    ----------
    counts
        (..., values).
    corrected
        Whether to add (m - 1) / 2n for a variable that has m values in n samples, by which the
        estimate is too low on average (Miller 1955, who credits Madow).

    Returns
    -------
    ndarray
        (...), or a number.
    """
    n = counts.sum(axis=-1)
    plain = np.log(n) - xlogy(counts, counts).sum(axis=-1) / n
    return plain + ((counts > 0).sum(axis=-1) - 1) / (2 * n) if corrected else plain


def equal_width(columns: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the number of the bin of equal width of each value; the first for a constant.

    Parameters
    ----------
    columns
        (variables, n), each of which has bins of its own.

    Returns
    -------
    ndarray
        (variables, n) int64 from 0.
    """
    low = columns.min(axis=1, keepdims=True)
    width = (columns.max(axis=1, keepdims=True) - low) / bins
    width[width == 0] = 1
    return np.minimum(((columns - low) / width).astype(np.int64), bins - 1)


def equal_count(columns: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the number of the quantile bin of each value; equal values share a bin.

    A value lies in the bin of its middle rank, so a class that is rarer than a bin is wide keeps
    apart from a common one. Outliers move no bin. Shapes are those of `equal_width`.
    """
    middle = (rankdata(columns, axis=1) - 0.5) / columns.shape[1]
    return np.minimum((middle * bins).astype(np.int64), bins - 1)
