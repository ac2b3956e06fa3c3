"""Medians, intervals and tests of a few seeds, against direct computations."""

import numpy as np
import pytest
from scipy.stats import binom, permutation_test

from dsounds.train.comparison.over_seeds import holm, median, paired

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "k"), [(1, 0), (3, 0), (5, 0), (6, 0), (9, 1), (20, 5)])
def test_the_interval_lies_between_order_statistics(n: int, k: int) -> None:
    values = RNG.permutation(np.arange(n, dtype=float))
    found = median(values)
    assert (found.low, found.high, found.count) == (k, n - 1 - k, n)
    assert found.value == (n - 1) / 2
    assert found.coverage == pytest.approx(1 - 2 * binom.cdf(k, n, 0.5))
    if n >= 6:
        assert found.coverage >= 0.95 > 1 - 2 * binom.cdf(k + 1, n, 0.5)


@pytest.mark.parametrize("n", [3, 7])
def test_its_coverage_is_what_it_says(n: int) -> None:
    """The median of a skewed distribution is held as often as that: 20,000 draws."""
    draws = [median(np.exp(RNG.normal(size=n))) for _ in range(20_000)]
    held = np.mean([one.low <= 1 <= one.high for one in draws])
    assert held == pytest.approx(draws[0].coverage, abs=0.01)


def test_no_values_have_no_median() -> None:
    found = median(np.empty(0))
    assert np.isnan(found.value)
    assert found.count == 0


@pytest.mark.parametrize("n", [2, 3, 6, 10])
def test_the_paired_test_is_the_exact_one(n: int) -> None:
    first = RNG.normal(size=n)
    second = first + RNG.normal(0.7, 1, size=n)
    found = paired(first, second)
    expected = permutation_test(
        (second, first),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert found.p == pytest.approx(expected.pvalue)
    assert found.difference == pytest.approx((second - first).mean())
    assert paired(second, first).difference == -found.difference
    assert paired(second, first).p == found.p
    assert found.least == 2 / 2**n


def test_a_difference_in_one_direction_has_the_least_p() -> None:
    first = RNG.normal(size=6)
    found = paired(first, first + np.array([1, 2, 1, 3, 1, 1]))
    assert found.p == found.least == 2 / 64
    assert paired(first, first).p == 1


def test_many_pairs_are_tried_by_chance() -> None:
    first = RNG.normal(size=30)
    assert paired(first, first + RNG.normal(size=30) * 0.01).p > 0.01
    assert paired(first, first + 1 + 0.1 * RNG.normal(size=30)).p < 0.001
    assert paired(first, first + 1).p == paired(first, first + 1).p


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    found = holm([np.nan, 0.5, 0.02])
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([0.5, 0.04])
    assert holm([0.9, 0.9]) == [1.0, 1.0]
