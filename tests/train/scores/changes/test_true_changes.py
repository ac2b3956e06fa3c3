"""Codes under a true change of one factor, of models whose answers are known."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.datasets import Corpus
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.fitting.run_data import parts_of
from dsounds.train.models.interface import Codes
from dsounds.train.scores.changes import moved
from dsounds.train.scores.changes.v_equivariance import SCORE as EQUIVARIANCE
from dsounds.train.scores.changes.v_equivariance import equivariance
from dsounds.train.scores.changes.v_invariance import SCORE as V_INVARIANCE
from dsounds.train.scores.changes.z_invariance import SCORE as Z_INVARIANCE
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.corpus_parts import changes_of
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.needs import missing

TIMBRES = np.array([[0, 0, 0, 0], [4, -4, 4, 4], [-4, 4, 4, 0]], np.float32)
TUNES = np.array([[0] * 10, [3] * 5 + [-3] * 5], np.float32)


def sound(instrument: np.ndarray, tune: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Four bands of timbre, one of the tune, with the same noise for the same clip."""
    noise = 0.1 * rng.standard_normal((len(tune), 10, 5))
    still = np.repeat(TIMBRES[instrument][:, None], 10, axis=1)
    x = np.concatenate([still, TUNES[tune][..., None]], axis=-1) + noise
    return x.astype(np.float32)


def parts(n: int, seed: int) -> tuple[Clips, dict[str, tuple[np.ndarray, np.ndarray]]]:
    instrument, tune = np.arange(n) % 3, np.arange(n) // 3 % 2
    other = (instrument + 1 + np.arange(n) % 2) % 3
    x, timbre, melody = (
        sound(i, t, np.random.default_rng(seed))
        for i, t in ((instrument, tune), (other, tune), (instrument, 1 - tune))
    )
    scored = Clips(x, {"instrument": instrument}, dynamic={"tune": tune})
    return scored, {"instrument": (other, timbre), "tune": (1 - tune, melody)}


@dataclass(frozen=True)
class Right:
    """v is the mean timbre, z the tune; `leak` of the timbre is in z, `mixed` of the tune in v."""

    leak: float = 0.0
    mixed: float = 0.0

    def encode(self, x: Tensor) -> Codes:
        v, z = x[..., :4].mean(dim=1), x[..., 4:]
        tune = (z[:, 0] - z[:, 9]) / 6
        return Codes(v_mean=v + self.mixed * tune, z_mean=z + self.leak * v[:, None, :1])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return torch.cat([v[:, None].expand(-1, 10, -1), z], dim=-1)


def of(model: Right, n: int = 120) -> EvaluationData:
    scored, changes = parts(n, 1)
    train, _ = parts(n, 0)
    return EvaluationData.of_arrays(scored, train, model, changes=changes)


def test_a_right_model_moves_v_to_the_class_and_nothing_else() -> None:
    data = of(Right())
    found = EQUIVARIANCE.compute(data)
    assert found["v_equivariance"] == found["v_equivariance/instrument"]
    assert found["v_equivariance"] == pytest.approx(1, abs=0.01)
    assert found["v_equivariance_f1"] == 1
    assert Z_INVARIANCE.compute(data)["z_invariance"] == pytest.approx(0, abs=1e-10)
    assert V_INVARIANCE.compute(data)["v_invariance"] == pytest.approx(0, abs=1e-10)


def test_a_v_that_is_fixed_or_knows_nothing_does_not_move() -> None:
    class Fixed(Right):
        def encode(self, x: Tensor) -> Codes:
            codes = super().encode(x)
            return replace(codes, v_mean=torch.full_like(codes.v_mean, 0.3))

    found = EQUIVARIANCE.compute(of(Fixed()))
    assert np.isnan(found["v_equivariance"])
    assert found["v_equivariance_f1"] < 0.4
    assert np.isnan(V_INVARIANCE.compute(of(Fixed()))["v_invariance"])

    class OfTune(Right):
        def encode(self, x: Tensor) -> Codes:
            codes = super().encode(x)
            return replace(codes, v_mean=codes.z_mean[:, 0])

    data = of(OfTune())
    assert V_INVARIANCE.compute(data)["v_invariance"] > 1  # every clip gets the other tune
    found = EQUIVARIANCE.compute(data)
    assert found["v_equivariance_f1"] < 0.5
    assert found["v_equivariance"] == pytest.approx(0, abs=0.01)


def test_invariance_is_the_move_over_the_distance_of_two_clips() -> None:
    """Written out over all pairs of clips."""
    model = Right(leak=0.5, mixed=0.7)
    data = of(model, n=30)
    scored, changes = parts(30, 1)
    for row, factor, code in ((Z_INVARIANCE, "instrument", "z"), (V_INVARIANCE, "tune", "v")):
        own, now = (
            getattr(model.encode(torch.from_numpy(x)), f"{code}_mean").flatten(1).double().numpy()
            for x in (scored.x, changes[factor][1])
        )
        pairs = [((own[i] - own[k]) ** 2).sum() for i in range(30) for k in range(30) if i != k]
        expected = ((now - own) ** 2).sum(axis=1).mean() / np.mean(pairs)
        found = row.compute(data)
        assert found[row.name] == found[f"{row.name}/{factor}"] == pytest.approx(expected)
        assert 0.01 < expected < 1.5


