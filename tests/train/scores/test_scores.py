"""Scores on constructed models whose answers are known.

Clips have 4 bands of "melody" (varies over time) and 4 of "timbre" (an instrument's constant, plus
a little noise per clip), so that perfect, ignorant and half-hearted models can be written down.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.fitting.run import load_run, train_on_corpus
from dsounds.train.fitting.run_data import nearby, open_run_data
from dsounds.train.models.gaussians import Gaussian
from dsounds.train.models.interface import Codes
from dsounds.train.scores import evaluation_data as corpora
from dsounds.train.scores.counterfactual import counterfactual_scores
from dsounds.train.scores.evaluate import evaluate, scores_path, table
from dsounds.train.scores.evaluation_data import counterfactuals_of
from dsounds.train.scores.score import Clips, Counterfactuals, Scores, score
from dsounds.train.scores.swaps import Probe, chance, pair_with_another
from dsounds.train.settings.config_file import read_config
from dsounds.train.settings.presets import configure

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


def counterfactuals(part: Clips, seed: int = 0) -> Counterfactuals:
    j = pair_with_another(part.labels["instrument"], np.random.default_rng(seed))
    x_cf = np.concatenate([part.x[..., :MELODY], part.x[j][..., MELODY:]], axis=-1)
    return Counterfactuals(part.x, part.x[j], x_cf)


def scored(model: Oracle, instruments: int = 2) -> Scores:
    train, validation = clips(120, 0, instruments), clips(60, 1, instruments)
    return score(model, train, validation, counterfactuals=counterfactuals(validation))


def f1s(scores: Scores) -> list[float]:
    row = scores.factors["instrument"]
    return [row[f"f1_{name}"] for name in ("input", "reconstruction", "global", "local")]


@pytest.mark.parametrize("instruments", [2, 3])
def test_the_perfect_model_gets_the_best_of_everything(instruments: int) -> None:
    scores = scored(Oracle(share=1.0), instruments)
    assert f1s(scores) == [1, 1, 1, 1]
    assert scores.values["counterfactual_error"] == pytest.approx(0, abs=1e-6)
    assert scores.values["reconstruction_mse"] == pytest.approx(0, abs=1e-10)
    assert scores.values["v_active_units"] == 4
    assert scores.values["instrument/lda_rank"] == 4
    assert scores.notes == ()


def test_a_decoder_that_ignores_v_is_found_out() -> None:
    """Its pre-swap F1 is perfect all the same: that is why F1 before the swap says little."""
    scores = scored(Oracle(share=0.0))
    assert f1s(scores) == [1, 1, 0, 0]
    assert scores.values["counterfactual_error"] == pytest.approx(1)
    assert scores.values["v_effect"] == 0


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_half_hearted_swap_lies_between(share: float) -> None:
    """The timbre moves by `share` of the way: the square distance left is (1 - share)^2."""
    scores = scored(Oracle(share=share))
    assert scores.values["counterfactual_error"] == pytest.approx((1 - share) ** 2, rel=1e-4)
    whole = scored(Oracle(share=1.0)).values["v_effect"]
    assert scores.values["v_effect"] == pytest.approx(share**2 * whole, rel=1e-4)


def test_half_the_effect_can_have_a_perfect_f1() -> None:
    scores = scored(Oracle(share=0.75))
    assert f1s(scores) == [1, 1, 1, 1]
    assert scores.values["counterfactual_error"] > 0.05


def test_a_collapsed_v_is_at_chance_and_does_not_crash() -> None:
    scores = scored(Collapsed(share=0.0))
    row = scores.factors["instrument"]
    assert row["lda_rank"] == 0
    assert f1s(scores) == pytest.approx([row["f1_constant"]] * 4)
    assert row["f1_constant"] == pytest.approx(1 / 3)  # half right in one class, none in the other
    assert chance(row) == row["f1_random"] == 1 / 2
    assert scores.values["v_active_units"] == 0


def test_a_v_of_noise_is_at_chance() -> None:
    train, validation = clips(400, 0), clips(400, 1)
    row = score(Noise(share=1.0), train, validation).factors["instrument"]
    assert row["f1_input"] == pytest.approx(0.5, abs=0.08)
    assert row["f1_global"] == pytest.approx(0.5, abs=0.08)


def test_scores_do_not_depend_on_the_units_of_v_or_the_names_of_classes() -> None:
    train, validation = clips(120, 0), clips(60, 1)
    expected = f1s(score(Oracle(0.5), train, validation))
    assert f1s(score(Oracle(0.5, v_scale=1000.0), train, validation)) == expected
    renamed = [Clips(c.x, {"instrument": 5 - c.labels["instrument"]}) for c in (train, validation)]
    assert f1s(score(Oracle(0.5), *renamed)) == expected


def test_kl_is_that_of_the_posterior() -> None:
    """KL(N(m, s^2) || N(0, 1)) = (m^2 + s^2 - 1 - log s^2) / 2 per dimension."""
    validation = clips(60, 1)
    x = torch.from_numpy(validation.x)
    v = Oracle(1.0).encode(x).v_mean
    expected = float((0.5 * (v**2 + np.exp(-4) - 1 + 4)).sum(dim=-1).mean())
    plain = score(Oracle(1.0), clips(120, 0), validation)
    assert plain.values["v_kl_standard"] == pytest.approx(expected, rel=1e-5)
    assert plain.values["v_kl_prior"] == pytest.approx(expected, rel=1e-5)
    own = score(
        Oracle(1.0), clips(120, 0), validation, prior=lambda x: Gaussian(v, torch.full_like(v, -4))
    )
    assert own.values["v_kl_prior"] == pytest.approx(0, abs=1e-6)


def test_reconstruction_error_in_both_units() -> None:
    @dataclass(frozen=True)
    class Off(Oracle):
        def decode(self, z: Tensor, v: Tensor) -> Tensor:
            return super().decode(z, v) + torch.tensor([2.0] + [0.0] * 7)

    train = clips(120, 0)
    values = score(Off(1.0), train, clips(60, 1)).values
    assert values["reconstruction_mse"] == pytest.approx(4 / 8, rel=1e-4)
    deviation = train.x[..., 0].std()
    assert values["reconstruction_mse_standardised"] == pytest.approx(
        4 / deviation**2 / 8, rel=1e-4
    )


def test_no_difference_to_swap_gives_nan_with_a_reason() -> None:
    part = clips(20, 0)
    same = counterfactual_scores(Oracle(1.0), part.x, part.x, part.x)
    assert np.isnan(same["counterfactual_error"])
    assert same["counterfactual_mse"] == pytest.approx(0, abs=1e-10)
    scores = score(
        Oracle(1.0), part, clips(20, 1), counterfactuals=Counterfactuals(part.x, part.x, part.x)
    )
    assert "counterfactual_error: nothing to measure against" in scores.notes[0]


def test_partners_differ_and_come_from_the_seed() -> None:
    labels = np.array([0, 0, 1, 2, 2, 2])
    first, again, other = (
        pair_with_another(labels, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert (labels[first] != labels).all()
    assert (first == again).all()
    assert (first != other).any()
    several = np.array([[0, 0], [0, 1], [1, 1]])
    partner = pair_with_another(several, np.random.default_rng(0))
    assert (several[partner] != several).any(axis=1).all()


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
    scores = score(Oracle(1.0), train, validation)
    assert set(scores.factors) == {"instrument"}
    assert scores.notes[0] == "octave: left out, as it has one class only in a part"


def test_labels_that_do_not_fit_are_refused() -> None:
    part = clips(20, 0)
    with pytest.raises(DsoundsError, match="20 clips but 19 labels of instrument"):
        score(Oracle(1.0), Clips(part.x, {"instrument": part.labels["instrument"][1:]}), part)
    with pytest.raises(DsoundsError, match="at least 2 validation clips to swap, came 1"):
        score(Oracle(1.0), part, Clips(part.x[:1], {"instrument": part.labels["instrument"][:1]}))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A short run on a small corpus of real sound, and its scores."""
    folder = tmp_path_factory.mktemp("evaluate")
    generate(DMelodies(count=48), folder / "corpus", progress=False)
    corpus = open_corpus(folder / "corpus")
    config = configure(
        "ts-dsae",
        str(folder / "corpus"),
        corpus_id=corpus.id,
        features=asdict(LogMelSettings()),
        epochs=3,
        stage1_epochs=2,
        threads=1,
    )
    run = train_on_corpus(config, folder / "run")
    return run, evaluate(run)


