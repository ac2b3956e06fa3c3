"""Classes of measured numbers, and how often they are right.

A factor has C classes with known values; a measured number belongs to the nearest of them, on a
linear or on a logarithmic scale. Two values have no place on such a scale:

    0 on a logarithmic scale      what lies below half of the smallest positive value
    infinity                      what lies further above the largest finite value than that lies
                                  above the next one (above twice that value, where it is alone)

Not a number belongs to no class: -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ....errors import DsoundsError

Scale = Literal["linear", "log"]
NONE = -1


def classify(measured: np.ndarray, values: Sequence[float], scale: Scale = "linear") -> np.ndarray:
    """Return the number of the nearest value for each measured one, -1 for nan: (N,) int64.

    `measured` is (N,), in the unit of `values`, which are (C,) in any order. DsoundsError is raised
    if values are fewer than one, not a number, or negative on a logarithmic scale.
    """
    known = np.asarray(values, np.float64)
    if known.ndim != 1 or not len(known) or np.isnan(known).any():
        raise DsoundsError(f"values are {values}: one or more numbers are needed")
    if scale == "log" and (known < 0).any():
        raise DsoundsError(f"values are {values}: a logarithmic scale has none below 0")
    order = np.argsort(known)
    bounds = _bounds(known[order], scale)
    number = np.asarray(measured, np.float64)
    place = order[np.searchsorted(bounds, number)]
    return np.where(np.isnan(number), NONE, place)


def _bounds(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Return where one class ends and the next begins; values ascend: (C - 1,)."""
    low, high = values[:-1], values[1:]
    if scale == "log":
        with np.errstate(invalid="ignore"):
            between = np.where(low == 0, high / 2, np.sqrt(low * high))
    else:
        between = (low + high) / 2
    if len(values) > 1 and np.isinf(high[-1]):
        between[-1] = _step_above(values[:-1], scale)
    return between


def _step_above(finite: np.ndarray, scale: Scale) -> float:
    """Return the value that is as far above the largest value as that is above the next."""
    if len(finite) == 1 or (scale == "log" and finite[-2] == 0):
        return float(2 * finite[-1])
    if scale == "log":
        return float(finite[-1] ** 2 / finite[-2])
    return float(2 * finite[-1] - finite[-2])


def confusion(true: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Return how many clips of class i (row) were found to be of class j: (C, C + 1) int64.

    The last column counts those of which nothing was found (-1).
    """
    out = np.zeros((classes, classes + 1), np.int64)
    np.add.at(out, (true, np.where(np.asarray(found) == NONE, classes, found)), 1)
    return out


def accuracy(table: np.ndarray) -> float:
    """Return the part of a `confusion` table that lies on its diagonal; nan when it is empty."""
    return float(np.trace(table) / table.sum()) if table.sum() else float("nan")
