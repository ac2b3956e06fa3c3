"""What a judge hears of models that are written down: one that is right, ones that ignore a code.

A clip has three bands for its instrument (that of one of three classes, 2, 5 and 9, is loud) and
three for its melody: in each frame one of the pitches 0, 60, 62 is loud. The tune (dynamic, 4 or 7)
says in which order the pitches come; where they begin is a matter of chance.
"""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.report.pictures.shared_codes import trajectories_of
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.judging import judge_consistency, judge_drawn, kept, probabilities
from dsounds.train.scores.judging.factor_judge import (
    clip_judge,
    heard_in_real,
    most_frequent,
    window_judge,
)
from dsounds.train.scores.judging.judge_accuracy import SCORE as ACCURACY
from dsounds.train.scores.judging.judge_counterfactual import SCORE as COUNTERFACTUAL
from dsounds.train.scores.judging.judge_reconstruction import SCORE as RECONSTRUCTION
from dsounds.train.scores.judging.judge_swap import SCORE as SWAP
from dsounds.train.scores.judging.judge_v_kept import SCORE as V_KEPT
from dsounds.train.scores.judging.judge_z_kept import SCORE as Z_KEPT
from dsounds.train.scores.judging.trajectories import Trajectories, of_shared_v, of_shared_z
from dsounds.train.scores.needs import missing

TIME, LOUD = 32, 5.0
INSTRUMENTS, TUNES, PITCHES = np.array([2, 5, 9]), np.array([4, 7]), np.array([0, 60, 62])