def test_evaluate_writes_what_it_returns(evaluated: tuple[Path, dict]) -> None:
    run, result = evaluated
    assert json.loads((run / "scores.json").read_text()) == result
    assert set(result["factors"]) == {"instrument"}
    about = result["computed_from"]
    assert (about["epoch"], about["stage"], about["finished"]) == (3, 2, True)
    assert about["train_clips"] + about["scored_clips"] == 48
    assert about["corpus_id"] == open_corpus(about["corpus"]).id
    assert evaluate(run) == result


def test_chance_is_the_better_guess(evaluated: tuple[Path, dict]) -> None:
    assert chance({"f1_constant": 0.46, "f1_random": 0.5}) == 0.5
    assert chance({"f1_constant": 0.49, "f1_random": 0.25}) == 0.49
    heads, row = table(evaluated[1]).splitlines()[3:5]
    assert heads.split()[-1] == "chance"
    assert float(row.split()[-1]) == pytest.approx(chance(evaluated[1]["factors"]["instrument"]))


def test_scores_on_another_corpus_leave_the_runs_own_alone(
    evaluated: tuple[Path, dict], tmp_path: Path
) -> None:
    run, result = evaluated
    generate(DMelodies(count=24, seed=1), tmp_path / "other", progress=False)
    other = evaluate(run, tmp_path / "other")
    name = open_corpus(tmp_path / "other").id
    assert other["computed_from"]["corpus_id"] == name
    assert scores_path(run, other) == run / f"scores-{name}.json"
    assert json.loads((run / f"scores-{name}.json").read_text()) == other
    assert scores_path(run, result) == run / "scores.json"
    assert json.loads((run / "scores.json").read_text()) == result


