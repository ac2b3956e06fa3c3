"""Codes of known quality, made from factors: what a score gives for them is its scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ....settings import require

NOISE = 0.01  # deviation, where a factor has one of 2 to K values from -1 to 1
Make = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Construction:
    """A way to make codes.

    Attributes
    ----------
    summary
        What the codes are like, in words.
    make
        From factors (n, F) from -1 to 1, the number of dimensions D and a generator to codes
        (n, D).
    least
        The least number of dimensions for a number of factors.
    """

    summary: str
    make: Make
    least: Callable[[int], int] = lambda factors: factors


def _perfect(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    return _with_noise(factors, dimensions, rng)


def _permuted(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    codes = _perfect(factors, dimensions, rng)[:, rng.permutation(dimensions)]
    signs = rng.choice([-1.0, 1.0], dimensions)
    moved: np.ndarray = codes * signs * 10 ** rng.uniform(-2, 2, dimensions) + rng.normal()
    return moved


def _rotated(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    turn = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0]
    turned: np.ndarray = _perfect(factors, dimensions, rng) @ turn
    return turned


def _duplicated(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    return _with_noise(np.concatenate([factors, factors], axis=1), dimensions, rng)


def _entangled(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    return _with_noise(factors + np.roll(factors, 1, axis=1), dimensions, rng)


def _collapsed(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    return np.zeros((len(factors), dimensions))


def _random(factors: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(len(factors), dimensions))


def _with_noise(told: np.ndarray, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    """Return what is told in the first dimensions, and a little noise everywhere."""
    codes = NOISE * rng.normal(size=(len(told), dimensions))
    codes[:, : told.shape[1]] += told
    return codes


CONSTRUCTIONS: Mapping[str, Construction] = {
    "perfect": Construction("a dimension for each factor, and idle ones", _perfect),
    "permuted": Construction("the same in another order and other units", _permuted),
    "duplicated": Construction(
        "two dimensions for each factor", _duplicated, lambda factors: 2 * factors
    ),
    "rotated": Construction("the same rotated at random: all is there, mixed", _rotated),
    "entangled": Construction("each dimension is the sum of two factors", _entangled),
    "collapsed": Construction("all codes are one and the same", _collapsed, lambda _: 1),
    "random": Construction("noise that knows nothing", _random, lambda _: 1),
}


def draw_factors(
    samples: int, sizes: tuple[int, ...], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return independent factors of so many classes each, equally frequent: name to (n,) int64.

    Raises
    ------
    DsoundsError
        If there are fewer samples than classes, or a factor of one class.
    """
    require(bool(sizes), "at least one factor is needed")
    require(
        min(sizes) >= 2, f"factors have {list(sizes)} classes: each needs 2 or more to be scored"
    )
    require(
        samples >= 2 * max(sizes),
        f"{samples} samples are too few for a factor of {max(sizes)} classes: at least "
        f"{2 * max(sizes)} are needed",
    )
    classes = np.arange(samples)
    return {f"factor_{k}": rng.permutation(classes % size) for k, size in enumerate(sizes)}


def codes_of(
    name: str, factors: Mapping[str, np.ndarray], dimensions: int, rng: np.random.Generator
) -> np.ndarray:
    """Return codes of a construction: (n, dimensions).

    Parameters
    ----------
    factors
        The classes of each factor, (n,) from 0.
    """
    scaled = [2 * one / one.max() - 1 for one in factors.values()]
    return CONSTRUCTIONS[name].make(np.stack(scaled, axis=1), dimensions, rng)
