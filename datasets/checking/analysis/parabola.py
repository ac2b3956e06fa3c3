"""Peaks between the points of a grid."""

import numpy as np


def vertex(left: np.ndarray, middle: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the extremum of the parabola through three neighbours, in steps from the middle one.

    All are (n,); it is 0 where that would be more than a step away.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = (left - right) / (2 * (left - 2 * middle + right))
    return np.where(np.abs(offset) <= 1, offset, 0.0)
