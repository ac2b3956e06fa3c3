"""The leakage matrix of codes of which it is known what they hold."""

import numpy as np
import pytest
import torch

from dsounds.train.models.interface import Codes
from dsounds.train.scores.codes.leakage import SCORE, leakage
from dsounds.train.scores.codes.linear_probe import linear_probe
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData

CLIPS, FRAMES = 200, 10


def part(seed: int, leaks: bool = False) -> Clips:
    """Return clips: v holds the instrument, z_t the frame's pitch; pooled z tells the tune.

    Where it leaks, z_t holds the instrument as well.
    """
    rng = np.random.default_rng(seed)
    instrument, tune = rng.integers(0, 2, CLIPS), rng.integers(0, 2, CLIPS)
    pitch = rng.integers(0, 3, (CLIPS, FRAMES)) + 3 * tune[:, None]
    z = np.stack([pitch == k for k in range(6)], axis=-1).astype(np.float64)
    if leaks:
        z = np.concatenate([z, np.repeat(instrument[:, None], FRAMES, 1)[..., None]], axis=2)
    v = np.stack([instrument, rng.normal(size=CLIPS)], axis=1)
    v, z = (torch.from_numpy(one + 0.01 * rng.normal(size=one.shape)) for one in (v, z))
    return Clips(
        labels={"instrument": instrument},
        dynamic={"pitch": tune},
        frames={"pitch": pitch},
        codes=Codes(v.float(), None, z.float(), None),
    )


def found(leaks: bool) -> dict[str, float]:
    return SCORE.compute(EvaluationData.of_arrays(part(0, leaks), part(1, leaks)))


def test_each_factor_is_read_from_where_it_is() -> None:
    scores = found(leaks=False)
    for key in ("v/instrument", "z/pitch", "frames/pitch", "frames/frame_pitch"):
        assert scores[f"leakage_{key}"] == pytest.approx(1, abs=0.02)
    for key in ("v/pitch", "z/instrument", "frames/instrument"):
        assert abs(scores[f"leakage_{key}"]) < 0.25


def test_what_leaks_into_z_is_seen_there() -> None:
    scores = found(leaks=True)
    assert scores["leakage_z/instrument"] == pytest.approx(1, abs=0.02)
    assert scores["leakage_frames/instrument"] == pytest.approx(1, abs=0.02)


def test_it_is_the_balanced_accuracy_from_a_guess_to_1() -> None:
    rng = np.random.default_rng(2)
    factors = {"a": rng.integers(0, 4, 300), "b": rng.integers(0, 2, 300)}
    codes = np.stack(list(factors.values()), axis=1) + rng.normal(size=(300, 2))
    own, plain = leakage(codes, factors), linear_probe(codes, factors)["balanced"]
    assert own.factors["a"] == pytest.approx((plain.factors["a"] - 0.25) / 0.75)
    assert own.factors["b"] == pytest.approx((plain.factors["b"] - 0.5) / 0.5)
    assert own.value == pytest.approx(np.mean(list(own.factors.values())))
    table = leakage(codes, np.stack(list(factors.values()), axis=1))
    assert list(table.factors) == ["factor_0", "factor_1"]