def test_a_run_keeps_to_its_split_and_is_tested_on_the_rest(tmp_path: Path) -> None:
    """Trained without violins in octave 5, scored on them."""
    octaves, held = (4, 5), ("instrument=violin octave=5",)
    recipe = DMelodies(count=60, octaves=octaves, hold_out=held)
    corpus = open_corpus(generate(recipe, tmp_path / "corpus", progress=False))
    small = {"epochs": 2, "stage1_epochs": 1, "threads": 1}
    config = configure("ts-dsae", str(corpus.folder), split="held-out", **small)
    run = train_on_corpus(config, tmp_path / "run")
    assert read_config(run / "config.toml").split == "held-out"
    for part in ("validation", "test"):
        result = evaluate(run, part=part)
        about = result["computed_from"]
        assert (about["split"], about["part"]) == ("held-out", part)
        assert about["train_clips"] == len(corpus.split("train", "held-out"))
        assert about["scored_clips"] == len(corpus.split(part, "held-out"))
    assert json.loads((run / "scores-test.json").read_text()) == result
    own = json.loads((run / "scores.json").read_text())
    named = evaluate(run, corpus.folder)  # the same corpus, by its folder
    named["computed_from"]["corpus"] = own["computed_from"]["corpus"]  # relative, maybe
    assert named == own
    first = train_on_corpus(replace(config, split="melody"), tmp_path / "first")
    assert read_config(first / "config.toml").split == ""  # it needs no name
    rows = corpus.split("test", "held-out")
    assert set(result["factors"]) == {
        f.name
        for f in corpus.space.varying("static")
        if len(np.unique(corpus.classes[rows, corpus.space.column(f.name)])) > 1
    }
    with pytest.raises(DsoundsError, match=r"no split 'held'.*melody, random, held-out"):
        train_on_corpus(replace(config, split="held"), tmp_path / "other")


