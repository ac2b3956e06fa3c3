"""Means, medians, intervals and tests of a few seeds, against direct computations."""

import numpy as np
import pytest
from scipy.stats import binom, permutation_test, ttest_1samp

from dsounds.train.comparison.over_seeds import holm, mean, median, paired

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_the_interval_of_the_mean_is_that_of_the_t_test(n: int) -> None:
    values = RNG.normal(5, 2, n)
    found = mean(values)
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.value, found.count) == (pytest.approx(sum(values) / n), n)
    assert found.deviation == pytest.approx(np.sqrt(sum((values - found.value) ** 2) / (n - 1)))
    assert mean(np.array([np.nan, *values, np.inf])) == found


def test_it_holds_the_true_mean_as_often_as_that() -> None:
    """4,000 draws of three normal values: 95 % of the intervals, within a percent."""
    draws = [mean(RNG.normal(1, 3, 3)) for _ in range(4_000)]
    assert np.mean([one.low <= 1 <= one.high for one in draws]) == pytest.approx(0.95, abs=0.01)


def test_a_mean_by_hand_and_of_too_few_values() -> None:
    found = mean(np.array([1.0, 2.0, 3.0]))
    half = 4.302652729911275 / np.sqrt(3)  # the 97.5 % point of t with two degrees of freedom
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))
    assert (mean(np.array([2.0])).value, mean(np.array([2.0])).count) == (2.0, 1)
    for values in ([2.0], [np.nan, 2.0], []):
        few = mean(np.array(values))
        assert np.isnan([few.deviation, few.low, few.high]).all()
    assert np.isnan(few.value)


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
