"""Means over all frames, in held notes and in rests: by loops, with parts that are not there."""

import math

import numpy as np
import pytest
import torch

from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.frame_means import (
    FrameMeans,
    frame_means,
    means_of,
    swap_means,
    swap_words,
)
from dsounds.train.scores.output import reconstruction_mse
from dsounds.train.scores.swaps import v_effect

FRAMES = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
REST = np.array([[0, 0, 1], [1, 0, 1]])


def test_parts_are_means_of_their_own_frames() -> None:
    found = frame_means(FRAMES, REST)
    assert found.whole == pytest.approx(63 / 6)
    assert found.held == pytest.approx((1 + 2 + 16) / 3)
    assert found.rests == pytest.approx((4 + 8 + 32) / 3)
    assert found.named("x") == {"x": found.whole, "x_held": found.held, "x_rests": found.rests}
    assert found.words(1) == "10.5 (held 6.3, rests 14.7)"
    assert found.cells(2) == ["10.50", "6.33", "14.67"]


@pytest.mark.parametrize(
    ("rest", "keys", "words"),
    [
        (np.zeros((2, 3)), ["x", "x_held"], "10.5 (held 10.5)"),
        (np.ones((2, 3)), ["x", "x_rests"], "10.5 (rests 10.5)"),
        (None, ["x"], "10.5"),
    ],
)
def test_a_part_without_frames_is_left_out(
    rest: np.ndarray | None, keys: list[str], words: str
) -> None:
    found = frame_means(FRAMES, rest)
    assert list(found.named("x")) == keys
    assert found.words() == words
    assert found.cells(1).count("-") == 3 - len(keys)


def test_scores_without_a_value_have_no_words() -> None:
    scores = {"counterfactual_mse": 7.91, "counterfactual_mse_held": 2.78}
    scores |= {"counterfactual_mse_unswapped": 15.4}
    assert swap_words(scores) == "swap 7.9 (held 2.8); no swap 15.4"
    assert list(swap_means({**scores, "counterfactual_mse": None})) == ["no swap"]
    assert swap_words({}) == ""
    assert means_of({"a": None}, "a") is None
    found = means_of({"a": 1.0, "a_rests": None, "a_held": 2.0}, "a")
    assert found is not None
    assert (found.whole, found.held) == (1, 2)
    assert math.isnan(found.rests)


class Loud:
    """z is what a clip has beside its mean, v the mean; decoded, v is added twice."""

    def encode(self, x: torch.Tensor) -> Codes:
        return Codes(v_mean=x.mean(dim=1), z_mean=x - x.mean(dim=1, keepdim=True))

    def decode(self, z: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return z * (1 + z) + 2 * v[:, None]


def test_reconstruction_and_vs_effect_have_parts() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((30, 5, 4)).astype(np.float32)
    rest = rng.random((30, 5)) < 0.4
    part = Clips(x, frames={"rest": rest.astype(np.int64)})
    data = EvaluationData.of_arrays(part, part, Loud())
    made = data.reconstruction.whole().numpy()
    found = reconstruction_mse.compute(data) | v_effect.compute(data)
    changed = data.decoded("v of another clip").whole().numpy()  # made under this name, once
    for key, one, other in (("reconstruction_mse", made, x), ("v_effect", made, changed)):
        sums = {"": [0.0, 0], "_held": [0.0, 0], "_rests": [0.0, 0]}
        for clip in range(30):
            for frame in range(5):
                square = np.square(one[clip, frame] - other[clip, frame]).mean()
                for end in ("", "_rests" if rest[clip, frame] else "_held"):
                    sums[end][0] += square
                    sums[end][1] += 1
        for end, (total, count) in sums.items():
            assert found[key + end] == pytest.approx(total / count, rel=1e-5)
    assert found["v_effect_held"] > 0
    unknown = EvaluationData.of_arrays(Clips(x), Clips(x), Loud())
    assert list(v_effect.compute(unknown)) == ["v_effect"]
    assert not [key for key in reconstruction_mse.compute(unknown) if key.endswith("_rests")]


def test_words_name_what_they_have() -> None:
    assert FrameMeans(1.0).parts(1) == ""
    assert FrameMeans(1.0, 2.0, 3.0).parts(2) == "held 2.00, rests 3.00"