def tunes(which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers of pitches over time, (n, time): upwards or downwards, eight changes in a clip."""
    step = np.arange(TIME) // 4
    return (rng.integers(0, 3, (len(which), 1)) + np.where(which[:, None], -step, step)) % 3


def sound(instrument: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """The clips of instruments, (n,), and pitches, (n, time), by their numbers."""
    still = np.repeat(np.eye(3)[instrument][:, None], TIME, axis=1)
    return (LOUD * np.concatenate([still, np.eye(3)[pitch]], axis=-1)).astype(np.float32)


def clips(n: int, seed: int) -> Clips:
    rng = np.random.default_rng(seed)
    instrument, tune = np.arange(n) % 3, rng.integers(0, 2, n)
    pitch = tunes(tune, rng)
    noise = 0.1 * rng.standard_normal((n, TIME, 6)).astype(np.float32)
    return Clips(
        x=sound(instrument, pitch) + noise,
        labels={"instrument": INSTRUMENTS[instrument]},
        dynamic={"tune": TUNES[tune]},
        frames={"pitch": PITCHES[pitch], "rest": (pitch == 0).astype(np.int64)},
    )


def drawn(n: int, generator: torch.Generator) -> np.ndarray:
    rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
    return sound(rng.integers(0, 3, n), tunes(rng.integers(0, 2, n), rng))


@dataclass(frozen=True)
class Right:
    """v has the instrument, z the melody."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x[..., :3].mean(dim=1), z_mean=x[..., 3:])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return torch.cat([v[:, None].expand(-1, z.shape[1], -1), z], dim=-1)

    def sample_v(self, n: int, generator: torch.Generator) -> Tensor:
        return self.encode(torch.from_numpy(drawn(n, generator))).v_mean

    def sample_z(self, n: int, frames: int, generator: torch.Generator) -> Tensor:
        return self.encode(torch.from_numpy(drawn(n, generator))).z_mean[:, :frames]


@dataclass(frozen=True)
class IgnoresV(Right):
    """z has all of the clip."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x[..., :3].mean(dim=1), z_mean=x)

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z


@dataclass(frozen=True)
class IgnoresZ(Right):
    """v has all of the clip."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x.flatten(1), z_mean=x[..., 3:])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return v.unflatten(1, (TIME, 6))


def of(model: Right, seed: int = 0) -> EvaluationData:
    return EvaluationData.of_arrays(clips(90, 1), clips(300, 0), model, seed=seed)


def test_judges_learn_from_the_training_clips_alone() -> None:
    """Where the training part calls each class by another's name, every answer is wrong."""
    train, real = clips(300, 0), clips(90, 1)
    turned = {"instrument": np.roll(INSTRUMENTS, 1)[np.arange(300) % 3]}
    other = {"tune": TUNES.sum() - train.dynamic["tune"]}
    data = EvaluationData.of_arrays(real, replace(train, labels=turned, dynamic=other), Right())
    found = ACCURACY.compute(data)
    assert found["judge_accuracy"] == 0
    assert found["judge_accuracy_dynamic"] < 0.1
    told = window_judge(data).classes(data.x)["instrument"].reshape(90, -1)
    assert (told != real.labels["instrument"][:, None]).all()


DATA = {model.__name__: of(model()) for model in (Right, IgnoresV, IgnoresZ)}


def test_the_judge_is_right_on_real_clips_and_says_its_floor() -> None:
    found = ACCURACY.compute(DATA["Right"])
    assert found["judge_accuracy"] == found["judge_accuracy/instrument"] == 1
    assert found["judge_accuracy_dynamic"] == found["judge_accuracy/tune"] > 0.95
    assert found["judge_floor"] == 1e-4
    guesses = ACCURACY.floor(DATA["Right"])
    assert guesses["judge_accuracy"] == pytest.approx(1 / 3)
    tune = DATA["Right"].scored.dynamic["tune"]
    train = DATA["Right"].train.dynamic["tune"]
    usual = 7 if (train == 7).mean() > 0.5 else 4
    assert guesses["judge_accuracy/tune"] == pytest.approx((tune == usual).mean())


@pytest.mark.parametrize("row", [RECONSTRUCTION, SWAP, V_KEPT, Z_KEPT], ids=lambda row: row.name)
def test_a_right_model_keeps_what_it_should(row: kept.Score) -> None:
    found, ceiling = row.compute(DATA["Right"]), row.ceiling(DATA["Right"])
    for key, value in found.items():
        if "disagreement" in key:
            assert value == pytest.approx(0, abs=0.03), key
    assert ceiling[f"{row.name}_disagreement"] == ceiling[f"{row.name}_kl"] == 0
    assert found[f"{row.name}_kl"] < 0.1 < 1 < found[f"{row.name}_kl_random"]
    assert found[f"{row.name}_is"] == pytest.approx(ceiling[f"{row.name}_is"], abs=0.1)
    assert row.floor(DATA["Right"])[f"{row.name}_disagreement"] > 0.4


def test_a_model_that_ignores_v_is_found_out() -> None:
    """The swap leaves the instrument, and drawn z bring another one in two of three clips."""
    data = DATA["IgnoresV"]
    swap, drawn_z = SWAP.compute(data), V_KEPT.compute(data)
    assert swap["judge_swap_disagreement"] == 1
    assert swap["judge_swap_accuracy"] == 0
    assert swap["judge_swap_disagreement_dynamic"] < 0.03
    assert drawn_z["judge_v_kept_disagreement"] == pytest.approx(2 / 3, abs=0.15)
    floor = V_KEPT.floor(data)
    assert floor["judge_v_kept_disagreement"] == pytest.approx(2 / 3, abs=0.15)
    assert drawn_z["judge_v_kept_kl"] == pytest.approx(floor["judge_v_kept_kl"], rel=0.3)
    assert Z_KEPT.compute(data)["judge_z_kept_disagreement"] < 0.03


def test_a_model_that_ignores_z_is_found_out() -> None:
    """The tune is that of the clip that v came from: another one in half of the clips."""
    data = DATA["IgnoresZ"]
    own, partner = np.arange(90), data.partners["instrument"]
    other = (data.scored.dynamic["tune"][own] != data.scored.dynamic["tune"][partner]).mean()
    swap = SWAP.compute(data)
    assert swap["judge_swap_disagreement"] == 0
    assert swap["judge_swap_disagreement_dynamic"] == pytest.approx(other, abs=0.06)
    assert Z_KEPT.compute(data)["judge_z_kept_disagreement"] == pytest.approx(1 / 2, abs=0.15)
    assert V_KEPT.compute(data)["judge_v_kept_disagreement"] == 0


@pytest.mark.parametrize("kind", ["true", "of i", "of j"])
def test_the_judge_hears_the_partner_and_the_own_tune_in_counterfactuals(kind: str) -> None:
    """Of clips that are i's or j's alone one half of the factors is wrong."""
    scored = clips(90, 1)
    partner = (np.arange(90) + 1) % 90  # another instrument
    x = np.concatenate([scored.x[partner][..., :3], scored.x[..., 3:]], axis=-1)
    x = {"true": x, "of i": scored.x, "of j": scored.x[partner]}[kind]
    data = EvaluationData.of_arrays(scored, clips(300, 0), counterfactuals=(partner, x))
    assert missing(data, COUNTERFACTUAL.needs) is None
    found, name = COUNTERFACTUAL.compute(data), "judge_counterfactual_accuracy"
    assert found[name] == found[f"{name}/instrument"] == (kind != "of i")
    same = (scored.dynamic["tune"] == scored.dynamic["tune"][partner]).mean()
    expected = same if kind == "of j" else 1.0
    assert found[f"{name}_dynamic"] == pytest.approx(expected, abs=0.06)
    assert found["judge_counterfactual_disagreement"] == (kind == "of i")


def test_the_numbers_are_the_equations_of_what_the_judge_says() -> None:
    data = DATA["IgnoresV"]
    found = SWAP.compute(data)
    j = data.partners["instrument"]
    p = clip_judge(data).probabilities(data.global_swap("instrument"))["instrument"]
    q = heard_in_real(data)["instrument"][j]
    assert p.min() >= 1e-4
    kl = np.mean([(a * np.log(a / b)).sum() for a, b in zip(p, q, strict=True)])
    assert found["judge_swap_kl"] == found["judge_swap_kl/instrument"] == pytest.approx(kl)
    random = np.mean([(np.log((1 / 3) / b) / 3).sum() for b in q])
    assert found["judge_swap_kl_random"] == pytest.approx(random)
    right = INSTRUMENTS[p.argmax(axis=1)] == data.labels["instrument"][j]
    assert found["judge_swap_accuracy"] == right.mean()
    balanced = np.mean([p[data.labels["instrument"][j] == c].mean(axis=0) for c in INSTRUMENTS], 0)
    assert found["judge_swap_h_y"] == pytest.approx(-(balanced * np.log(balanced)).sum())


def test_each_measure_is_of_the_made_clips_unless_it_says_so() -> None:
    rng = np.random.default_rng(0)
    made, real = rng.dirichlet(np.ones(3), 40), rng.dirichlet(np.ones(3), 40)
    right = np.arange(40) % 3
    weights = probabilities.balanced(right)
    assert kept.measures(made, real, right) == {
        "disagreement": probabilities.disagreement(made, real),
        "kl": probabilities.kl(made, real),
        "kl_random": probabilities.kl_random(real),
        "accuracy": (made.argmax(axis=1) == right).mean(),
        "is": probabilities.inception_score(made, weights),
        "h_yx": probabilities.conditional_entropy(made, weights),
        "h_y": probabilities.marginal_entropy(made, weights),
    }
    with pytest.raises(DsoundsError, match="cannot be compared"):
        kept.measures(made, real[:30], right)


def test_drawn_clips_have_all_classes_or_one() -> None:
    found, real = judge_drawn.compute(DATA["Right"]), judge_drawn.of_real_clips(DATA["Right"])
    assert found["judge_drawn_is"] == pytest.approx(3, abs=0.2)
    assert real["judge_drawn_is"] == pytest.approx(3, abs=0.1)
    assert found["judge_drawn_h_y"] == pytest.approx(np.log(3), abs=0.05)
    assert found["judge_drawn_h_yx"] < 0.05

    @dataclass(frozen=True)
    class OneInstrument(Right):
        def sample_v(self, n: int, generator: torch.Generator) -> Tensor:
            return LOUD * torch.eye(3)[:1].expand(n, 3)

    found = judge_drawn.compute(of(OneInstrument()))
    assert found["judge_drawn_is"] == pytest.approx(1, abs=0.01)
    assert found["judge_drawn_is_dynamic"] == pytest.approx(2, abs=0.3)


def test_sequences_that_share_a_code() -> None:
    """Fig 4: of shared v the instrument is one, the melodies are many; of shared z the reverse."""
    found = judge_consistency.compute(DATA["Right"])
    name = "judge_consistency"
    assert found[f"{name}_v_shared"] == found[f"{name}_v_shared/instrument"] == 1
    assert found[f"{name}_z_shared"] == found[f"{name}_z_shared/pitch"] == 1
    assert found[f"{name}_v_shared/pitch"] == pytest.approx(0.45, abs=0.15)
    assert found[f"{name}_z_shared/instrument"] == pytest.approx(0.45, abs=0.15)
    assert found[f"{name}_real_shared"] == pytest.approx(0.45, abs=0.15)
    assert found[f"{name}_v_constant"] == found[f"{name}_real_constant"] == 1
    assert found[f"{name}_v_classes"] == 1
    assert found[f"{name}_real_classes/pitch"] == 3
    assert found[f"{name}_real_constant/pitch"] == pytest.approx(3 / 8, abs=0.01)
    ignored = judge_consistency.compute(DATA["IgnoresV"])
    assert ignored[f"{name}_v_shared"] == pytest.approx(0.45, abs=0.15)
    assert ignored[f"{name}_z_shared/instrument"] == 1


def test_the_table_of_shared_codes_has_the_classes_of_its_figure() -> None:
    """What is drawn from scores.json is what the numbers were made from."""
    data = DATA["Right"]
    found = json.loads(json.dumps(judge_consistency.table(data)))
    drawn = trajectories_of({"rows": {"judge_consistency": {"table": found}}})
    heard = {"v": of_shared_v(data), "z": of_shared_z(data)}
    numbers = judge_consistency.compute(data)
    for code, trajectories in heard.items():
        assert list(drawn[code]) == list(trajectories)
        for name, one in trajectories.items():
            assert (drawn[code][name] == one.classes).all()
            key = f"judge_consistency_{code}_shared/{name}"
            assert Trajectories(drawn[code][name]).shared == numbers[key]


def test_shares_of_trajectories() -> None:
    """Two repeats of two sequences of three windows."""
    classes = np.array([[[0, 0, 1], [0, 2, 1]], [[5, 5, 5], [5, 5, 5]]])
    found = Trajectories(classes)
    assert found.constant == pytest.approx((2 / 3 + 1 / 3 + 1 + 1) / 4)
    assert found.classes_heard == pytest.approx((2 + 3 + 1 + 1) / 4)
    assert found.shared == pytest.approx((1 + 1 / 2 + 1 + 3) / 6)


def test_repeats_have_codes_of_their_own() -> None:
    for made in (of_shared_v, of_shared_z):
        found = made(DATA["Right"], repeats=6, sequences=4)
        assert found["instrument"].classes.shape == (6, 4, 16)
    shared = of_shared_v(DATA["Right"], repeats=6, sequences=4)["instrument"].classes
    assert (shared == shared[:, :1, :1]).all()
    assert len(np.unique(shared)) > 1


def test_the_label_of_a_window_is_the_most_frequent_one() -> None:
    frames = np.repeat(np.arange(16)[None], 2, axis=0).repeat(3, axis=1)  # 48 frames
    frames[0, 1] = 7
    frames[1, 0:2] = 7
    found = most_frequent(frames)
    assert found[0].tolist() == list(range(16))
    assert found[1].tolist() == [7, *range(1, 16)]
    assert most_frequent(np.arange(10)[None]).shape == (1, 16)
    data = DATA["Right"]
    heard = window_judge(data).classes(data.x)
    assert (heard["pitch"] == most_frequent(data.frames["pitch"]).ravel()).all()


def test_classes_that_no_training_clip_has_are_never_right() -> None:
    assert kept.right_places(INSTRUMENTS, np.array([9, 3, 2, 99])).tolist() == [2, -1, 0, -1]


def test_names_of_classes_do_not_matter_and_the_same_seed_gives_the_same() -> None:
    scored, train = clips(90, 1), clips(300, 0)
    for part in (scored, train):
        part.labels["instrument"] = 3 * part.labels["instrument"] - 20
    renamed = EvaluationData.of_arrays(scored, train, Right())
    for row in (SWAP, V_KEPT):
        assert row.compute(renamed) == pytest.approx(row.compute(DATA["Right"]))
    assert V_KEPT.compute(of(IgnoresV(), seed=1)) != V_KEPT.compute(of(IgnoresV(), seed=2))


def test_what_is_missing_is_said() -> None:
    class Plain:
        encode, decode = Right.encode, Right.decode

    data = EvaluationData.of_arrays(clips(9, 1), clips(9, 0), Plain())
    assert missing(data, V_KEPT.needs) == "the model does not draw z"
    assert missing(data, Z_KEPT.needs) == "the model does not draw v"
    assert missing(data, SWAP.needs) is None
    alone = EvaluationData.of_arrays(clips(9, 1), None, Plain())
    assert missing(alone, SWAP.needs) == "there are no training clips that a judge could learn from"
    few = clips(9, 1)
    no_tune = EvaluationData.of_arrays(few, Clips(few.x, few.labels), Right())
    assert missing(no_tune, Z_KEPT.needs) == "no dynamic factor varies in both parts"
    assert "judge_swap_disagreement_dynamic" not in SWAP.compute(no_tune)