def test_some_of_the_way() -> None:
    """A share s of the way has 2 s / (1 + s^2): 0.8 for half of it, -1 for all of it backwards."""
    classes = np.arange(200) % 2
    centre = np.array([[0.0, 0.0], [3.0, 4.0]])
    rng = np.random.default_rng(0)
    train, before = (centre[classes] + 0.1 * rng.standard_normal((200, 2)) for _ in range(2))
    for share in (0.0, 0.5, 1.0, 2.0, -1.0):
        after = before + share * (centre[1 - classes] - centre[classes])
        found = equivariance((train, classes), (before, classes), (after, 1 - classes))
        assert found == pytest.approx(2 * share / (1 + share**2), abs=0.01)


def test_the_equation_written_out_and_its_invariances() -> None:
    rng = np.random.default_rng(0)
    train, before, after = (rng.standard_normal((90, 3)) for _ in range(3))
    own = np.arange(90) % 3
    new = (own + 1 + np.arange(90) % 2) % 3
    train += own[:, None]
    before += own[:, None]
    after += new[:, None]
    above, below = 0.0, 0.0
    for i in range(90):
        way = train[own == new[i]].mean(axis=0) - train[own == own[i]].mean(axis=0)
        above += 2 * (after[i] - before[i]) @ way
        below += (after[i] - before[i]) @ (after[i] - before[i]) + way @ way
    found = equivariance((train, own), (before, own), (after, new))
    assert found == pytest.approx(above / below)
    assert 0.2 < found < 0.9
    order = rng.permutation(90)
    again = equivariance((train, own), (before[order], own[order]), (after[order], new[order]))
    assert again == pytest.approx(found)
    changed = [
        (7 - 5 * codes[:, ::-1], 9 - 2 * c)
        for codes, c in ((train, own), (before, own), (after, new))
    ]
    assert equivariance(*changed) == pytest.approx(found)


def test_a_code_of_noise_is_at_0() -> None:
    rng = np.random.default_rng(0)
    train, before, after = (rng.standard_normal((2000, 4)) for _ in range(3))
    classes = np.arange(2000) % 2
    found = equivariance((train, classes), (before, classes), (after, 1 - classes))
    assert found == pytest.approx(0, abs=0.02)


def test_what_else_varies_in_a_code_does_not_matter_if_it_stays() -> None:
    """The melody in v moves nothing, however much of it there is."""
    rng = np.random.default_rng(0)
    classes = np.arange(400) % 2
    melody = 5 * rng.standard_normal((400, 1))
    train, before, after = (
        np.concatenate([np.eye(2)[c], melody], axis=1) for c in (classes, classes, 1 - classes)
    )
    train[:, 2] = 0
    assert equivariance((train, classes), (before, classes), (after, 1 - classes)) == 1


def test_classes_that_were_never_seen_do_not_count() -> None:
    classes = np.arange(20) % 2
    codes = classes[:, None].astype(float)
    new = np.where(np.arange(20) < 10, 1 - classes, 9)
    moved_codes = np.where(new == 9, 1e6, new)[:, None].astype(float)
    assert equivariance((codes, classes), (codes, classes), (moved_codes, new)) == 1
    nowhere = (codes, np.full(20, 9))
    assert np.isnan(equivariance((codes, classes), (codes, classes), nowhere))


def test_some_of_many_clips_are_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moved, "CLIPS", 25)
    data = of(Right())
    found = moved.moved(data, "instrument")
    assert len(found.places) == len(found.v) == len(found.squares["z"]) == 25
    assert found.squares["z"].max() < 1e-8
    assert (found.classes == data.changes["instrument"].classes[found.places]).all()
    assert EQUIVARIANCE.compute(data)["v_equivariance"] == pytest.approx(1, abs=0.02)


def test_changes_are_the_generators_own_one_factor_at_a_time(small: Corpus) -> None:
    data = parts_of(small, LogMelSettings(), "", "validation")
    changes = changes_of(data, data.scored, seed=0)
    names = {f.name for kind in ("static", "dynamic") for f in small.space.varying(kind)}
    assert changes.keys() <= names
    assert {"instrument", "octave", "rhythm_bar1"} <= changes.keys()
    own = small.classes[data.scored]
    for name, change in changes.items():
        assert (change.classes != own[:, small.space.column(name)]).all()
    change = changes["octave"]
    sound = small.counterfactual(data.scored[2:4], classes={"octave": change.classes[2:4]})
    np.testing.assert_array_equal(change.x(slice(2, 4)), log_mel(sound, data.settings))
    np.testing.assert_array_equal(change.x(np.array([3, 2])), change.x(slice(2, 4))[::-1])
    again = changes_of(data, data.scored, seed=0)["octave"]
    assert (again.classes == change.classes).all()


def test_without_changes_the_scores_are_left_out() -> None:
    scored, _ = parts(12, 1)
    data = EvaluationData.of_arrays(scored, parts(12, 0)[0], Right())
    for row in (EQUIVARIANCE, Z_INVARIANCE, V_INVARIANCE):
        assert missing(data, row.needs) == "no true changes of one factor were given"
    only = EvaluationData.of_arrays(
        scored, parts(12, 0)[0], Right(), changes={"tune": parts(12, 1)[1]["tune"]}
    )
    assert np.isnan(Z_INVARIANCE.compute(only)["z_invariance"])
    assert EQUIVARIANCE.compute(only) == {}
