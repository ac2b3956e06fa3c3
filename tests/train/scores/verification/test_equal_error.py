"""Equal error rates: known answers, the ROC written out, sampling, faults."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from sklearn.metrics import roc_curve

from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.verification import rows
from dsounds.train.scores.verification.equal_error import cosines, equal_error_rate
from dsounds.train.scores.verification.v_equal_error import SCORE as V
from dsounds.train.scores.verification.z_equal_error import SCORE as Z

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("similarity", "same", "rate"),
    [
        ([0.9, 0.8, -0.1, -0.5], [1, 1, 0, 0], 0.0),
        ([0.9, 0.8, -0.1, -0.5], [0, 0, 1, 1], 1.0),
        ([0.3, 0.3, 0.3, 0.3, 0.3], [1, 0, 0, 1, 0], 0.5),
        ([4, 3, 2, 1], [1, 0, 1, 0], 0.5),
        ([5, 4, 3, 2, 1], [1, 1, 0, 1, 0], 1 / 3),  # 1/3 rejected between 0 and 1/2 accepted
        ([3, 2, 2, 1], [1, 1, 0, 0], 1 / 4),  # equal ones together: from (0, 1/2) to (1/2, 0)
    ],
)
def test_known_pairs(similarity: list[float], same: list[int], rate: float) -> None:
    assert equal_error_rate(similarity, same) == pytest.approx(rate)


def test_the_crossing_of_the_roc_written_out() -> None:
    """scikit-learn's ROC, interpolated on a fine grid."""
    for _ in range(20):
        same = RNG.random(60) < 0.3
        similarity = np.round(RNG.standard_normal(60) + same, 1)
        false, true, _ = roc_curve(same, similarity, drop_intermediate=False)
        along = np.linspace(0, len(false) - 1, 200_001)
        steps = np.arange(len(false))
        far, frr = np.interp(along, steps, false), 1 - np.interp(along, steps, true)
        expected = far[np.abs(far - frr).argmin()]
        assert equal_error_rate(similarity, same) == pytest.approx(expected, abs=1e-3)


def test_two_normal_distributions() -> None:
    """Means 0 and d of deviation 1 cross at d / 2: the rate is the normal CDF of -d / 2."""
    same = np.arange(200_000) % 2 == 0
    for d in (0.0, 1.0, 3.0, -1.0):
        rate = equal_error_rate(RNG.standard_normal(200_000) + d * same, same)
        assert rate == pytest.approx(norm.cdf(-d / 2), abs=0.004)


def test_only_the_order_of_similarities_matters() -> None:
    same = RNG.random(500) < 0.5
    similarity = RNG.standard_normal(500) + same
    rate = equal_error_rate(similarity, same)
    assert equal_error_rate(np.exp(3 * similarity) - 7, same) == rate
    order = RNG.permutation(500)
    assert equal_error_rate(similarity[order], same[order]) == rate
    assert equal_error_rate(-similarity, ~same) == pytest.approx(rate)


def test_cosines() -> None:
    found = cosines(np.array([[1.0, 0], [0, 2], [-3, 0], [0, 0], [1, 1]]))
    assert found[0].tolist() == pytest.approx([1, 0, -1, 0, np.sqrt(0.5)])
    assert found[3].tolist() == [0] * 5


def data(v: np.ndarray, z: np.ndarray, labels: np.ndarray) -> EvaluationData:
    codes = Codes(v_mean=torch.from_numpy(v), z_mean=torch.from_numpy(z))
    return EvaluationData.of_arrays(Clips(codes=codes, labels={"instrument": labels}))


def test_a_v_that_knows_the_class_and_a_z_that_does_not() -> None:
    labels = np.arange(120) % 3
    v = np.eye(3)[labels] + 0.05 * RNG.standard_normal((120, 3))
    z = RNG.standard_normal((120, 20, 5))
    known, unknown = V.compute(data(v, z, labels)), Z.compute(data(v, z, labels))
    assert known["v_equal_error"] == known["v_equal_error/instrument"] == 0
    assert unknown["z_equal_error"] == pytest.approx(0.5, abs=0.05)
    assert unknown["z_equal_error_low"] < unknown["z_equal_error"] < unknown["z_equal_error_high"]
    assert unknown["z_equal_error_low"] < 0.5 < unknown["z_equal_error_high"]
    leaking = z + 3 * np.eye(5)[labels][:, None]
    assert Z.compute(data(v, leaking, labels))["z_equal_error"] < 0.1
    scaled = V.compute(data(100 * v[:, ::-1].copy(), z, 7 - labels))
    assert scaled["v_equal_error"] == 0


def test_a_clip_that_is_drawn_twice_is_no_pair_with_itself() -> None:
    labels, codes = np.arange(30) % 3, RNG.standard_normal((30, 4))
    similarity, clips = cosines(codes), RNG.integers(0, 30, 30)
    pairs = [(a, b) for i, a in enumerate(clips) for b in clips[i + 1 :] if a != b]
    assert len(pairs) < 30 * 29 / 2
    same = [labels[a] == labels[b] for a, b in pairs]
    expected = equal_error_rate([similarity[a, b] for a, b in pairs], same)
    assert rows._rate(similarity, labels, clips) == expected
    assert np.isnan(rows._rate(similarity, np.zeros(30), clips))


def test_z_is_averaged_over_time() -> None:
    """Each frame knows nothing, their mean everything."""
    labels = np.arange(60) % 2
    noise = 10 * RNG.standard_normal((60, 10, 4))
    z = noise - noise.mean(axis=1, keepdims=True) + np.eye(4)[labels][:, None]
    assert Z.compute(data(np.zeros((60, 1)), z, labels))["z_equal_error"] == pytest.approx(0)


def test_a_z_whose_average_is_rounding_knows_nothing() -> None:
    labels = np.arange(60) % 2
    z = (RNG.standard_normal((60, 50, 4)) * (1 + labels)[:, None, None]).astype(np.float32)
    z -= z.mean(axis=1, keepdims=True)
    found = Z.compute(data(np.zeros((60, 1)), z, labels))
    assert found["z_equal_error"] == found["z_equal_error_low"] == 0.5


def test_a_collapsed_v_is_at_chance() -> None:
    labels = np.arange(60) % 2
    for v in (np.zeros((60, 4)), np.full((60, 4), 0.3)):
        found = V.compute(data(v, np.zeros((60, 2, 1)), labels))
        assert found["v_equal_error"] == found["v_equal_error_high"] == 0.5


@pytest.mark.parametrize(
    ("similarity", "same", "text"),
    [
        ([0.1, np.nan], [0, 1], "not finite"),
        ([0.1, 0.2, 0.3], [0, 1], r"\(pairs,\) of both is needed"),
        ([[0.1, 0.2]], [[0, 1]], "is needed"),
        ([0.1, 0.2], [1, 1], "2 of 2 pairs are of the same class"),
        ([0.1], [0], "0 of 1 pairs"),
    ],
)
def test_pairs_that_cannot_be_verified(similarity: list, same: list, text: str) -> None:
    with pytest.raises(DsoundsError, match=text):
        equal_error_rate(similarity, same)
