"""Partners: they differ, come from the seed, and are found fast."""

import time

import numpy as np
import pytest

from dsounds.train.scores.swaps.partners import pair_with_another


def quadratic(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One clip after the other, drawn from all that differ."""
    rows = labels.reshape(len(labels), -1)
    differs = (rows[:, None] != rows[None]).any(axis=-1)
    return np.array([rng.choice(np.flatnonzero(row)) for row in differs])


def test_partners_differ_and_come_from_the_seed() -> None:
    labels = np.array([0, 0, 1, 2, 2, 2])
    first, again, other = (
        pair_with_another(labels, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert (labels[first] != labels).all()
    assert (first == again).all()
    assert (first != other).any()
    several = np.array([[0, 0], [0, 1], [1, 1]])
    partner = pair_with_another(several, np.random.default_rng(0))
    assert (several[partner] != several).any(axis=1).all()


@pytest.mark.parametrize("shape", [(2,), (100,), (301,), (100, 3)])
def test_partners_are_those_of_the_plain_way(shape: tuple[int, ...]) -> None:
    """The scores of runs that were scored before depend on them; two draws from one generator."""
    labels = np.random.default_rng(5).integers(0, 3, shape)
    labels[:2] = [[0], [1]] if len(shape) > 1 else [0, 1]
    fast, plain = (np.random.default_rng(7) for _ in range(2))
    for part in (labels, labels[::-1].copy()):
        assert np.array_equal(pair_with_another(part, fast), quadratic(part, plain))


def test_a_hundred_thousand_clips_take_no_time_and_no_memory() -> None:
    """All pairs would be 10 GB. 0.1 s here."""
    labels = np.random.default_rng(0).integers(0, 4, (100_000, 3))
    start = time.perf_counter()
    partner = pair_with_another(labels, np.random.default_rng(1))
    assert time.perf_counter() - start < 10
    assert (labels[partner] != labels).any(axis=1).all()
