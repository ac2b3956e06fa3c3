"""SCAN: its three terms, the directions of its KLs, its operators, what labels tell, its stages."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from dsounds.datasets import Corpus, Sinusoids, generate, open_corpus
from dsounds.datasets.concepts import concept_file
from dsounds.datasets.concepts.concept import OPERATORS, Concept
from dsounds.datasets.concepts.recombine import NAMES
from dsounds.datasets.reading.features import features
from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.families.scan import FAMILY, SYMBOLS, VAE, scan_terms, symbol_terms
from dsounds.train.models.families.scan import OPERATORS as OPERATOR_PARTS
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.models.symbols.scan_labels import concepts_of, label_rows
from dsounds.train.models.symbols.scan_model import Operators, Scan
from dsounds.train.models.symbols.scan_settings import ScanConfig, ScanObjectiveConfig
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import configure

SIZES = {"v_dim": 4, "clip_hidden": 16, "frame_hidden": (8, 4), "symbol_hidden": (12,)}
LABELS = {"labelled": 0.3, "recombinations": 2, "test_clips": 2, "examples": 40}
EPOCHS = {"epochs": 6, "stage1_epochs": 2, "symbol_epochs": 2, "threads": 1}


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Short tones whose pitch, tilt and noise vary."""
    recipe = Sinusoids(
        count=120,
        seconds=0.5,
        pitches=(48, 54, 60, 66, 72),
        tilts=(0, -6, -12),
        odd_evens=(0, -24),
        levels=(-33, -15),
        hnrs=(30, 6),
        seed=1,
    )
    return open_corpus(generate(recipe, tmp_path_factory.mktemp("scan") / "tones", progress=False))


def config_of(corpus: Corpus, **changes: object) -> RunConfig:
    own = SIZES | LABELS | EPOCHS | changes
    return configure("scan", str(corpus.folder), corpus_id=corpus.id, **own)


def toy(seed: int = 0, symbols: int = 5) -> Scan:
    sizes = ScanConfig(**SIZES)
    return FAMILY.new_model(sizes, DataShape(mel=6, frames=7, symbols=symbols), seed)


def clips(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 7, 6, generator=torch.Generator().manual_seed(seed))


def normal(q: Gaussian) -> Normal:
    return Normal(q.mean, torch.exp(0.5 * q.logvar))


def test_the_three_terms_are_those_of_the_paper() -> None:
    model, x = toy(), clips(3)
    said = torch.tensor([[1, 0, 1, 0, 0], [0, 0, 0, 0, 1], [0, 1, 0, 0, 0]], dtype=torch.uint8)
    found = symbol_terms(model, x, said, torch.Generator().manual_seed(5))
    q_y = normal(model.symbol_encoder(said))
    noise = torch.randn(3, 4, generator=torch.Generator().manual_seed(5))
    probable = torch.sigmoid(model.symbol_decoder(q_y.mean + q_y.stddev * noise))
    log_p = torch.where(said.bool(), probable, 1 - probable).log().sum(dim=1)
    torch.testing.assert_close(found["symbols"], -log_p.mean())
    prior = kl_divergence(q_y, Normal(0.0, 1.0)).sum(dim=1).mean()
    torch.testing.assert_close(found["symbol_kl"], prior)
    q_x = normal(model.posterior(x))
    torch.testing.assert_close(found["grounding"], kl_divergence(q_x, q_y).sum(dim=1).mean())
    wrong_way = kl_divergence(q_y, q_x).sum(dim=1).mean()
    assert (found["grounding"] - wrong_way).abs() > 1e-3


def test_the_operators_are_compared_with_the_clip_in_the_same_direction() -> None:
    model, x = toy(), clips(2)
    first = torch.tensor([[1, 0, 0, 0, 0], [0, 1, 0, 0, 1]])
    second = torch.tensor([[0, 0, 1, 0, 0], [0, 1, 0, 0, 0]])
    operator = torch.tensor([0, 2], dtype=torch.uint8)
    extras = {"example_x": x, "operator": operator, "first": first, "second": second}
    batch = Batch(x, torch.arange(2), extras=extras)
    found = scan_terms(model, batch, ScanObjectiveConfig(), FAMILY.stages[2], torch.Generator())
    q_r = normal(model.recombine(operator, first, second))
    expected = kl_divergence(normal(model.posterior(x)), q_r).sum(dim=1).mean()
    torch.testing.assert_close(found, {"operators": expected})


