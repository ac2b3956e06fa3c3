"""Predictors are fitted to the training part, where there is one, and asked on other samples."""

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.checked_samples import samples_of
from dsounds.train.scores.codes.code_score import Found, HeldOut, by_name, measured
from dsounds.train.scores.codes.linear_probe import linear_probe
from dsounds.train.scores.codes.samples import Samples
from dsounds.train.scores.known_codes.selftest import selftest
from dsounds.train.scores.outside_codes import score_codes

RNG = np.random.default_rng(8)
N = 300
A = RNG.integers(0, 3, N)
CODES = np.stack([A, RNG.normal(size=N)], axis=1)
TEXTS = np.array(["horn", "oboe", "lute"])[A]


def seen(fits: list[Samples]) -> HeldOut:
    """Return a score that keeps what it is fitted to and counts what it is asked."""

    def fit(train: Samples, rng: np.random.Generator):
        fits.append(train)
        return lambda test, rng: {"": Found(float(test.codes[:, 0].mean()))}

    return HeldOut(fit)


def test_it_is_fitted_once_for_all_bootstrap_samples_and_once_for_each_shuffle() -> None:
    fits: list[Samples] = []
    train = (CODES[:100], {"a": A[:100]})
    found = measured(
        seen(fits), CODES[100:], {"a": A[100:]}, train=train, bootstraps=30, permutations=2
    )
    assert len(fits) == 3
    assert (fits[0].codes == CODES[:100]).all()
    assert (fits[0].values["a"] == A[:100]).all()
    shuffled = fits[1].values["a"]
    assert (shuffled != A[:100]).any()
    assert (np.sort(shuffled) == np.sort(A[:100])).all()
    low, high = found.interval
    assert low < CODES[100:, 0].mean() < high
    assert found.value == CODES[100:, 0].mean()


def test_without_a_training_part_two_thirds_are_one() -> None:
    fits: list[Samples] = []
    measured(seen(fits), CODES, {"a": A})
    assert len(fits[0]) == 200
    groups = np.arange(N) // 10
    kept: list[Samples] = []
    measured(seen(kept), CODES, {"a": A}, groups=groups)
    assert not set(np.unique(kept[0].groups)) & set(
        np.unique(groups[~np.isin(CODES[:, 1], kept[0].codes[:, 1])])
    )


def test_texts_have_the_same_class_in_both_parts() -> None:
    """The training part lacks a class, so numbers of its own would be those of others."""
    part = TEXTS != "horn"
    found = linear_probe(CODES, {"a": TEXTS}, train=(CODES[part], {"a": TEXTS[part]}))
    assert found["accuracy"].value == pytest.approx(part.mean())


def test_what_varies_in_one_part_alone_is_left_out() -> None:
    train = (CODES, {"a": A, "b": np.zeros(N, int)})
    samples = samples_of(CODES, {"a": A, "b": A}, train=train)
    assert samples.left_out == {"b": "it is constant in the training part"}
    assert list(samples.train.values) == ["a"]
    assert list(samples.only(["a"]).train.values) == ["a"]


@pytest.mark.parametrize(
    ("train", "says"),
    [
        ((CODES[:, :1], {"a": A}), "training part have 1 dimensions: 2"),
        ((CODES, {"b": A}), "the training part has no factor a"),
        ((CODES, {"a": A[:9]}), r"factor a of the training part has the shape \(9,\)"),
        ((CODES * np.nan, {"a": A}), "codes of the training part: 600 of 600 numbers are nan"),
        ((CODES[:1], {"a": A[:1]}), "scores of codes of the training part need at least 2"),
        ((CODES, {"a": TEXTS}), "factor a is text in one part and numbers in the other"),
        ((CODES, {"a": np.zeros(N, int)}), "none of the 1 factors varies .* in the training part"),
    ],
)
def test_training_parts_that_do_not_fit(train, says) -> None:
    with pytest.raises(DsoundsError, match=says):
        samples_of(CODES, {"a": A}, train=train)


def test_the_numbers_of_a_score_by_their_keys() -> None:
    one = measured(seen([]), CODES, {"a": A})
    assert by_name("mig", one) == {"mig": one}
    assert by_name("dci", {"completeness": one}, "v") == {"dci_completeness_v": one}


def test_scores_of_several_numbers_in_selftest_and_for_outside_codes() -> None:
    found = selftest(60, 3, (2, 3), scores=["linear_probe"], repeats=1)
    keys = ["linear_probe_accuracy", "linear_probe_balanced", "linear_probe_r2"]
    assert list(found.values) == keys
    assert found.values["linear_probe_accuracy"]["perfect"] == 1
    outside = score_codes(CODES, {"a": A}, scores=["linear_probe"], permutations=9, bootstraps=3)
    assert list(outside.scores) == keys
    expected = linear_probe(CODES, {"a": A}, permutations=2, bootstraps=3)  # no more than its row
    assert outside.scores["linear_probe_accuracy"] == expected["accuracy"]
