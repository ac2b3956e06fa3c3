"""The error of predicted frames: models whose continuation is known, baselines written out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.train.models.family import DataShape
from dsounds.train.models.interface import Codes
from dsounds.train.models.registry import FAMILIES
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import Evaluation, score
from dsounds.train.scores.needs import missing
from dsounds.train.scores.prediction.prediction_error import (
    DRAWS,
    NAME,
    PERCENTS,
    SCORE,
    ceilings,
    compute,
    floors,
)

TIME, MEL, DECAY, NOISE = 12, 3, 0.8, 0.5
MISSING = dict(zip(PERCENTS, (1, 3, 6, 9), strict=True))


def clips(n: int, seed: int = 0, time: int = TIME) -> np.ndarray:
    """Return AR(1) sequences around 2, of which each frame has its own mean."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, time, MEL), np.float32)
    for t in range(time):
        x[:, t] = DECAY * x[:, t - 1] * (t > 0) + rng.normal(0, NOISE, (n, MEL))
    return x + 2 + 0.1 * np.arange(time, dtype=np.float32)[:, None]


class Linear:
    """z is the clip; what follows is z_t = DECAY z_t-1 + NOISE e; it notes how much it sees."""

    def __init__(self, off: float = 0.0) -> None:
        self.off = off
        self.seen: set[int] = set()

    def encode(self, x: Tensor) -> Codes:
        self.seen.add(x.shape[1])
        return Codes(v_mean=torch.zeros(len(x), 1), z_mean=x)

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + self.off

    def continue_z(
        self, z: Tensor, frames: int, generator: torch.Generator | None = None
    ) -> Tensor:
        out = [z[:, -1]]
        for _ in range(frames):
            noise = torch.randn(out[-1].shape, generator=generator)
            out.append(DECAY * out[-1] + NOISE * noise)
        return torch.stack(out[1:], dim=1)


class Remembers(Linear):
    """It continues each clip as it truly went on: it knows all of them."""

    def __init__(self, x: np.ndarray, off: float) -> None:
        super().__init__(off)
        self.x = torch.from_numpy(x)

    def continue_z(
        self, z: Tensor, frames: int, generator: torch.Generator | None = None
    ) -> Tensor:
        own = [next(one for one in self.x if torch.equal(one[0], first)) for first in z[:, 0]]
        return torch.stack(own)[:, z.shape[1] : z.shape[1] + frames]


def of(model: Any, x: np.ndarray, train: np.ndarray | None = None, seed: int = 0) -> EvaluationData:
    part = None if train is None else Clips(train)
    return EvaluationData.of_arrays(Clips(x), part, model, seed=seed)


def test_a_prediction_that_is_true_errs_as_the_reconstruction_does() -> None:
    x = clips(7)
    found = compute(of(Remembers(x, 1.5), x))
    for percent in PERCENTS:
        for ending in ("", "_expected", "_reconstruction"):
            assert found[f"{NAME}_{percent}{ending}"] == pytest.approx(1.5**2, rel=1e-5)


def test_a_linear_continuation_has_the_error_of_its_closed_form() -> None:
    """After j steps z has the mean DECAY^j z_t and the variance NOISE^2 sum_i<j DECAY^2i."""
    x = clips(500)
    found = compute(of(Linear(), x))
    for percent, count in MISSING.items():
        steps = np.arange(1, count + 1)
        mean = DECAY ** steps[:, None] * x[:, TIME - count - 1 : TIME - count]
        variance = NOISE**2 * (1 - DECAY ** (2 * steps)) / (1 - DECAY**2)
        expected = np.square(mean - x[:, TIME - count :]).mean()
        key = f"{NAME}_{percent}"
        assert found[key] == pytest.approx(expected + variance.mean(), rel=0.02)
        assert found[f"{key}_expected"] == pytest.approx(expected, rel=0.01)
        assert found[f"{key}_reconstruction"] == 0
        assert found[f"{key}_frames"] == count


def test_few_draws_estimate_the_expected_prediction_without_bias() -> None:
    """On clips that follow its own mean the error of the mean of all draws is 0."""
    x = (
        np.full((3000, TIME, MEL), 1, np.float32)
        * DECAY ** np.arange(TIME, dtype=np.float32)[:, None]
    )
    found = compute(of(Linear(), x))
    variance = found[f"{NAME}_75"]
    assert variance == pytest.approx(
        NOISE**2 * np.mean([sum(DECAY ** (2 * i) for i in range(j)) for j in range(1, 10)]),
        rel=0.02,
    )
    assert found[f"{NAME}_75_expected"] == pytest.approx(0, abs=0.05 * variance / DRAWS)


def test_the_baselines_are_those_written_out() -> None:
    x, train = clips(150, 1), clips(40, 2)  # more than a batch
    data = of(Linear(), x, train)
    found = compute(data)
    for percent, count in MISSING.items():
        truth, key = x[:, -count:], f"{NAME}_{percent}"
        last = np.square(truth - x[:, -count - 1][:, None]).mean()
        mean = np.square(truth - train.mean(axis=(0, 1))).mean()
        assert found[f"{key}_last_frame"] == pytest.approx(last, rel=1e-4)
        assert found[f"{key}_mean_frame"] == pytest.approx(mean, rel=1e-4)
        assert floors(data)[key] == pytest.approx(min(last, mean), rel=1e-4)
        assert ceilings(data)[key] == 0
    alone = of(Linear(), x)
    assert not any("mean_frame" in key for key in compute(alone))
    assert floors(alone)[f"{NAME}_10"] == pytest.approx(found[f"{NAME}_10_last_frame"])


