"""The mutual information gap on codes whose answers are known."""

import numpy as np
import pytest
import torch

from dsounds.train.models.interface import Codes
from dsounds.train.scores.codes.information import mutual_information
from dsounds.train.scores.codes.mig import SCORE, mig
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData

N = 4000
RNG = np.random.default_rng(0)
LABELS = {"instrument": RNG.integers(0, 2, N), "octave": RNG.integers(0, 4, N)}
IDEAL = np.stack([*LABELS.values(), np.zeros(N)], axis=1).astype(np.float64)


def test_a_dimension_for_each_factor_is_1() -> None:
    assert mig(IDEAL, LABELS).factors == pytest.approx(dict.fromkeys(LABELS, 1), abs=0.01)


def test_noise_is_0() -> None:
    """The estimate is biased by (classes - 1)(bins - 1) / 2n: its difference is not."""
    gaps = mig(RNG.standard_normal((N, 4)), LABELS).factors
    assert max(gaps.values()) < 0.01


def test_a_rotation_by_45_degrees_is_0() -> None:
    a = LABELS["instrument"] - 0.5 + 0.01 * RNG.standard_normal(N)
    b = RNG.permuted(a)
    turned = np.stack([a + b, a - b], axis=1)
    assert mig(turned, {"instrument": LABELS["instrument"]}).value < 0.05
    plain = np.stack([a, b], axis=1)
    assert mig(plain, {"instrument": LABELS["instrument"]}).value > 0.95


def test_order_and_units_of_dimensions_and_names_of_classes_do_not_matter() -> None:
    code = IDEAL + 0.3 * RNG.standard_normal(IDEAL.shape)
    expected = mig(code, LABELS).factors
    assert 0.1 < expected["octave"] < 0.9
    turned = code[:, ::-1] * [-3, 1000, 0.1] + 7
    assert mig(turned, LABELS).factors == pytest.approx(expected, abs=0.02)
    renamed = {key: 9 - one for key, one in LABELS.items()}
    assert mig(code, renamed).factors == pytest.approx(expected)
    order = RNG.permutation(N)
    moved = {key: one[order] for key, one in LABELS.items()}
    assert mig(code[order], moved).factors == pytest.approx(expected)


def test_two_dimensions_that_tell_the_same_have_no_gap() -> None:
    found = mig(np.repeat(IDEAL[:, :1], 2, axis=1), {"instrument": LABELS["instrument"]})
    assert found.value == pytest.approx(0)


def test_mutual_information_of_known_tables() -> None:
    a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert mutual_information(a, b) == pytest.approx(0)
    assert mutual_information(a, 5 * a) == pytest.approx(np.log(2))
    assert mutual_information(a, np.array([0, 0, 0, 1])) == pytest.approx(0.215762, abs=1e-6)


def test_v_mean_z_and_z_t_are_asked_for_what_they_should_tell() -> None:
    """v has the instrument; z has the pitch of each frame, mean z the rhythm; nothing the tonic."""
    clips, frames = 500, 8
    labels = {"instrument": RNG.integers(0, 2, clips), "tonic": np.zeros(clips, np.int64)}
    rhythm, pitch = RNG.integers(0, 2, clips), RNG.integers(60, 64, (clips, frames))
    v = torch.tensor(labels["instrument"][:, None], dtype=torch.float32)
    z = torch.tensor(pitch[..., None] + 1000.0 * rhythm[:, None, None], dtype=torch.float32)
    pitch_alone = torch.tensor(pitch[..., None], dtype=torch.float32)
    true = Clips(
        labels=labels,
        dynamic={"rhythm": rhythm},
        frames={"pitch": pitch, "rest": np.zeros_like(pitch)},
        codes=Codes(v, None, torch.cat([z, torch.zeros_like(z)], dim=-1), None),
    )
    found = SCORE.compute(EvaluationData.of_arrays(true))
    assert found["mig_v"] == found["mig_v/instrument"] == pytest.approx(1)
    assert found["mig_z/rhythm"] == pytest.approx(1)
    assert found["mig_v_floor"] < 0.05
    assert not {"mig_v/tonic", "mig_frames/rest"} & found.keys()
    frame_codes = Clips(frames=true.frames, codes=Codes(None, None, pitch_alone, None))
    found = SCORE.compute(EvaluationData.of_arrays(frame_codes))
    assert found["mig_frames"] == found["mig_frames/pitch"] == pytest.approx(1)
    assert not {"mig_v", "mig_z"} & found.keys()
