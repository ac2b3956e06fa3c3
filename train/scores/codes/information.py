"""Entropy and mutual information of samples, in nats.

The estimate from counts, of a variable of B classes and one of K, is too high by about
(B - 1)(K - 1) / 2n for n samples of independent variables (Miller 1955).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

BINS = 20


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """Return I(a; b) of two variables of small integers, 0 or more; I(a; a) is the entropy of a."""
    joint = a * (int(b.max()) + 1) + b
    return entropy(np.bincount(a)) + entropy(np.bincount(b)) - entropy(np.bincount(joint))


def entropy(counts: np.ndarray) -> float:
    """Return the entropy of a variable from how often it has each of its values."""
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def equal_width(column: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the number of the bin of equal width of each value; the first for a constant."""
    width = np.ptp(column) / bins
    return ((column - column.min()) / (width or 1)).astype(np.int64).clip(max=bins - 1)


def information_matrix(codes: np.ndarray, classes: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the mutual information of each factor and each dimension.

    Parameters
    ----------
    codes
        (n, dimensions).
    classes
        (n,) integers of each factor.

    Returns
    -------
    ndarray
        (factors, dimensions).
    """
    binned = [equal_width(column) for column in codes.T]
    return np.array(
        [[mutual_information(one, values) for one in binned] for values in classes.values()]
    ).reshape(len(classes), len(binned))
