"""Entropies, mutual information and bins on variables that are known."""

import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from dsounds.train.scores.codes.information import (
    entropy,
    equal_count,
    equal_width,
    joint_counts,
    mutual_information,
)

RNG = np.random.default_rng(0)


def test_mutual_information_of_known_tables() -> None:
    a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert mutual_information(a, b) == pytest.approx(0)
    assert mutual_information(a, 5 * a) == pytest.approx(np.log(2))
    assert mutual_information(a, np.array([0, 0, 0, 1])) == pytest.approx(0.215762, abs=1e-6)


def test_it_is_that_of_scikit_learn() -> None:
    a, b = RNG.integers(0, 5, 300), RNG.integers(0, 7, 300)
    assert mutual_information(a, b) == pytest.approx(mutual_info_score(a, b))
    assert mutual_information(b, a) == pytest.approx(mutual_info_score(a, b))


def test_entropies_of_several_variables_at_once() -> None:
    counts = np.array([[3, 5, 0, 2], [1, 1, 1, 1], [9, 0, 0, 0]])
    assert entropy(counts).tolist() == pytest.approx([scipy_entropy(row) for row in counts])
    assert entropy(counts[1]) == pytest.approx(np.log(4))


def test_the_correction_is_that_of_miller() -> None:
    """(values that occur - 1) / 2n: 3 values in 10 samples."""
    counts = np.array([3, 5, 0, 2])
    assert entropy(counts, corrected=True) - entropy(counts) == pytest.approx(2 / 20)


def test_on_average_the_correction_takes_the_bias_away() -> None:
    """The plug-in estimate of 8 equal classes in 100 samples is 7 / 200 nats too low."""
    draws = [np.bincount(RNG.integers(0, 8, 100), minlength=8) for _ in range(2000)]
    plain, corrected = (np.mean([entropy(one, how) for one in draws]) for how in (False, True))
    assert plain - np.log(8) == pytest.approx(-7 / 200, abs=3e-3)
    assert corrected == pytest.approx(np.log(8), abs=2e-3)


def test_every_pair_of_values_is_counted() -> None:
    classes, other = np.array([0, 1, 1, 2]), np.array([1, 0, 0, 1])
    counts = joint_counts(classes, np.stack([other, classes]))
    assert counts.shape == (2, 9)
    assert np.sort(counts[0])[-3:].tolist() == [1, 1, 2]
    assert np.sort(counts[1])[-3:].tolist() == [1, 1, 2]


def test_bins_of_equal_width_are_those_of_a_histogram() -> None:
    column = RNG.standard_normal(1000)
    edges = np.histogram(column, 20)[1][:-1]
    assert np.array_equal(equal_width(column[None])[0], np.digitize(column, edges) - 1)
    assert equal_width(np.array([[0.0, 1.0, 2.0], [7.0, 7.0, 7.0]]), 4).tolist() == [
        [0, 2, 3],
        [0, 0, 0],
    ]


def test_bins_of_equal_count_have_as_many_samples_whatever_the_scale() -> None:
    column = RNG.standard_normal(1000)
    binned = equal_count(np.stack([column, np.exp(5 * column)]))
    assert np.array_equal(binned[0], binned[1])
    assert np.bincount(binned[0]).tolist() == [50] * 20
    assert np.array_equal(equal_count(-column[None])[0], 19 - binned[0])
    uneven = column[None, :992]
    assert np.array_equal(equal_count(-uneven), 19 - equal_count(uneven))


def test_equal_values_share_a_bin_and_rare_ones_keep_apart() -> None:
    """2 % of the samples, where a bin has 5 %: at the lower end and at the upper end."""
    for common in (0.0, 1.0):
        column = np.full(1000, common)
        column[:20] = 1 - common
        binned = equal_count(column[None])[0]
        assert len(set(binned[:20])) == len(set(binned[20:])) == 1
        assert binned[0] != binned[-1]