def test_the_model_sees_the_first_frames_alone() -> None:
    model = Linear()
    compute(of(model, clips(5)))
    assert model.seen == {TIME} | {TIME - count for count in MISSING.values()}


def test_the_same_seed_gives_the_same_numbers_whatever_was_drawn_before() -> None:
    x = clips(9)
    data = of(Linear(), x, seed=3)
    data.generator("another").continue_z(torch.zeros(2, 1, MEL), 4)
    found = compute(data)
    assert found == compute(of(Linear(), x, seed=3))
    assert found != compute(of(Linear(), x, seed=4))


def test_the_order_of_bands_does_not_matter_and_units_enter_squared() -> None:
    x, train = clips(8), clips(20, 5)
    found = compute(of(Remembers(x, 1.0), x, train))
    turned = compute(of(Remembers(x[..., ::-1].copy(), 1.0), x[..., ::-1], train[..., ::-1]))
    scaled = compute(of(Remembers(3 * x, 3.0), 3 * x, 3 * train))
    for key, value in found.items():
        factor = 1 if key.endswith("frames") else 9
        assert turned[key] == pytest.approx(value, rel=1e-5)
        assert scaled[key] == pytest.approx(factor * value, rel=1e-5)


@pytest.mark.parametrize("family", ["lstm-f", "lstm-c", "dsae", "pca"])
def test_a_family_predicts_as_its_parts_do(family: str) -> None:
    """LSTMs unroll the z of the first frames; others continue z, and are told apart by seeds."""
    row = FAMILIES.load(family)
    x = clips(6)
    model = row.new_model(row.model(), DataShape(mel=MEL, frames=TIME))
    if family == "pca":
        model.fit(x)
    model.eval()
    data = of(model, x)
    found = compute(data)
    key, count = f"{NAME}_50", MISSING[50]
    seen = torch.from_numpy(x[:, :-count])
    with torch.no_grad():
        codes = model.encode(seen)
        if family.startswith("lstm"):
            made = model.decode(codes.z_mean, codes.v_mean, TIME)[None]
        else:
            drawn = data.generator(f"{NAME} {count}")
            made = torch.stack(
                [
                    model.decode(
                        torch.cat([codes.z_mean, drawn.continue_z(codes.z_mean, count)], 1),
                        codes.v_mean,
                    )
                    for _ in range(DRAWS)
                ]
            )
    error = (made[:, :, -count:] - torch.from_numpy(x[:, -count:])).square().mean()
    assert found[key] == pytest.approx(float(error), rel=1e-4)
    if family.startswith("lstm"):
        assert found[f"{key}_expected"] == pytest.approx(found[key], rel=1e-5)
    else:
        assert found[f"{key}_expected"] < found[key]


def scored(model: Any, x: np.ndarray) -> Evaluation:
    return score(of(model, x), only=[NAME])


def test_the_table_has_what_is_needed() -> None:
    found = scored(Linear(), clips(5))
    about = found.rows[NAME]
    assert set(about["floor"]) == set(about["ceiling"]) == set(SCORE.labels) <= set(found.scores)


class Clip:
    """A model of clips of TIME frames alone."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x.reshape(len(x), TIME * MEL))

    def decode(self, z: None, v: Tensor) -> Tensor:
        return v.reshape(len(v), TIME, MEL)


class FixedLength(Clip):
    continue_z = Linear.continue_z


class OneLatent(Linear):
    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=torch.zeros(len(x), 1), z_mean=x[:, -1:])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z.expand(-1, TIME, -1)


class Diverged(Linear):
    def continue_z(self, z: Tensor, frames: int, generator: Any = None) -> Tensor:
        return z[:, -1:].expand(-1, frames, -1) * torch.nan


class Short(Linear):
    def continue_z(self, z: Tensor, frames: int, generator: Any = None) -> Tensor:
        return z[:, -1:]


@pytest.mark.parametrize(
    ("model", "x", "says"),
    [
        (FixedLength, clips(4), "does not predict a clip from its first 3 frames: shape"),
        (OneLatent, clips(4), "z of 1 frames for the 3 that it saw"),
        (Diverged, clips(4), "values that are not finite"),
        (Short, clips(4), "gave 1 frames where 9 were asked for"),
        (Linear, clips(4, time=1), "a clip of one frame has none to be predicted from"),
    ],
)
def test_a_model_that_cannot_predict_is_left_out_with_a_note(
    model: Callable[[], Any], x: np.ndarray, says: str
) -> None:
    found = scored(model(), x)
    assert not [key for key in found.scores if key.startswith(NAME)]
    note = next(note for note in found.notes if note.startswith(f"{NAME}: left out, as"))
    assert says in note
    assert "\n" not in note


def test_a_model_of_clips_does_not_predict() -> None:
    assert missing(of(Clip(), clips(4)), SCORE.needs) == (
        "the model has no continue_z and no predict that would go on from the first frames"
    )
    assert missing(of(Linear(), clips(4)), SCORE.needs) is None
