"""Parts of a corpus: 0 train, 1 validation, 2 test.

`by_unit` keeps a melody (unit) on one side, `at_random` deals each clip by itself, `held_out` keeps
regions of the factors out of training. Parts are dealt in the order of the clips and have their
shares at any length: where a smaller corpus is the beginning of a larger one, so is its split.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

import numpy as np
from pydantic import Field

from ...errors import DsoundsError
from ...settings import Number, require
from .regions import Region
from .space import integers

__all__ = ["PARTS", "TEST", "TRAIN", "VALIDATION", "Region", "at_random", "by_unit", "held_out"]

PARTS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)
Share = Annotated[Number, Field(ge=0, lt=1)]
"""a part of the clips, as a setting"""
_PURPOSE = {VALIDATION: 1, TEST: 2}  # purposes of a seed; sampling.py has 0 and 3


def by_unit(
    index: np.ndarray, renditions: int, validation: float, test: float, seed: int
) -> np.ndarray:
    """Return parts of clips so that none of the units (melodies) is in two: (N,) uint8.

    Units are dealt in the order in which they first appear, and for each rendition in which they
    first appear, so that parts have all renditions in the same shares: test to less than 1 unit for
    each rendition, validation to less than 2, both to a few units in all.

    Parameters
    ----------
    index
        (N,) positions, unit * renditions + rendition.
    validation, test
        The shares of the units.

    Raises
    ------
    DsoundsError
        If the shares leave nothing to train on.
    """
    index = integers(index, "positions")
    _, first, unit = np.unique(index // renditions, return_index=True, return_inverse=True)
    order = np.argsort(first)
    parts = np.empty(len(first), np.uint8)
    parts[order] = _parts(index[first[order]] % renditions, validation, test, seed)
    return parts[unit]


def at_random(count: int, validation: float, test: float, seed: int) -> np.ndarray:
    """Return parts of clips, each by itself: (count,) uint8.

    The shares are right to less than 1 clip for test and less than 2 for validation. Shares that
    leave nothing to train on raise DsoundsError.
    """
    return _parts(np.zeros(count, np.uint8), validation, test, seed)


def held_out(
    classes: np.ndarray,
    cells: Sequence[Region],
    index: np.ndarray,
    renditions: int,
    validation: float,
    seed: int,
) -> np.ndarray:
    """Return parts so that clips in any of the cells are for test, and no others: (N,) uint8.

    A melody may be in train in one rendition and in test in another: what training has not met is
    the combination.

    Parameters
    ----------
    classes
        (N, F) class indices of the clips.
    index, renditions
        As in `by_unit`, which deals the others to train and validation.

    Raises
    ------
    DsoundsError
        If no clip or every clip is in the cells.
    """
    inside = np.zeros(len(index), bool)
    for cell in cells:
        inside |= cell.contains(classes)
    if not inside.any() or inside.all():
        texts = " or ".join(repr(cell.text) for cell in cells) or "no cells"
        raise DsoundsError(
            f"{'every' if inside.any() else 'no'} clip of {len(index):,} is in {texts}: "
            "some must be in it, for test, and some not, to train on"
        )
    parts = np.full(len(index), TEST, np.uint8)
    parts[~inside] = by_unit(np.asarray(index)[~inside], renditions, validation, 0, seed)
    return parts


def check_shares(validation: float, test: float) -> None:
    """Raise DsoundsError unless two shares of the clips leave some to train on."""
    require(
        validation >= 0 and test >= 0 and validation + test < 1,
        f"validation is {validation} and test {test}: parts from 0 to below 1 in all are needed",
    )


def _parts(group: np.ndarray, validation: float, test: float, seed: int) -> np.ndarray:
    """Return parts of things in an order, alike in each `group`, (M,) integers: (M,) uint8."""
    check_shares(validation, test)
    tested, validated = Fraction(str(test)), Fraction(str(validation))
    parts = np.full(len(group), TRAIN, np.uint8)
    # Test comes first, so it is the same whatever is kept for validation.
    for part, share in ((TEST, tested), (VALIDATION, validated / (1 - tested))):
        left = parts == TRAIN
        rng = np.random.default_rng([seed, _PURPOSE[part]])
        parts[left] = np.where(_dealt(group[left], share, rng), np.uint8(part), np.uint8(TRAIN))
    return parts


def _dealt(group: np.ndarray, share: Fraction, rng: np.random.Generator) -> np.ndarray:
    """Return which of M things are taken so that each group, and all, have the share: (M,) bool.

    Of the first k of a group k * share are taken, rounded up or down, at every k. Where both are
    allowed it is what the whole needs: it is due one more at a random place of each window.
    """
    share = share.limit_denominator(10**9)  # so that products fit 64 bits
    due = np.zeros(len(group), bool)
    due[_one_of_each_window(len(group), share, rng)] = True
    if not due.any() or (group == group[0]).all():
        return due
    order = np.argsort(group, kind="stable")
    start = np.flatnonzero(np.diff(group[order], prepend=group[order[0]] - 1))
    rank = np.empty(len(group), np.int64)  # 1 for the first of a group
    rank[order] = 1 + np.arange(len(group)) - np.repeat(start, np.diff(start, append=len(group)))
    low = rank * share.numerator // share.denominator
    high = -(-rank * share.numerator // share.denominator)
    taken = np.zeros(len(group), bool)
    has = dict.fromkeys(np.unique(group).tolist(), 0)
    behind = 0
    columns = (column.tolist() for column in (group, low, high, due))
    for place, (own, least, most, more) in enumerate(zip(*columns, strict=True)):
        behind += more
        if has[own] < least or (has[own] < most and behind > 0):
            has[own] += 1
            taken[place] = True
            behind -= 1
    return taken


def _one_of_each_window(count: int, share: Fraction, rng: np.random.Generator) -> np.ndarray:
    """Return a random place of each stretch of 1 / share places, below `count`: (J,) ascending."""
    windows = -(-count * share.numerator // share.denominator)
    edges = -(-np.arange(windows + 1) * share.denominator // max(share.numerator, 1))
    places = edges[:-1] + (rng.random(windows) * np.diff(edges)).astype(np.int64)
    return places[places < count]
