"""Scores on constructed models whose answers are known.

Clips have 4 bands of "melody" (varies over time) and 4 of "timbre" (an instrument's constant, plus
a little noise per clip), so that perfect, ignorant and half-hearted models can be written down.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import Evaluation, score
from dsounds.train.scores.output.reconstruction_mse import band_deviation
from dsounds.train.scores.registry import SCORES, rows_in_order
from dsounds.train.scores.swaps.partners import chance, pair_with_another
from dsounds.train.scores.swaps.probe import Probe, macro_f1

MELODY = 4
TIMBRES = np.array([[0, 0, 0, 0], [4, -4, 4, 4], [-4, 4, 4, 0]], np.float32)


def clips(n: int, seed: int, instruments: int = 2) -> Clips:
    rng = np.random.default_rng(seed)
    instrument = np.arange(n) % instruments
    timbre = TIMBRES[instrument] + 0.1 * rng.standard_normal((n, 4)).astype(np.float32)
    melody = rng.standard_normal((n, 10, MELODY)).astype(np.float32)
    x = np.concatenate([melody, np.repeat(timbre[:, None], 10, axis=1)], axis=-1)
    return Clips(x, {"instrument": instrument})


@dataclass(frozen=True)
class Oracle:
    """z is the melody with the clip's own timbre beside it; share: how far decode follows v."""

    share: float
    v_scale: float = 1.0

    def encode(self, x: Tensor) -> Codes:
        v = x[..., MELODY:].mean(dim=1) * self.v_scale
        return Codes(v, torch.full_like(v, -4.0), x, torch.zeros_like(x))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        own, given = z[..., MELODY:], (v / self.v_scale)[:, None].expand(-1, z.shape[1], -1)
        mixed = (1 - self.share) * own + self.share * given
        return torch.cat([z[..., :MELODY], mixed], dim=-1)


@dataclass(frozen=True)
class Collapsed(Oracle):
    """v is the same for all clips, and no number that a mean over clips would give exactly."""

    def encode(self, x: Tensor) -> Codes:
        codes = super().encode(x)
        return Codes(
            torch.full_like(codes.v_mean, 0.3), codes.v_logvar, codes.z_mean, codes.z_logvar
        )


class Noise(Oracle):
    """v has nothing to do with x."""

    def encode(self, x: Tensor) -> Codes:
        codes = super().encode(x)
        v = torch.frac(1e4 * x[:, 0, :MELODY])  # digits without meaning, but the same every time
        return Codes(v, codes.v_logvar, codes.z_mean, codes.z_logvar)


