"""Models and arrays of any precision are scored; what cannot be is refused in one line."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import Evaluation, score
from dsounds.train.scores.front_door import evaluate

LABELS = {"instrument": np.arange(8) % 2}
X = np.random.default_rng(0).normal(size=(8, 5, 3)).astype(np.float32)


class Linear(nn.Module):
    """A model whose weights have a precision of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.write = nn.Linear(3, 2), nn.Linear(2, 3)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.fill_(0.5)

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=self.read(x.mean(dim=1)), z_mean=self.read(x))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return self.write(z + v[:, None])


def scored(model: Any, scored_x: np.ndarray = X, **parts: Any) -> Evaluation:
    part = Clips(x=scored_x, labels=LABELS, **parts)
    return score(EvaluationData.of_arrays(part, part, model))


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_a_model_is_scored_in_its_own_precision(kind: torch.dtype) -> None:
    plain = scored(Linear())
    for other in (scored(Linear().to(kind)), scored(Linear(), X.astype(np.float64))):
        expected = plain.scores["reconstruction_mse"]
        assert other.scores["reconstruction_mse"] == pytest.approx(expected, rel=0.02)


def test_a_model_without_decode_has_the_scores_of_its_codes() -> None:
    class Encoder:
        def encode(self, x: Tensor) -> Codes:
            return Codes(v_mean=x.mean(dim=1))

    found = scored(Encoder())
    assert "instrument/f1_input" in found.scores
    assert "v_effect" not in found.scores
    assert any("no model that decodes" in note for note in found.notes)


def replaced(part: str, change: Callable[[Any], Any]) -> Linear:
    """Return the model with another result of encode or decode."""
    model = Linear()
    usual = getattr(model, part)
    setattr(model, part, lambda *given: change(usual(*given)))
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (replaced("decode", lambda x: x[:, :1]), "decode gave (8, 1, 3) for 8 clips"),
        (replaced("decode", lambda x: x[:, :, :2]), "(8, 5, 3), is needed"),
        (replaced("encode", lambda codes: (codes.v_mean,)), "encode gave a tuple"),
        (
            replaced("encode", lambda codes: Codes(v_mean=codes.z_mean)),
            "encode gave v_mean of shape (8, 5, 2) for 8 clips: (batch, v_dim) is needed",
        ),
        (
            replaced("encode", lambda codes: Codes(v_mean=codes.v_mean / 0)),
            "v_mean with values that are not finite",
        ),
    ],
)
def test_what_a_model_gives_is_checked(model: Linear, message: str) -> None:
    """A single frame would be spread over all frames, and scored, without a word."""
    with pytest.raises(DsoundsError, match=re.escape(message)):
        scored(model)


def test_one_frame_from_v_alone_stands_for_all() -> None:
    class OnlyV(Linear):
        def encode(self, x: Tensor) -> Codes:
            assert x.shape[1] == 5
            return Codes(v_mean=self.read(x.mean(dim=1)))

        def decode(self, z: None, v: Tensor) -> Tensor:  # type: ignore[override]
            return self.write(v).unsqueeze(1)

    assert scored(OnlyV()).scores["reconstruction_mse"] is not None


def test_parts_in_evaluation_mode_stay_in_it(small: Any) -> None:
    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(80).eval()

        def encode(self, x: Tensor) -> Codes:
            assert not self.training
            return Codes(v_mean=self.norm(x.mean(dim=1)))

    model = Frozen()
    evaluate(model, small)
    assert (model.training, model.norm.training) == (True, False)


def codes(size: int = 2, **options: Any) -> Codes:
    return Codes(v_mean=torch.ones(8, size, **options) * torch.arange(8)[:, None])


@pytest.mark.parametrize(
    "part",
    [
        Clips(codes=codes(requires_grad=True), labels=LABELS),
        Clips(codes=codes(dtype=torch.bfloat16), labels=LABELS),
        Clips(codes=codes(), labels={"instrument": [0, 1] * 4}),  # type: ignore[dict-item]
    ],
)
def test_codes_and_labels_of_any_kind_are_read(part: Clips) -> None:
    usual = Clips(codes=codes(), labels=LABELS)
    found, expected = (score(EvaluationData.of_arrays(one, one)) for one in (part, usual))
    assert found.scores == expected.scores


@pytest.mark.parametrize(
    ("part", "train", "message"),
    [
        (Clips(codes=codes(), labels={"instrument": np.array(list("abababab"))}), None, "<U1"),
        (
            Clips(codes=codes(), labels=LABELS),
            Clips(codes=codes(3), labels=LABELS),
            "v of the training part has 3 dimensions: 2",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(part: Clips, train: Clips | None, message: str) -> None:
    with pytest.raises(DsoundsError, match=message):
        score(EvaluationData.of_arrays(part, train))


def test_a_training_part_of_labels_alone_leaves_the_discriminant_out() -> None:
    data = EvaluationData.of_arrays(Clips(codes=codes(), labels=LABELS), Clips(labels=LABELS))
    assert any("no training part with codes" in note for note in score(data).notes)


def test_a_seed_below_0_is_refused(small: Any) -> None:
    with pytest.raises(DsoundsError, match="seed is -1: 0 to 9,223,372,036,854,775,807 is needed"):
        evaluate(Linear(), small, seed=-1)
    with pytest.raises(DsoundsError, match="seed is -1: 0 to 9,223,372,036,854,775,807 is needed"):
        EvaluationData.of_arrays(Clips(x=X, labels=LABELS), seed=-1)


class Drawing(Linear):
    """It draws what it is given, moved by a number."""

    def __init__(self, v: Tensor, z: Tensor) -> None:
        super().__init__()
        self.v, self.z = v, z

    def sample_v(self, n: int, generator: torch.Generator) -> Tensor:
        return self.v + torch.rand((), generator=generator)

    def sample_z(self, n: int, frames: int, generator: torch.Generator) -> Tensor:
        return self.z + torch.rand((), generator=generator)


def test_what_is_drawn_has_the_shape_that_was_asked_for() -> None:
    good = EvaluationData.of_arrays(
        Clips(X, LABELS), model=Drawing(torch.zeros(4, 2), torch.zeros(4, 5, 2)).double()
    )
    assert good.drawn_v(4, "one").shape == (4, 2)
    assert good.drawn_z(4, "one").shape == (4, 5, 2)
    assert torch.equal(good.drawn_v(4, "one"), good.drawn_v(4, "one"))
    assert not torch.equal(good.drawn_v(4, "one"), good.drawn_v(4, "other"))
    bad = EvaluationData.of_arrays(
        Clips(X, LABELS), model=Drawing(torch.zeros(3, 2), torch.zeros(4, 2, 2))
    )
    with pytest.raises(DsoundsError, match=r"sample_v of Drawing gave \(3, 2\)"):
        bad.drawn_v(4, "one")
    with pytest.raises(DsoundsError, match=r"sample_z of Drawing gave 2 frames"):
        bad.drawn_z(4, "one")
