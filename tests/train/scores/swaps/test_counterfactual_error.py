"""The true counterfactual error in notes and rests, by the equations written out."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.batches import Batches, Memory
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.swaps.counterfactual_error import LEAST_SCALE, SCORE
from dsounds.train.scores.swaps.distances import distances

RNG = np.random.default_rng(0)
CLIPS, TIME, MEL = 200, 12, 6
REST = RNG.random((CLIPS, TIME)) < 0.3
LABELS = np.arange(CLIPS) % 2


@dataclass(frozen=True)
class Half:
    """z is the clip; decoded, `share` of the way to v is gone, `missed` is added everywhere."""

    share: float
    missed: float = 0.0

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x.mean(dim=1), z_mean=x - x.mean(dim=1, keepdim=True))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + self.share * v[:, None] + self.missed


def clips() -> np.ndarray:
    x = RNG.standard_normal((CLIPS, TIME, MEL)) + 4 * LABELS[:, None, None]
    return x.astype(np.float32)


X = clips()
PARTNER = (np.arange(CLIPS) + 1) % CLIPS
TRUE = (X - X.mean(axis=1, keepdims=True) + X[PARTNER].mean(axis=1, keepdims=True)).astype("f4")


def data(model: Half, frames: bool = True) -> EvaluationData:
    known = {"rest": REST.astype(np.int64)} if frames else None
    part = Clips(X, {"instrument": LABELS}, frames=known)
    return EvaluationData.of_arrays(part, part, model, (PARTNER, TRUE))


def test_parts_and_convergence_are_the_equations_written_out() -> None:
    model = Half(0.6, 0.3)
    found = SCORE.compute(data(model))
    codes, again = model.encode(torch.from_numpy(X)), model.encode(torch.from_numpy(TRUE))
    made = {
        "": model.decode(codes.z_mean, codes.v_mean[PARTNER]),
        "_unswapped": model.decode(codes.z_mean, codes.v_mean),
        "_resynthesis": model.decode(again.z_mean, again.v_mean),
    }
    squares = {key: (x.numpy() - TRUE).astype(float) ** 2 for key, x in made.items()}
    for ending, part in (("", REST | True), ("_held", ~REST), ("_rests", REST)):
        d = {key: square[part].mean() for key, square in squares.items()}
        for key, value in d.items():
            assert found[f"counterfactual_mse{key}{ending}"] == pytest.approx(value)
        gap = d["_unswapped"] - d["_resynthesis"]
        error = (d[""] - d["_resynthesis"]) / gap
        assert found[f"counterfactual_error{ending}"] == pytest.approx(error)
        assert found[f"counterfactual_scale{ending}"] == pytest.approx(gap / d["_unswapped"])
    for key, x in made.items():
        of_clips = [
            np.linalg.norm(np.exp(a / 2) - np.exp(b / 2)) / np.linalg.norm(np.exp(b / 2))
            for a, b in zip(x.numpy().astype(float), TRUE.astype(float), strict=True)
        ]
        assert found[f"counterfactual_convergence{key}"] == pytest.approx(np.mean(of_clips))
    assert found["counterfactual_error_held"] != pytest.approx(found["counterfactual_error_rests"])


def test_where_rests_are_not_known_there_are_no_parts() -> None:
    found = SCORE.compute(data(Half(1.0), frames=False))
    assert found["counterfactual_error"] == pytest.approx(0, abs=1e-6)
    assert found["counterfactual_convergence"] == pytest.approx(0, abs=1e-6)
    assert not [key for key in found if key.endswith(("_held", "_rests"))]


def test_a_model_that_has_learned_nothing_has_no_ratio_but_a_note() -> None:
    """It misses by 30 everywhere: the swap that it does well changes next to nothing of that."""
    poor = data(Half(1.0, 30.0))
    found = SCORE.compute(poor)
    assert 0 < found["counterfactual_scale"] < LEAST_SCALE
    assert np.isnan(found["counterfactual_error"])
    assert found["counterfactual_mse"] == pytest.approx(900, rel=1e-3)
    assert poor.notes == [
        "counterfactual_error: nothing to measure against, as resynthesis is hardly nearer to the "
        "truth than no swap"
    ]


def test_a_short_scale_is_noted() -> None:
    middling = data(Half(1.0, 10.0))
    found = SCORE.compute(middling)
    assert found["counterfactual_error"] == pytest.approx(0, abs=1e-3)
    assert LEAST_SCALE < found["counterfactual_scale"] < 0.2
    percent = f"{found['counterfactual_scale']:.0%}"
    assert middling.notes == [
        f"counterfactual_error means little: resynthesis is only {percent} nearer to the truth "
        "than no swap"
    ]
    good = data(Half(1.0))
    SCORE.compute(good)
    assert good.notes == []


def test_batches_are_read_once() -> None:
    read: list[slice] = []

    def make(rows: slice) -> Tensor:
        read.append(rows)
        return torch.zeros(rows.stop - rows.start, 2, 3)

    found = distances(
        Batches(make, CLIPS, Memory(0)), None, 60, (torch.ones(n, 2, 3) for n in (128, 72))
    )
    assert [rows.start for rows in read] == [0, 128]
    assert found[0].squares.whole == 1
    assert np.isnan(found[0].squares.held)
    assert found[0].convergence == pytest.approx(np.exp(0.5) - 1)
