"""The mutual information gap on codes whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.scores.codes.mig import SCORE, mig
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData

if TYPE_CHECKING:
    from .conftest import KnownCodes

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


def test_the_numbers_of_disentanglement_lib(known: KnownCodes) -> None:
    """Version 1.5, _compute_mig with 20 bins of _histogram_discretize."""
    found = mig(known.codes, known.labels)
    expected = [0.4433686030376762, 0.061726212817786674, 0.36973985129278436]
    assert list(found.factors.values()) == pytest.approx(expected, abs=1e-9)
    assert found.value == pytest.approx(0.2916115557160824, abs=1e-9)


def test_the_numbers_of_latte_for_continuous_factors(known: KnownCodes) -> None:
    """Version 0.0.1-alpha6, mig with reg_dim [0, 1] and then [1, 0], which is wrong: negative."""
    for dimensions, sign in (((0, 1), 1), ((1, 0), -1)):
        given = dict(zip(("factor_0", "factor_1"), dimensions, strict=True))
        found = mig(known.of_numbers, known.numbers, estimator="neighbours", assignment=given)
        expected = [sign * 0.17755468628804624, sign * 0.15010620390254845]
        assert list(found.factors.values()) == pytest.approx(expected, abs=1e-6)


def test_a_given_dimension_that_is_not_the_best_has_a_negative_gap() -> None:
    """It tells nothing, and another one tells all: (0 - H) / H; a factor without one is found."""
    found = mig(IDEAL, LABELS, assignment={"octave": 2})
    assert found.factors == pytest.approx({"instrument": 1, "octave": -1}, abs=0.01)


def test_a_continuous_factor_is_scored_by_its_bins() -> None:
    level = RNG.standard_normal(N)
    codes = np.stack([level, RNG.standard_normal(N)], axis=1)
    assert mig(codes, {"level": level}).value > 0.9
    assert mig(codes, {"level": level}, estimator="quantile").value > 0.9
    assert mig(codes[:, 1:], {"level": level}, estimator="miller_madow").value < 0.02


def test_the_corrected_figure_of_few_clips_and_many_classes_is_less_biased() -> None:
    """One live dimension of noise beside a dead one: the gap is all bias, 11.6 % of H."""
    rhythm = {"rhythm": RNG.integers(0, 28, 600)}
    codes = np.stack([RNG.standard_normal(600), np.zeros(600)], axis=1)
    plain = mig(codes, rhythm).value
    corrected = mig(codes, rhythm, estimator="miller_madow").value
    assert plain == pytest.approx(0.116, abs=0.02)
    assert corrected < 0.5 * plain


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ({"octav": 0}, "assignment has octav, which are no factors: instrument, octave are"),
        ({"octave": 3}, "assignment of octave: dimension 3, but the code has 3: 0 to 2"),
        ({"octave": -1}, "assignment of octave: dimension -1"),
        ({"octave": 0.5}, "assignment of octave: dimension 0.5"),
        ({"octave": 1, "instrument": 1}, "one dimension to several factors"),
    ],
)
def test_an_assignment_that_fits_nothing_is_refused(
    assignment: dict[str, int], message: str
) -> None:
    with pytest.raises(DsoundsError, match=message):
        mig(IDEAL, LABELS, assignment=assignment)


def test_a_constant_factor_may_have_a_dimension() -> None:
    labels = {**LABELS, "scale": np.zeros(N, int)}
    found = mig(IDEAL, labels, assignment={"scale": 2, "octave": 1})
    assert found.left_out == {"scale": "it is constant"}
    assert found.factors["octave"] == pytest.approx(1, abs=0.01)


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
    assert found["mig_v_low"] <= found["mig_v"] <= found["mig_v_high"]
    assert found["mig_v_corrected"] == pytest.approx(1)
    assert not {"mig_v/tonic", "mig_frames/rest"} & found.keys()
    frame_codes = Clips(frames=true.frames, codes=Codes(None, None, pitch_alone, None))
    found = SCORE.compute(EvaluationData.of_arrays(frame_codes))
    assert found["mig_frames"] == found["mig_frames/pitch"] == pytest.approx(1)
    assert not {"mig_v", "mig_z"} & found.keys()


def test_a_view_that_cannot_be_scored_is_left_out_with_a_note() -> None:
    """Two clips with three factors: v is left out, and frames, which are more, are not."""
    labels = {name: np.array([0, 1]) for name in ("instrument", "octave", "scale")}
    pitch = RNG.integers(60, 64, (2, 30))
    z = torch.tensor(pitch[..., None], dtype=torch.float32)
    codes = Codes(torch.tensor([[0.0], [1.0]]), None, z, None)
    data = EvaluationData.of_arrays(Clips(labels=labels, frames={"pitch": pitch}, codes=codes))
    found = SCORE.compute(data)
    assert "mig_v" not in found
    assert found["mig_frames"] == pytest.approx(1)
    assert [note for note in data.notes if note.startswith("mig_v: left out, as there are 3 fac")]
