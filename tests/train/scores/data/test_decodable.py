"""Means or samples of posteriors are decoded; means are what is read."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.decodable import decodable
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import Evaluation, score

CLIPS, TIME, MEL = 200, 12, 6
LABELS = np.arange(CLIPS) % 2
RNG = np.random.default_rng(1)
X = (RNG.standard_normal((CLIPS, TIME, MEL)) + 4 * LABELS[:, None, None]).astype(np.float32)
NAMES = ["reconstruction_mse", "f1_input", "f1_global", "v_kl_standard", "v_active_units"]
V_VARIANCE, Z_VARIANCE = 0.25, 0.04


@dataclass(frozen=True)
class Noisy:
    """v is a clip's mean spectrum, z the rest of each frame, both with a known variance."""

    variances: bool = True

    def encode(self, x: Tensor) -> Codes:
        v = x.mean(dim=1)
        z = x - v[:, None]
        if not self.variances:
            return Codes(v, None, z, None)
        of_v, of_z = (torch.tensor(one).log() for one in (V_VARIANCE, Z_VARIANCE))
        return Codes(v, of_v.expand_as(v), z, of_z.expand_as(z))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + v[:, None]


def data(decode_from: Literal["means", "samples"], seed: int = 0, **of: bool) -> EvaluationData:
    part = Clips(X, {"instrument": LABELS})
    return EvaluationData.of_arrays(part, part, Noisy(**of), seed=seed, decode_from=decode_from)


def scores(decode_from: Literal["means", "samples"], **of: bool) -> Evaluation:
    return score(data(decode_from, **of), only=NAMES)


def test_a_sample_misses_the_clip_by_the_variances() -> None:
    means, samples = scores("means"), scores("samples")
    assert means.scores["reconstruction_mse"] == pytest.approx(0, abs=1e-10)
    missed = samples.scores["reconstruction_mse"]
    assert missed == pytest.approx(V_VARIANCE + Z_VARIANCE, rel=0.05)
    for key in ("v_kl_standard", "v_active_units", "instrument/f1_input"):
        assert means.scores[key] == samples.scores[key]  # they read means
    assert samples.computed_from["decode_from"] == "samples"
    assert "decode_from" not in means.computed_from


def test_without_variances_there_is_nothing_to_draw() -> None:
    assert scores("samples", variances=False).scores["reconstruction_mse"] < 1e-10


def test_what_is_drawn_follows_from_seed_and_codes_alone() -> None:
    first, again = data("samples"), data("samples")
    again.decoded("something else first").whole()
    one, other = first.reconstruction.whole(), again.reconstruction.whole()
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, data("samples", seed=1).reconstruction.whole())


def test_a_draw_has_the_mean_and_the_variance_of_its_posterior() -> None:
    mean = torch.full((4000, 3), 2.0)
    drawn = decodable(Codes(v_mean=mean, v_logvar=torch.full_like(mean, np.log(9))), "samples", 0)
    assert drawn.z_mean is None
    assert drawn.v_mean is not None
    assert float(drawn.v_mean.mean()) == pytest.approx(2, abs=0.15)
    assert float(drawn.v_mean.std()) == pytest.approx(3, rel=0.03)


def test_other_codes_get_another_draw_and_variances_stay() -> None:
    zeros, v_logvar = torch.zeros(5, 3), torch.full((5, 3), -1.0)
    z_mean, z_logvar = torch.zeros(5, 4, 2), torch.full((5, 4, 2), -2.0)
    draws = []
    for mean in (zeros, zeros + 1):
        drawn = decodable(Codes(mean, v_logvar, z_mean, z_logvar), "samples", 0)
        assert drawn.v_logvar is v_logvar
        assert drawn.z_logvar is z_logvar
        assert drawn.v_mean is not None
        draws.append(drawn.v_mean - mean)
    assert not torch.allclose(*draws, atol=0.01)
