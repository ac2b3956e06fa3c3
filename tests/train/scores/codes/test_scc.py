"""Spearman's correlation: signs, ties, kinds of factors, and SciPy's values."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from dsounds.train.scores.codes.scc import scc

RNG = np.random.default_rng(7)
N = 500
LEVEL = RNG.normal(size=N)
OCTAVE = RNG.integers(0, 4, N)
FACTORS = {"octave": OCTAVE, "level": LEVEL, "instrument": RNG.integers(0, 3, N)}
KINDS = {"octave": "ordinal"}
CODES = np.stack([-np.exp(LEVEL), OCTAVE + RNG.normal(size=N), np.round(LEVEL)], axis=1)


def test_the_matrix_is_scipys_and_factors_take_the_best() -> None:
    found = scc(CODES, FACTORS, kinds=KINDS)
    for row, name in zip(found.matrix, ("octave", "level"), strict=True):
        expected = [spearmanr(column, FACTORS[name]).statistic for column in CODES.T]
        np.testing.assert_allclose(row, expected, atol=1e-12)
        assert found.factors[name] == pytest.approx(np.abs(expected).max())
    assert found.value == pytest.approx(np.mean(list(found.factors.values())))
    assert found.left_out == {"instrument": "it is categorical"}


def test_a_falling_dimension_counts_by_its_size_alone_or_not_at_all() -> None:
    falling = CODES[:, :1]
    assert scc(falling, {"level": LEVEL}).value == pytest.approx(1)
    assert scc(falling, {"level": LEVEL}, absolute=False).value == pytest.approx(-1)
    assert scc(CODES, {"level": LEVEL}, absolute=False).value < 0.99  # that of the rounded one


def test_any_rising_change_of_units_keeps_it() -> None:
    expected = scc(CODES, FACTORS, kinds=KINDS).factors
    changed = np.stack([CODES[:, 2] ** 3, 5 * CODES[:, 1] - 3, np.exp(CODES[:, 0])], axis=1)
    moved = {**FACTORS, "octave": 10 * OCTAVE**2}
    assert scc(changed, moved, kinds=KINDS).factors == pytest.approx(expected)


def test_noise_lies_within_its_floor_and_constants_are_0() -> None:
    found = scc(RNG.normal(size=(N, 4)), {"level": LEVEL}, permutations=20, bootstraps=20)
    assert found.value < 0.2
    assert found.floor == pytest.approx(found.value, abs=0.1)
    padded = np.concatenate([CODES, np.ones((N, 1))], axis=1)
    assert scc(padded, FACTORS, kinds=KINDS).matrix[0, 3] == 0


def test_without_ordered_factors_there_is_no_value() -> None:
    found = scc(CODES, {"instrument": FACTORS["instrument"]}, permutations=2, bootstraps=2)
    assert np.isnan(found.value)
    assert found.floor is found.interval is None
