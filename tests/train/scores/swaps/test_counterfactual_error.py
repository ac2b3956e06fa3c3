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
    check_parts(found, {key: (x.numpy() - TRUE).astype(float) ** 2 for key, x in made.items()})
    for key, x in made.items():
        of_clips = [
            np.linalg.norm(np.exp(a / 2) - np.exp(b / 2)) / np.linalg.norm(np.exp(b / 2))
            for a, b in zip(x.numpy().astype(float), TRUE.astype(float), strict=True)
        ]
        assert found[f"counterfactual_convergence{key}"] == pytest.approx(np.mean(of_clips))
    assert found["counterfactual_error_held"] != pytest.approx(found["counterfactual_error_rests"])


def check_parts(found: dict[str, float], squares: dict[str, np.ndarray], floor: str = "") -> None:
    """Check the numbers of one floor against square differences, (clips, time, mel)."""
    for ending, part in (("", REST | True), ("_held", ~REST), ("_rests", REST)):
        end = floor + ending
        d = {key: square[part].mean() for key, square in squares.items()}
        for key, value in d.items():
            assert found[f"counterfactual_mse{key}{end}"] == pytest.approx(value, rel=1e-5)
        gap, way = d["_unswapped"] - d["_resynthesis"], found[f"counterfactual_way{end}"]
        error = (d[""] - d["_resynthesis"]) / gap
        error = float("nan") if min(d[""], d["_resynthesis"]) > 0.8 * way else error
        assert found[f"counterfactual_error{end}"] == pytest.approx(error, rel=1e-5, nan_ok=True)
        assert found[f"counterfactual_scale{end}"] == pytest.approx(gap / d["_unswapped"])


def test_within_60_db_of_the_peak_what_is_fainter_is_equally_faint() -> None:
    """Clips have a peak of their own, and bands that lie up to 130 dB below it."""
    depth = np.linspace(0, 30, MEL, dtype=np.float32)  # 30 log units of power are 130 dB
    loud = 3 * LABELS[:, None, None].astype(np.float32)
    x, true = (one - depth * (1 + loud / 9) + loud for one in (X, TRUE))
    part = Clips(x, {"instrument": LABELS}, frames={"rest": REST.astype(np.int64)})
    model = Half(0.6, 0.3)
    found = SCORE.compute(EvaluationData.of_arrays(part, part, model, (PARTNER, true)))
    codes, again = model.encode(torch.from_numpy(x)), model.encode(torch.from_numpy(true))
    made = {
        "": model.decode(codes.z_mean, codes.v_mean[PARTNER]).numpy(),
        "_unswapped": model.decode(codes.z_mean, codes.v_mean).numpy(),
        "_resynthesis": model.decode(again.z_mean, again.v_mean).numpy(),
    }
    squares = {key: np.zeros(x.shape) for key in made}
    for clip in range(CLIPS):
        lowest = 10 * np.log10(np.exp(float(true[clip].max()))) - 60  # in dB
        for key, one in made.items():
            a, b = (10 * np.log10(np.exp(y[clip].astype(float))) for y in (one, true))
            gap = np.maximum(a, lowest) - np.maximum(b, lowest)
            squares[key][clip] = (gap * np.log(10) / 10) ** 2
    check_parts(found, squares, "_60db")
    assert found["counterfactual_error_60db"] == found["counterfactual_error_60db"]
    check_parts(found, {key: (y - true).astype(float) ** 2 for key, y in made.items()})
    assert found["counterfactual_mse_60db"] < 0.7 * found["counterfactual_mse"]


@pytest.mark.parametrize(
    ("rests", "kept", "gone"), [(0, "_held", "_rests"), (1, "_rests", "_held")]
)
def test_clips_without_rests_or_without_notes_have_the_other_part(
    rests: int, kept: str, gone: str
) -> None:
    part = Clips(X, {"instrument": LABELS}, frames={"rest": np.full((CLIPS, TIME), rests)})
    found = SCORE.compute(EvaluationData.of_arrays(part, part, Half(0.5), (PARTNER, TRUE)))
    assert not [key for key in found if key.endswith(gone)]
    for key in ("counterfactual_error", "counterfactual_mse_unswapped", "counterfactual_mse_60db"):
        assert found[key + kept] == pytest.approx(found[key])


def test_where_rests_are_not_known_there_are_no_parts() -> None:
    found = SCORE.compute(data(Half(1.0), frames=False))
    assert found["counterfactual_error"] == pytest.approx(0, abs=1e-6)
    assert found["counterfactual_convergence"] == pytest.approx(0, abs=1e-6)
    assert found["counterfactual_mse_unswapped_60db"] > 1
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


def test_no_ratio_where_swap_and_resynthesis_both_miss_the_truth() -> None:
    """The way to the truth is 16: 80 % of it are missed by 3.7 everywhere, and not by 3.5."""
    far, near = data(Half(1.0, 3.7)), data(Half(1.0, 3.5))
    found, kept = SCORE.compute(far), SCORE.compute(near)
    way = np.square(X.astype(float) - TRUE).mean()
    assert found["counterfactual_way"] == kept["counterfactual_way"] == pytest.approx(way)
    assert 3.5**2 < 0.8 * way < 3.7**2
    assert found["counterfactual_scale"] > 0.5
    assert np.isnan(found["counterfactual_error"])
    assert np.isnan(found["counterfactual_error_held"])
    assert kept["counterfactual_error"] == pytest.approx(0, abs=1e-3)
    for key, square in (("", 3.7**2), ("_resynthesis", 3.7**2), ("_unswapped", 3.7**2 + way)):
        assert found[f"counterfactual_mse{key}"] == pytest.approx(square, rel=0.05)
    assert far.notes == [
        "counterfactual_error: no value, as swap (13.7) and resynthesis (13.7) both miss the truth "
        f"by more than 80% of what a swap has to change ({way:.1f}); has the model hardly learned?"
    ]
    assert near.notes == []


def test_a_bad_swap_of_a_good_decoder_keeps_its_ratio() -> None:
    found = SCORE.compute(data(Half(1.0)))
    assert found["counterfactual_error"] == pytest.approx(0, abs=1e-6)
    twice = Half(1.0)
    other = EvaluationData.of_arrays(
        Clips(X, {"instrument": LABELS}), None, twice, (np.arange(CLIPS), TRUE)
    )
    assert SCORE.compute(other)["counterfactual_error"] == pytest.approx(1)
    assert other.notes == []


@pytest.mark.parametrize(("share", "there"), [(0.01, False), (0.02, True)])
def test_the_least_scale_with_a_ratio(share: float, there: bool) -> None:
    """Of D without a swap, 8 (1 + s^2) of v that is 0 or 4, 2 s / (1 + s^2) is left for a swap."""
    found = SCORE.compute(data(Half(share)))
    assert found["counterfactual_scale"] == pytest.approx(2 * share / (1 + share**2), rel=0.1)
    assert np.isnan(found["counterfactual_error"]) != there


def test_a_truth_that_is_met_without_a_swap_has_no_ratio() -> None:
    same = np.ones((4, TIME, MEL), np.float32)
    part = Clips(same, {"instrument": np.arange(4) % 2})
    found = SCORE.compute(EvaluationData.of_arrays(part, part, Half(1.0), (np.arange(4), same)))
    assert found["counterfactual_mse_unswapped"] == found["counterfactual_scale"] == 0
    assert np.isnan(found["counterfactual_error"])


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