def counterfactuals(part: Clips, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    j = pair_with_another(part.labels["instrument"], np.random.default_rng(seed))
    return j, np.concatenate([part.x[..., :MELODY], part.x[j][..., MELODY:]], axis=-1)


def scored(model: Oracle, instruments: int = 2) -> Evaluation:
    train, validation = clips(120, 0, instruments), clips(60, 1, instruments)
    true = counterfactuals(validation)
    return score(EvaluationData.of_arrays(validation, train, model, true))


def plain(model: Oracle, train: Clips, validation: Clips, **options: Any) -> Evaluation:
    return score(EvaluationData.of_arrays(validation, train, model, **options))


def f1s(scores: Evaluation) -> list[float]:
    row = scores.factors["instrument"]
    return [row[f"f1_{name}"] for name in ("input", "reconstruction", "global", "local")]


@pytest.mark.usefixtures("every_score")
@pytest.mark.parametrize("instruments", [2, 3])
def test_the_perfect_model_gets_the_best_of_everything(instruments: int) -> None:
    scores = scored(Oracle(share=1.0), instruments)
    assert f1s(scores) == [1, 1, 1, 1]
    assert scores.scores["counterfactual_error"] == pytest.approx(0, abs=1e-6)
    assert scores.scores["reconstruction_mse"] == pytest.approx(0, abs=1e-10)
    assert scores.scores["v_active_units"] == 4
    assert scores.scores["instrument/lda_rank"] == 4
    reasons = {note.rpartition(": ")[2] for note in scores.notes}
    assert reasons == {
        "the model has no symbols",
        "there is no sound",
        "what the clips play is not known",
        "the model does not draw v",
        "the model does not draw z",
        "the model has no continue_z and no predict that would go on from the first frames",
        "no dynamic factor varies in both parts",
        "no true changes of one factor were given",
        "there is no sound of training and scored clips",
    }


def test_linear_discriminants_know_the_training_clips_alone() -> None:
    """Where the training part calls each instrument by the other's name, every answer is wrong."""
    train, validation = clips(120, 0), clips(60, 1)
    turned = replace(train, labels={"instrument": 1 - train.labels["instrument"]})
    assert f1s(plain(Oracle(share=1.0), turned, validation)) == [0, 0, 0, 0]


def test_a_decoder_that_ignores_v_is_found_out() -> None:
    """Its pre-swap F1 is perfect all the same: that is why F1 before the swap says little."""
    scores = scored(Oracle(share=0.0))
    assert f1s(scores) == [1, 1, 0, 0]
    assert scores.scores["counterfactual_error"] == pytest.approx(1)
    assert scores.scores["v_effect"] == 0


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_half_hearted_swap_lies_between(share: float) -> None:
    """The timbre moves by `share` of the way: the square distance left is (1 - share)^2."""
    scores = scored(Oracle(share=share))
    assert scores.scores["counterfactual_error"] == pytest.approx((1 - share) ** 2, rel=1e-4)
    whole = scored(Oracle(share=1.0)).scores["v_effect"]
    assert scores.scores["v_effect"] == pytest.approx(share**2 * whole, rel=1e-4)


def test_half_the_effect_can_have_a_perfect_f1() -> None:
    scores = scored(Oracle(share=0.75))
    assert f1s(scores) == [1, 1, 1, 1]
    assert scores.scores["counterfactual_error"] > 0.05


def test_a_collapsed_v_is_at_chance_and_does_not_crash() -> None:
    scores = scored(Collapsed(share=0.0))
    row = scores.factors["instrument"]
    assert row["lda_rank"] == 0
    assert f1s(scores) == pytest.approx([row["f1_constant"]] * 4)
    assert row["f1_constant"] == pytest.approx(1 / 3)  # half right in one class, none in the other
    assert chance(row) == row["f1_random"] == 1 / 2
    assert scores.scores["v_active_units"] == 0


def test_a_v_of_noise_is_at_chance() -> None:
    train, validation = clips(400, 0), clips(400, 1)
    row = plain(Noise(share=1.0), train, validation).factors["instrument"]
    assert row["f1_input"] == pytest.approx(0.5, abs=0.08)
    assert row["f1_global"] == pytest.approx(0.5, abs=0.08)


def test_scores_do_not_depend_on_the_units_of_v_or_the_names_of_classes() -> None:
    train, validation = clips(120, 0), clips(60, 1)
    expected = f1s(plain(Oracle(0.5), train, validation))
    assert f1s(plain(Oracle(0.5, v_scale=1000.0), train, validation)) == expected
    renamed = [Clips(c.x, {"instrument": 5 - c.labels["instrument"]}) for c in (train, validation)]
    assert f1s(plain(Oracle(0.5), *renamed)) == expected


def test_kl_is_that_of_the_posterior() -> None:
    """KL(N(m, s^2) || N(0, 1)) = (m^2 + s^2 - 1 - log s^2) / 2 per dimension."""
    validation = clips(60, 1)
    x = torch.from_numpy(validation.x)
    v = Oracle(1.0).encode(x).v_mean
    expected = float((0.5 * (v**2 + np.exp(-4) - 1 + 4)).sum(dim=-1).mean())
    found = plain(Oracle(1.0), clips(120, 0), validation)
    assert found.scores["v_kl_standard"] == pytest.approx(expected, rel=1e-5)
    assert found.scores["v_kl_prior"] == pytest.approx(expected, rel=1e-5)
    own = plain(
        Oracle(1.0), clips(120, 0), validation, prior=lambda x: Gaussian(v, torch.full_like(v, -4))
    )
    assert own.scores["v_kl_prior"] == pytest.approx(0, abs=1e-6)


def test_reconstruction_error_in_both_units() -> None:
    @dataclass(frozen=True)
    class Off(Oracle):
        def decode(self, z: Tensor, v: Tensor) -> Tensor:
            return super().decode(z, v) + torch.tensor([2.0] + [0.0] * 7)

    train = clips(120, 0)
    values = plain(Off(1.0), train, clips(60, 1)).scores
    assert values["reconstruction_mse"] == pytest.approx(4 / 8, rel=1e-4)
    deviation = train.x[..., 0].std()
    assert values["reconstruction_mse_standardised"] == pytest.approx(
        4 / deviation**2 / 8, rel=1e-4
    )


def test_no_difference_to_swap_gives_no_error_and_a_reason() -> None:
    part = clips(20, 0)
    found = plain(Oracle(1.0), part, part, counterfactuals=(np.arange(20), part.x))
    assert found.scores["counterfactual_error"] is None
    assert found.scores["counterfactual_mse"] == pytest.approx(0, abs=1e-10)
    assert "counterfactual_error: nothing to measure against" in found.notes[0]


def test_the_probe_survives_classes_without_any_variance() -> None:
    labels = np.array([0, 1, 2] * 5)
    v = TIMBRES[labels]
    probe = Probe(v, labels)
    assert probe.rank == 2
    assert probe.f1(v, labels) == 1.0


def test_a_factor_with_one_class_is_left_out_by_name() -> None:
    train, validation = clips(40, 0), clips(20, 1)
    for part in (train, validation):
        part.labels["octave"] = np.zeros(len(part.x), int)
    scores = plain(Oracle(1.0), train, validation)
    assert set(scores.factors) == {"instrument"}
    assert scores.notes[0] == "octave: left out, as it has one class only in a part"


def test_labels_that_do_not_fit_are_refused() -> None:
    part = clips(20, 0)
    with pytest.raises(DsoundsError, match="20 clips but 19 labels of instrument"):
        plain(Oracle(1.0), Clips(part.x, {"instrument": part.labels["instrument"][1:]}), part)
    with pytest.raises(DsoundsError, match="at least 2 validation clips to swap, got 1"):
        plain(Oracle(1.0), part, Clips(part.x[:1], {"instrument": part.labels["instrument"][:1]}))
    with pytest.raises(DsoundsError, match="training part has no labels of instrument"):
        plain(Oracle(1.0), Clips(x=part.x), part)


def test_the_discriminant_is_fitted_on_the_training_clips_alone() -> None:
    """In training v tells nothing of the labels, among the scored clips it tells everything."""
    rng = np.random.default_rng(0)
    scored = clips(60, 1)
    train = Clips(clips(120, 0).x, {"instrument": rng.integers(0, 2, 120)})
    row = plain(Oracle(1.0), train, scored).factors["instrument"]
    assert row["f1_input"] < 0.9
    reversed_ = Clips(clips(120, 0).x, {"instrument": 1 - clips(120, 0).labels["instrument"]})
    assert f1s(plain(Oracle(1.0), reversed_, scored)) == [0, 0, 0, 0]


def test_f1_gives_a_rare_class_the_same_weight() -> None:
    """8 of one class, all found; 2 of another, one found: F1 16/17 and 2/3, whose mean counts."""
    labels = np.array([0] * 8 + [1] * 2)
    predicted = np.array([0] * 8 + [0, 1])
    assert macro_f1(labels, predicted) == pytest.approx((16 / 17 + 2 / 3) / 2)


def test_a_unit_is_active_by_its_variance() -> None:
    """Variances 0.0025, 0.0081 (a deviation of 0.09), 0.0121 and 1 against 0.01: two of four."""
    deviation = torch.tensor([0.05, 0.09, 0.11, 1.0])
    v = torch.randn(1000, 4, generator=torch.Generator().manual_seed(0))
    v = (v - v.mean(dim=0)) / v.std(dim=0) * deviation
    codes = Codes(v, torch.zeros_like(v), torch.zeros(1000, 1, 1), torch.zeros(1000, 1, 1))
    found = score(EvaluationData.of_arrays(Clips(codes=codes)))
    assert found.scores["v_active_units"] == 2


def arrays(codes: Codes) -> Codes:
    """The same in NumPy, as they are read from a file."""
    return Codes(**{key: value.numpy() for key, value in vars(codes).items()})


def test_codes_alone_have_the_scores_that_need_codes_alone() -> None:
    train, validation = clips(120, 0), clips(60, 1)
    expected = plain(Oracle(1.0), train, validation)
    codes = [
        replace(p, x=None, codes=arrays(Oracle(1.0).encode(torch.from_numpy(p.x))))
        for p in (validation, train)
    ]
    found = score(EvaluationData.of_arrays(*codes))
    assert found.factors["instrument"]["f1_input"] == 1
    for name in ("v_kl_standard", "v_active_units"):
        assert found.scores[name] == pytest.approx(expected.scores[name])
    assert not {"f1_global", "counterfactual_error", "v_effect"} & found.scores.keys()
    assert "f1_reconstruction, f1_global, f1_local" in " ".join(found.notes)


@dataclass(frozen=True)
class WithoutV:
    """z is the clip; there is no v."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(None, None, x, torch.zeros_like(x))

    def decode(self, z: Tensor, v: None) -> Tensor:
        assert v is None
        return z + 1


@dataclass(frozen=True)
class WithoutZ:
    """v is the mean timbre; there is no z."""

    def encode(self, x: Tensor) -> Codes:
        v = x[..., MELODY:].mean(dim=1)
        return Codes(v, torch.full_like(v, -4.0), None, None)

    def decode(self, z: None, v: Tensor) -> Tensor:
        assert z is None
        return torch.cat([torch.zeros_like(v), v], dim=-1)[:, None].expand(-1, 10, -1)


def test_a_model_without_v_and_one_without_z_have_the_other_scores() -> None:
    validation = clips(60, 1)
    found = plain(WithoutV(), clips(120, 0), validation)
    assert found.scores["reconstruction_mse"] == pytest.approx(1)
    assert found.factors == {"instrument": {}}
    assert any("there is no global code v" in note for note in found.notes)
    whole = plain(
        WithoutZ(), clips(120, 0), validation, counterfactuals=counterfactuals(validation)
    )
    assert f1s(whole) == [1, 1, 1, 1]
    assert whole.scores["counterfactual_error"] is not None


def test_every_row_is_named_as_its_file_and_says_what_it_is() -> None:
    for name, row in SCORES.rows():
        assert row.name.replace("_", "-") == name
        assert row.label
        assert row.hint
        assert SCORES.summary(name)


def test_the_deviation_of_bands_is_that_of_all_clips_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = clips(50, 3).x
    monkeypatch.setattr("dsounds.train.scores.output.reconstruction_mse.CHUNK_CLIPS", 7)
    np.testing.assert_allclose(band_deviation(x), x.std(axis=(0, 1), dtype=np.float64), rtol=1e-6)


def test_the_page_has_a_line_for_every_score() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scores.md").read_text()
    for row in rows_in_order():
        cells = (f"`{row.name}`", row.hint, row.unit, row.better or "", row.reference)
        assert "| " + " | ".join(cells).replace("|  |", "| |").replace("|  |", "| |") in page


def test_everything_is_decoded_once() -> None:
    """The reconstruction serves all factors and scores: 1, 2 per factor, v's effect, 2 for x_cf."""
    decoded: list[int] = []

    class Counted(Oracle):
        def decode(self, z: Tensor, v: Tensor) -> Tensor:
            decoded.append(len(z))
            return super().decode(z, v)

    train, validation = clips(120, 0), clips(60, 1)
    for part in (train, validation):
        part.labels["half"] = np.arange(len(part.x)) * 2 // len(part.x)
    true = counterfactuals(validation)
    found = plain(Counted(1.0), train, validation, counterfactuals=true)
    assert set(found.factors) == {"instrument", "half"}
    assert decoded == [60] * (1 + 2 * 2 + 1 + 2)
