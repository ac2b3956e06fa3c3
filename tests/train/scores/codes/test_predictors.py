"""What scores that fit predictors share: one telling for all draws, and no warnings."""

import warnings

import numpy as np
import pytest

from dsounds.train.scores.codes import dci as module
from dsounds.train.scores.codes.checked_samples import samples_of
from dsounds.train.scores.codes.dci import dci
from dsounds.train.scores.codes.linear_probe import linear_probe
from dsounds.train.scores.codes.predictors import Told
from dsounds.train.scores.codes.sap import sap

RNG = np.random.default_rng(0)
CODES = RNG.standard_normal((60, 3))
FACTORS = {"a": np.arange(60) % 3}
GROUPS = np.arange(60) // 2


@pytest.mark.parametrize("groups", [None, GROUPS], ids=["alone", "groups"])
def test_bootstrap_samples_are_told_what_their_own_codes_tell(groups: np.ndarray | None) -> None:
    samples, asked = samples_of(CODES, FACTORS, groups=groups), 0

    def tell(codes: np.ndarray) -> dict[str, np.ndarray]:
        nonlocal asked
        asked += 1
        return {"sum": codes.sum(axis=1)}

    told = Told(tell)
    for seed in range(3):
        drawn = samples.resampled(np.random.default_rng(seed))
        assert told.of(drawn)["sum"].tolist() == drawn.codes.sum(axis=1).tolist()
    assert told.of(samples)["sum"].tolist() == CODES.sum(axis=1).tolist()
    assert asked == 1
    part = drawn.take(np.arange(5))  # not a bootstrap sample of anything
    assert told.of(part)["sum"].tolist() == part.codes.sum(axis=1).tolist()
    assert asked == 2


def test_a_forest_does_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(module, "THREADS", threads)
        found.append(dci(CODES, {**FACTORS, "b": CODES[:, 1]}, bootstraps=2))
    for name, one in found[0].items():
        assert one.value == found[1][name].value
        assert one.interval == found[1][name].interval
        assert np.array_equal(one.matrix, found[1][name].matrix) or one.matrix is None


@pytest.mark.parametrize("score", [dci, sap, linear_probe])
def test_a_class_of_its_own_for_almost_every_sample_is_no_reason_to_warn(score: object) -> None:
    many = {"melody": np.append(np.arange(50), np.arange(10))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score(CODES, many)  # type: ignore[operator]