def test_no_gradient_reaches_what_a_stage_has_frozen() -> None:
    model, said = toy(), torch.eye(3, 5)
    sum(symbol_terms(model, clips(3), said, torch.Generator()).values()).backward()
    assert all(p.grad is None for part in VAE for p in getattr(model, part).parameters())
    assert all(p.grad is not None for part in SYMBOLS for p in getattr(model, part).parameters())


def test_lambda_and_beta_weigh_the_terms() -> None:
    weights = {row.name: row.weight for row in FAMILY.terms}
    assert (weights["symbols"], weights["operators"]) == ("", "")
    settings = ScanObjectiveConfig()
    assert getattr(settings, weights["symbol_kl"]) == 1
    assert getattr(settings, weights["grounding"]) == 10


def drawn_concepts(n: int, generator: torch.Generator) -> tuple[torch.Tensor, Gaussian]:
    """Which dimensions a concept specifies, (n, 3), and its Gaussian: N(0, 1) elsewhere."""
    specified = torch.rand(n, 3, generator=generator) < 0.5
    mean = torch.where(specified, torch.randn(n, 3, generator=generator), 0.0)
    return specified, Gaussian(mean, torch.where(specified, -4.0, 0.0))


def test_operators_learn_what_they_mean() -> None:
    """Dimensions are specified or free; the clips of a result are narrow, and anywhere if free."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        operators = Operators((48,))
    adam = torch.optim.Adam(operators.parameters(), lr=1e-2)

    def examples(n: int) -> tuple[torch.Tensor, Gaussian, Gaussian, torch.Tensor, torch.Tensor]:
        operator = torch.randint(3, (n,), generator=generator)
        in_a, a = drawn_concepts(n, generator)
        in_b, b = drawn_concepts(n, generator)
        # the operands of IN COMMON agree where both speak, those of IGNORE and AND do, too
        b = Gaussian(torch.where(in_a & in_b, a.mean, b.mean), b.logvar)
        results = torch.stack([in_a | in_b, in_a & in_b, in_a & ~in_b])
        kept = results[operator, torch.arange(n)]
        value = torch.where(in_a, a.mean, b.mean)
        return operator, a, b, kept, value

    for step in range(400):
        adam.param_groups[0]["lr"] = 1e-2 * (1 - step / 400)
        operator, a, b, kept, value = examples(256)
        there = torch.where(kept, value, torch.randn(256, 3, generator=generator))
        q_x = Gaussian(there, torch.full_like(there, -4.0))
        loss = q_x.kl(operators(operator, a, b)).sum(dim=-1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    operator, a, b, kept, value = examples(500)
    with torch.no_grad():
        q = operators(operator, a, b)
    for number in range(len(NAMES)):
        own = operator == number
        narrow, free = own[:, None] & kept, own[:, None] & ~kept
        assert (q.mean - value)[narrow].abs().mean() < 0.15
        assert q.logvar[narrow].mean() < -2
        assert q.mean[free].abs().mean() < 0.25
        assert q.logvar[free].exp().mean() == pytest.approx(1, abs=0.3)


def test_an_operator_is_the_one_of_its_name() -> None:
    model, said = toy(), torch.eye(3, 5)
    together = model.recombine(torch.tensor([2, 0, 1]), said, said.flip(0))
    for row, number in enumerate((2, 0, 1)):
        alone = model.recombine(
            torch.tensor([number]), said[row : row + 1], said[2 - row : 3 - row]
        )
        torch.testing.assert_close(together.mean[row], alone.mean[0])
    assert tuple(OPERATORS) == NAMES


def test_sounds_of_symbols_vary_and_symbols_of_sounds_are_probabilities() -> None:
    model = toy()
    x = model.sounds_of(torch.eye(2, 5), 3, torch.Generator().manual_seed(0))
    assert x.shape == (2, 3, 7, 6)
    assert not torch.equal(x[0, 0], x[0, 1])
    again = model.sounds_of(torch.eye(2, 5), 3, torch.Generator().manual_seed(0))
    assert torch.equal(x, again)
    told = model.symbols_of(clips(4))
    assert told.shape == (4, 5)
    assert ((told > 0) & (told < 1)).all()
    wide = model.symbol_encoder(torch.eye(2, 5))
    many = model.sounds_of(torch.eye(2, 5), 4000, torch.Generator().manual_seed(1))
    expected = model.decode(None, wide.at(torch.arange(2).repeat_interleave(4000)).sample(None))
    difference = many.mean(dim=1) - expected.unflatten(0, (2, 4000)).mean(dim=1)
    assert difference.abs().max() < 0.1  # the same distribution


def test_labels_are_of_few_clips_and_never_of_what_is_held_out(tones: Corpus) -> None:
    config = config_of(tones)
    rows, content = label_rows(tones, config), concepts_of(tones, config)
    x, pairs = features(tones, config.features), content.pairs
    train, validation = tones.split("train"), tones.split("validation")
    assert len(pairs.held_out) == 2
    held = np.any([concept.contains(tones.classes) for concept in pairs.held_out], axis=0)
    assert held[train].any()
    assert len(pairs.clip) == round(0.3 * len(train))
    for part in (train, validation):
        for name in ("label_x", "example_x"):
            shown = rows[name][part]
            same = (shown[:, None] == x[None]).all(axis=(2, 3))
            assert (same.sum(axis=1) == 1).all()
            clips_shown = same.argmax(axis=1)
            assert set(clips_shown.tolist()) <= set(part.tolist())
            assert not held[clips_shown].any()
            if part is train:
                assert set(clips_shown.tolist()) <= set(pairs.clip.tolist())
            if name == "label_x":  # what is said is true of the clip that is shown
                true = pairs.khot[clips_shown].astype(bool)
                said = rows["said"][part].astype(bool)
                assert (true | ~said).all()
                assert said.any(axis=1).all()
            else:
                check_examples(rows, part, clips_shown, tones)


def check_examples(rows: dict, part: np.ndarray, shown: np.ndarray, tones: Corpus) -> None:
    """The clip is one of what the operator makes of the two operands."""
    for place, clip in zip(part[:12], shown[:12], strict=True):
        first, second = (
            Concept.of_khot(tones.vocabulary, rows[name][place]) for name in ("first", "second")
        )
        made = OPERATORS[NAMES[rows["operator"][place]]](first, second)
        assert made.contains(tones.classes[[clip]]).all()


def test_true_symbols_of_clips_without_label_change_nothing(tones: Corpus, tmp_path: Path) -> None:
    """Those of the training part; the validation part has labels of its own."""
    config = config_of(tones)
    content = concepts_of(tones, config)
    khot, train = content.pairs.khot.copy(), tones.split("train")
    unlabelled = np.setdiff1d(train, content.pairs.clip)
    khot[unlabelled] = 1 - khot[unlabelled]
    concept_file.write(content, tmp_path / "true.h5")
    changed = replace(content, pairs=replace(content.pairs, khot=khot))
    concept_file.write(changed, tmp_path / "changed.h5")
    drawn = label_rows(tones, config)
    for name in ("true", "changed"):
        read = label_rows(tones, config_of(tones, concepts=str(tmp_path / f"{name}.h5")))
        assert drawn.keys() == read.keys()
        everything = np.arange(len(tones))
        for key, values in drawn.items():
            assert np.array_equal(values[everything], read[key][everything])
    # and the terms have no use for the symbols that a batch holds of its clips
    model = toy(symbols=len(tones.vocabulary))
    said = torch.from_numpy(drawn["said"][train[:4]])
    batch = Batch(clips(4), torch.arange(4), extras={"label_x": clips(4, 1), "said": said})
    weights, stage = ScanObjectiveConfig(), FAMILY.stages[1]
    one, other = (
        scan_terms(model, given, weights, stage, torch.Generator().manual_seed(0))
        for given in (batch, replace(batch, symbols=torch.ones(4, len(tones.vocabulary))))
    )
    assert one == other


def test_a_file_of_another_split_is_refused(tones: Corpus, tmp_path: Path) -> None:
    content = concepts_of(tones, config_of(tones))
    concept_file.write(replace(content, split="melody"), tmp_path / "other.h5")
    config = config_of(tones, concepts=str(tmp_path / "other.h5"))
    with pytest.raises(DsoundsError, match="labels by the split 'melody', the run trains by 'ran"):
        concepts_of(tones, config)


def test_each_stage_learns_and_an_interrupted_run_gives_the_same(
    tones: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tones, epochs=9, stage1_epochs=3, symbol_epochs=3)
    assert [config.stage_at(epoch) for epoch in range(9)] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    whole = train_on_corpus(config, tmp_path / "whole")
    rows = read_metrics(whole / "metrics.csv")
    losses = [float(row["train_loss"]) for row in rows]
    assert all(losses[k] > losses[k + 2] for k in (0, 3, 6))
    step = TrainingModule.training_step
    for epoch in (1, 4, 7):
        with monkeypatch.context() as patch:
            patch.setattr(
                TrainingModule,
                "training_step",
                lambda own, n, epoch=epoch: step(own, n) if own.current_epoch < epoch else 1 / 0,
            )
            with pytest.raises(ZeroDivisionError):
                train_on_corpus(config, tmp_path / "stopped")
    train_on_corpus(config, tmp_path / "stopped")
    first, second = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True)["state_dict"]
        for name in ("whole", "stopped")
    )
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
    run = load_run(whole)
    assert run.model.symbols_of(
        torch.from_numpy(features(tones, config.features)[:2].copy())
    ).shape == (
        2,
        len(tones.vocabulary),
    )


def test_a_stage_changes_its_own_parts_alone(tones: Corpus, tmp_path: Path) -> None:
    seen: list[dict] = []
    config = config_of(tones, epochs=3, stage1_epochs=1, symbol_epochs=1)
    real = TrainingModule._enter

    def enter(self: TrainingModule, index: int) -> None:
        seen.append({name: p.detach().clone() for name, p in self.model.named_parameters()})
        real(self, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingModule, "_enter", enter)
        out = train_on_corpus(config, tmp_path / "run")
    seen.append(dict(load_run(out).model.named_parameters()))
    changed = [
        {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}
        for before, after in pairwise(seen)
    ]
    assert changed == [set(VAE), set(SYMBOLS), set(OPERATOR_PARTS)]


def test_the_parts_of_the_vae_fit_those_of_the_family_beta_vae() -> None:
    """So that a run of beta-vae can be given as its first stage."""
    row = configure("beta-vae").row
    sizes = {name: value for name, value in SIZES.items() if name != "symbol_hidden"}
    vae = row.new_model(row.model(**sizes), DataShape(6, 7))
    scan = toy().state_dict()
    for name, values in vae.state_dict().items():
        assert scan[name].shape == values.shape


def test_no_epoch_left_is_told_with_the_settings_that_give_them() -> None:
    with pytest.raises(DsoundsError, match="as stage1_epochs is 10, symbol_epochs is 30; raise"):
        configure("scan", epochs=40, stage1_epochs=10, symbol_epochs=30)


def test_a_trained_beta_vae_is_the_first_stage(tones: Corpus, tmp_path: Path) -> None:
    own = {name: value for name, value in SIZES.items() if name != "symbol_hidden"}
    place = {"corpus": str(tones.folder), "corpus_id": tones.id}
    vae = configure("beta-vae", **place, **own, epochs=2, threads=1)
    first = train_on_corpus(vae, tmp_path / "vae")
    config = config_of(tones, stage1_epochs=0, symbol_epochs=1, epochs=2, initial=str(first))
    assert [config.stage_at(epoch) for epoch in range(2)] == [1, 2]
    second = load_run(train_on_corpus(config, tmp_path / "scan")).model.state_dict()
    for name, values in load_run(first).model.state_dict().items():
        assert torch.equal(second[name], values), name
