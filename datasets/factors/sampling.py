"""The positions of a factor space that a corpus takes, in the order of its clips.

Every function returns (count,) int64 positions, all different, in random order; the same seed gives
the same ones, and more clips than there are raise DsoundsError. The positions of `melodies_first`
and `uniform` have the prefix property: a smaller corpus of a seed is the beginning of a larger one.
"""

from __future__ import annotations

from math import gcd, prod

import numpy as np

from ...errors import DsoundsError
from .correlation import Entropies, entropies, joint_counts
from .space import FactorSpace

__all__ = [
    "Entropies",
    "correlated",
    "entropies",
    "joint_counts",
    "melodies_first",
    "stratified",
    "uniform",
]

_CHOICE, _CYCLE = 0, 3  # purposes of a seed; splits.py has 1 and 2
_PERMUTED = 2**22  # spaces up to this size are permuted as a whole
_ROUNDS = 1000


def melodies_first(units: int, renditions: int, count: int, seed: int) -> np.ndarray:
    """Draw every melody once before any comes again, all renditions equally often.

    A position is unit * renditions + rendition: the unit is the melody, the rendition whatever else
    a recipe varies (the instrument and more). Units come in random order, each in one rendition;
    when all were taken, each comes again in another. Blocks of `renditions` clips hold each
    rendition once, so at any count the renditions differ by at most one clip.
    """
    _check(count, units * renditions)
    rng = np.random.default_rng([seed, _CHOICE])
    taken = min(count, units)
    order = _distinct(units, taken, rng)
    # Clip c is unit c mod U, and rendition (c + c // lcm(U, R)) mod R would be a Latin rectangle:
    # all of a unit's differ, and so do all of a block. Shuffles of `deal` renditions keep that.
    deal = gcd(units, renditions)
    stacks = renditions // deal
    turns = rng.permuted(np.tile(np.arange(deal), (-(-taken // deal), 1)), axis=1).ravel()
    # What a unit's next rendition is. Neighbours in number would differ in the last factor only.
    cycle = np.zeros(renditions, np.int64)
    cycle[1:] = 1 + np.random.default_rng([seed, _CYCLE]).permutation(renditions - 1)
    clip = np.arange(count)
    place, turn = clip % units, clip // (units * stacks)
    rendition = cycle[clip // deal % stacks * deal + (turns[place] + turn) % deal]
    return order[place] * renditions + rendition


def uniform(size: int, count: int, seed: int) -> np.ndarray:
    """Draw positions 0 to `size` - 1 uniformly without replacement.

    Spaces up to 2^22 are permuted; from larger ones, up to 2^62, at most half can be drawn.
    """
    _check(count, size)
    return _distinct(size, count, np.random.default_rng([seed, _CHOICE]))


def stratified(space: FactorSpace, count: int, seed: int) -> np.ndarray:
    """Draw all classes of every factor equally often, to within one clip, for all factors at once.

    Latin hypercube sampling (McKay, Beckman, Conover 1979) on a grid: each factor's classes are
    dealt evenly and shuffled by themselves; clips that fall together swap a class with others. Of
    more than half of the space the rest is drawn, and left out.
    """
    size = len(space)
    _check(count, size)
    rng = np.random.default_rng([seed, _CHOICE])
    chosen = _strata(space.sizes, min(count, size - count), rng)
    if 2 * count > size:
        chosen = rng.permutation(np.setdiff1d(np.arange(size), chosen, assume_unique=True))
    return chosen


def correlated(
    space: FactorSpace, pair: tuple[str, str], rho: float, count: int, seed: int
) -> np.ndarray:
    """Draw two factors that depend on each other; all others are uniform and independent.

    The pair's classes come exactly as often as `joint_counts(sizes, rho, count)` says, for any
    seed.

    Parameters
    ----------
    pair
        The names of the two factors.
    rho
        -1 to 1.

    Raises
    ------
    DsoundsError
        If a combination of the two would need more clips than the other factors can tell apart.
    """
    columns = [space.column(name) for name in pair]
    if len(set(columns)) != 2:
        raise DsoundsError(f"two different factors are needed to be correlated, not {pair}")
    _check(count, len(space))
    sizes = space.sizes[columns[0]], space.sizes[columns[1]]
    counts = joint_counts(sizes, rho, count)
    others = [k for k in range(len(space.sizes)) if k not in columns]
    each = prod(space.sizes[k] for k in others)
    if counts.max() > each:
        cell = np.unravel_index(counts.argmax(), sizes)
        a, b = (f"{n}={space.factor(n).names[c]}" for n, c in zip(pair, cell, strict=True))
        raise DsoundsError(
            f"{count:,} clips with rho {rho:g} need {counts.max():,} of {a} with {b}, but there "
            f"are only {each:,}: fewer clips, a rho nearer to 0 or more values of other factors "
            "are needed"
        )
    rng = np.random.default_rng([seed, _CHOICE])
    classes = np.empty((count, len(space.sizes)), np.int64)
    classes[:, columns] = np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0)
    drawn = [rng.choice(each, n, replace=False, shuffle=False) for n in counts[counts > 0]]
    rest = np.concatenate([np.zeros(0, np.int64), *drawn])
    if others:
        classes[:, others] = np.stack(np.unravel_index(rest, [space.sizes[k] for k in others]), -1)
    return rng.permutation(space.index(classes))


def _check(count: int, size: int) -> None:
    if not 0 <= count <= size:
        raise DsoundsError(f"{count:,} clips asked for, but the space has only {size:,}")


def _distinct(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return the first `count` of a random order of 0 to `size` - 1, with one draw from `rng`."""
    if size <= _PERMUTED:
        return rng.permutation(size)[:count]
    if count > size // 2:
        raise DsoundsError(
            f"{count:,} clips of {size:,} asked for: at most half of a space above {_PERMUTED:,} "
            "can be drawn (fewer clips, or fewer values of a factor)"
        )
    stream = rng.spawn(1)[0]
    drawn = chosen = np.zeros(0, np.int64)
    while len(chosen) < count:  # the first time that each number of an endless stream comes
        drawn = np.concatenate([drawn, stream.integers(size, size=max(len(drawn), 2**12))])
        chosen = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    return chosen[:count]


def _strata(sizes: tuple[int, ...], count: int, rng: np.random.Generator) -> np.ndarray:
    """Return different positions with even classes, at most half of the grid: (count,) int64."""
    columns = [rng.permutation(rng.permutation(n)[np.arange(count) % n]) for n in sizes]
    index = np.asarray(np.ravel_multi_index(columns, sizes), np.int64)
    strides = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    varying = [k for k, n in enumerate(sizes) if n > 1]
    for _ in range(_ROUNDS):
        again = np.ones(count, bool)
        again[np.unique(index, return_index=True)[1]] = False
        if not again.any():
            return index
        first = np.flatnonzero(again)
        second = rng.permutation(np.flatnonzero(~again))[: len(first)]
        first = first[: len(second)]
        k = rng.choice(varying)
        here, there = (index[clips] // strides[k] % sizes[k] for clips in (first, second))
        step = (there - here) * strides[k]
        swapped = np.stack([index[first] + step, index[second] - step], axis=1)  # (swaps, 2)
        free = ~np.isin(swapped, index)
        new = np.zeros(swapped.size, bool)
        new[np.unique(swapped, return_index=True)[1]] = True
        good = (free & new.reshape(swapped.shape)).all(axis=1)
        index[first[good]], index[second[good]] = swapped[good].T
    raise DsoundsError(
        f"no {count:,} different clips with even classes were found among {sizes} classes: "
        "another seed or another count may have them"
    )