def test_a_corpus_without_a_test_part_has_no_test_scores(evaluated: tuple[Path, dict]) -> None:
    with pytest.raises(DsoundsError, match=r"test part of .* has 0 clips"):
        evaluate(evaluated[0], part="test")


def test_a_run_finds_its_corpus_from_anywhere(
    evaluated: tuple[Path, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was trained with a relative path; the scores, and another start, come from elsewhere."""
    corpus = Path(evaluated[1]["computed_from"]["corpus"]).absolute()
    monkeypatch.chdir(corpus.parent)
    sizes = {"epochs": 2, "stage1_epochs": 1, "threads": 1}
    relative = configure("dsae", corpus.name, corpus_id=open_corpus(corpus).id, **sizes)
    run = train_on_corpus(relative, tmp_path / "run")
    assert evaluate(run)["computed_from"]["corpus"] == corpus.name
    monkeypatch.chdir(tmp_path)
    assert evaluate("run")["computed_from"]["train_clips"] > 0
    (tmp_path / "link").symlink_to(corpus)
    train_on_corpus(replace(relative, corpus="link"), "run")  # the same run
    assert load_run("run").config.corpus == str(tmp_path / "link")
    assert evaluate("run")["computed_from"]["corpus"] == "link"


def test_nearby_is_the_shorter_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert nearby(str(tmp_path / "a" / "c1")) == "c1"
    assert nearby(str(tmp_path / "c1")) == "../c1"
    assert nearby("/c") == "/c"
    assert nearby("c1") == "c1"
    assert nearby("") == "."


def test_the_table_shows_every_figure(evaluated: tuple[Path, dict]) -> None:
    text = table(evaluated[1])
    for part in ("instrument", "global swap", "counterfactual", "effect of v", "KL_v", "nats"):
        assert part in text
    assert max(len(line) for line in text.splitlines()) <= 110


def test_counterfactuals_are_the_generators_own(evaluated: tuple[Path, dict]) -> None:
    """With two instruments the partner's instrument is always the other one."""
    material = open_run_data(configure(corpus=evaluated[1]["computed_from"]["corpus"]))
    corpus, rows = material.corpus, material.scored
    made = counterfactuals_of(material, rows, seed=0)
    assert made is not None
    own = corpus.classes[rows, corpus.space.column("instrument")]
    assert np.array_equal(made.x_i, log_mel(corpus.counterfactual(rows, instrument=own)))
    assert np.array_equal(made.x_cf, log_mel(corpus.counterfactual(rows, instrument=1 - own)))


def test_counterfactuals_are_rendered_some_at_a_time(
    evaluated: tuple[Path, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    material = open_run_data(configure(corpus=evaluated[1]["computed_from"]["corpus"]))
    rows = np.arange(30)
    whole = counterfactuals_of(material, rows, seed=0)
    asked, real = [], Corpus.counterfactual

    def counterfactual(self: Corpus, indices: np.ndarray, **factors: np.ndarray) -> np.ndarray:
        asked.append(len(indices))
        return real(self, indices, **factors)

    monkeypatch.setattr(Corpus, "counterfactual", counterfactual)
    monkeypatch.setattr(corpora, "CHUNK_CLIPS", 7)
    parts = counterfactuals_of(material, rows, seed=0)
    assert asked == [7, 7, 7, 7, 2]
    assert whole is not None
    assert parts is not None
    assert np.array_equal(parts.x_cf, whole.x_cf)


def test_another_corpus_in_its_place_is_refused(evaluated: tuple[Path, dict]) -> None:
    corpus = evaluated[1]["computed_from"]["corpus"]
    with pytest.raises(DsoundsError, match="the run was trained on 123"):
        open_run_data(configure(corpus=corpus, corpus_id="123"))
