"""What codes tell of factors by each estimator, against figures computed otherwise."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.checked_samples import samples_of
from dsounds.train.scores.codes.dmig import dmig
from dsounds.train.scores.codes.estimators import (
    ESTIMATORS,
    Estimator,
    Information,
    estimator_of,
    information,
)
from dsounds.train.scores.codes.mig import mig
from dsounds.train.scores.codes.xmig import xmig

RNG = np.random.default_rng(0)
N = 800


def told(codes: np.ndarray, factors: dict[str, np.ndarray], estimator: str) -> Information:
    return information(samples_of(codes, factors), ESTIMATORS[estimator])


def test_bins_of_equal_width_are_disentanglement_lib_s() -> None:
    """np.histogram, np.digitize and mutual_info_score, as its utils.py has it."""
    labels = {"a": RNG.integers(0, 3, N), "b": RNG.integers(0, 5, N)}
    codes = RNG.standard_normal((N, 3)) + labels["a"][:, None] * [0, 1, 2]
    found = told(codes, labels, "equal_width")
    for i, label in enumerate(labels.values()):
        for k, column in enumerate(codes.T):
            binned = np.digitize(column, np.histogram(column, 20)[1][:-1])
            assert found.told[i, k] == pytest.approx(mutual_info_score(label, binned), abs=1e-9)
        assert found.entropy[i] == pytest.approx(mutual_info_score(label, label))
    assert found.between[0, 1] == pytest.approx(mutual_info_score(*labels.values()), abs=1e-9)
    assert found.between.diagonal() == pytest.approx(found.entropy)
    assert found.given[0, 1] == pytest.approx(found.entropy[0] - found.between[0, 1])
    assert found.normalised[1] == pytest.approx(found.told[1] / found.entropy[1])


def test_the_bias_of_counts_and_its_correction() -> None:
    """(K - 1)(B - 1) / 2n nats for noise: 28 classes, 20 bins, 5,000 samples."""
    labels = {"rhythm": RNG.integers(0, 28, 5000)}
    noise = RNG.uniform(size=(5000, 30))
    plain, corrected = (
        told(noise, labels, name).told.mean() for name in ("quantile", "quantile_miller_madow")
    )
    assert plain == pytest.approx(27 * 19 / 10_000, rel=0.05)
    assert corrected < 0.1 * plain
    assert told(noise, labels, "miller_madow").told.mean() < 0.1 * plain


def test_one_outlier_blinds_bins_of_equal_width_alone() -> None:
    labels = {"instrument": RNG.integers(0, 2, N)}
    codes = labels["instrument"][:, None].astype(float)
    assert told(codes, labels, "equal_width").normalised[0, 0] == pytest.approx(1)
    codes[0] = 1e6
    assert told(codes, labels, "equal_width").normalised[0, 0] < 0.01
    assert told(codes, labels, "quantile").normalised[0, 0] > 0.98
    assert told(codes, labels, "neighbours").normalised[0, 0] > 0.98


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_code_that_is_the_factor_tells_all_of_it(name: str) -> None:
    labels = {"a": RNG.integers(0, 4, N), "level": RNG.standard_normal(N)}
    codes = np.stack(list(labels.values()), axis=1)
    found = told(codes, labels, name)
    assert found.normalised.diagonal() == pytest.approx([1, 1], abs=0.02)
    assert found.normalised[0, 1] < 0.1
    assert (found.told >= 0).all()
    assert (found.given >= 0).all()


def test_a_continuous_factor_is_binned_as_a_dimension_is() -> None:
    level = RNG.standard_normal(N)
    binned = np.digitize(level, np.histogram(level, 20)[1][:-1])
    found = told(level[:, None], {"level": level}, "equal_width")
    assert found.entropy[0] == pytest.approx(mutual_info_score(binned, binned))
    assert told(level[:, None], {"level": level}, "quantile").entropy[0] == pytest.approx(
        np.log(20)
    )


def test_the_entropy_by_neighbours_grows_with_the_number_of_samples() -> None:
    """So figures of different numbers of samples do not compare: the bins' do."""
    few, many = RNG.standard_normal(200), RNG.standard_normal(5000)
    by_neighbours = [told(x[:, None], {"x": x}, "neighbours").entropy[0] for x in (few, many)]
    assert by_neighbours[1] > by_neighbours[0] + 2
    by_bins = [told(x[:, None], {"x": x}, "quantile").entropy[0] for x in (few, many)]
    assert by_bins[1] == pytest.approx(by_bins[0], abs=0.01)


def test_scores_of_the_same_samples_share_what_they_are_told() -> None:
    samples = samples_of(RNG.standard_normal((50, 2)), {"a": np.arange(50) % 2})
    first = information(samples, ESTIMATORS["quantile"])
    assert information(samples, ESTIMATORS["quantile"]) is first
    assert information(samples, ESTIMATORS["equal_width"]) is not first
    assert information(samples.take(np.arange(40)), ESTIMATORS["quantile"]) is not first


def test_what_scores_share_changes_no_number() -> None:
    labels = {"a": RNG.integers(0, 3, 200), "b": RNG.integers(0, 2, 200)}
    codes = RNG.standard_normal((200, 4)) + labels["a"][:, None] * [2, 0, 0, 1]
    options = {"groups": np.arange(200) // 4, "permutations": 3, "bootstraps": 3, "seed": 1}
    shared: dict[Any, Any] = {}
    for score in (mig, dmig, xmig, mig):
        for estimator in ("equal_width", "quantile"):
            alone = score(codes, labels, estimator=estimator, **options)
            together = score(codes, labels, estimator=estimator, shared=shared, **options)
            assert (together.value, together.floor) == (alone.value, alone.floor)
            assert together.interval == alone.interval
    other_seed = score(codes, labels, shared=shared, **{**options, "seed": 2})
    assert other_seed.floor == score(codes, labels, **{**options, "seed": 2}).floor


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: estimator_of("equal_with"), r"unknown estimator 'equal_with'.*equal_width"),
        (lambda: Estimator(bins=1), "bins is 1: 2 or more"),
        (lambda: Estimator(neighbours=0), "neighbours is 0: 1 or more"),
        (lambda: Estimator("kde"), "method 'kde': equal_width, quantile, neighbours are allowed"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_estimator_is_refused(make: object, message: str) -> None:
    with pytest.raises(DsoundsError, match=message):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "values",
    [[3, 0, 3, 7], [-1, 2, -1, 5], [0.5, 0, 2.25, 0], [1e300, 0, 1, 1e300], [5, 90, 5, 6]],
)
def test_classes_are_the_places_of_values_among_those_that_occur(values: list[float]) -> None:
    samples = samples_of(np.arange(4.0)[:, None], {"a": values}, {"a": "ordinal"})
    expected = np.unique(values, return_inverse=True)[1]
    assert np.array_equal(samples.classes["a"], expected)
    assert samples.classes["a"].dtype == np.int64
