"""The dimension of a factor, and how much more it tells than the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....settings import require
from .estimators import Information

Assignment = Mapping[str, int]
_DECIMALS = 9  # of nats that are told apart


@dataclass(frozen=True)
class Gap:
    """How much more one of some numbers is than the greatest of others.

    Attributes
    ----------
    size
        The difference; to 0 where there are no others.
    rival
        The place of the greatest of the others; None where there are none.
    """

    size: float
    rival: int | None


def gap(row: np.ndarray, own: int, others: np.ndarray | None = None) -> Gap:
    """Return the gap of a number in a row to others: all but itself where none are named."""
    places = np.delete(np.arange(len(row)), own) if others is None else others
    if not len(places):
        return Gap(float(row[own]), None)
    rival = int(places[np.argmax(row[places])])
    return Gap(float(row[own] - row[rival]), rival)


def own_dimensions(told: Information, assignment: Assignment | None) -> np.ndarray:
    """Return the dimension of each factor, (factors,): the given one, or the one that tells most.

    Of some that tell as much it is the one that tells least of the other factors.

    Raises
    ------
    DsoundsError
        If an assignment names no factor, no dimension, or one dimension twice.
    """
    others = told.normalised.sum(axis=0) - told.normalised
    found = np.lexsort((others, -told.told.round(_DECIMALS)), axis=1)[:, 0]
    given, dimensions = dict(assignment or {}), told.told.shape[1]
    known = (*told.names, *told.constant)
    strange = sorted(given.keys() - set(known))
    require(
        not strange,
        f"assignment has {', '.join(strange)}, which are no factors: {', '.join(known)} are",
    )
    for name, place in given.items():
        whole = isinstance(place, int | np.integer)
        require(
            whole and 0 <= place < dimensions,
            f"assignment of {name}: dimension {place}, but the code has {dimensions}: 0 to "
            f"{dimensions - 1} are allowed",
        )
    require(
        len(set(given.values())) == len(given),
        f"assignment gives one dimension to several factors: {given}",
    )
    return np.array([given.get(name, own) for name, own in zip(told.names, found, strict=True)])


def owner(told: Information, own: np.ndarray, dimension: int) -> int | None:
    """Return the factor whose dimension this is: of several the one that it tells most of."""
    those = np.flatnonzero(own == dimension)
    if not len(those):
        return None
    return int(those[np.argmax(told.normalised[those, dimension])])
