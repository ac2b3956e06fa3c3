"""Corpora without files: the same object, the same bytes; clips for torch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from dsounds.datasets import (
    Corpus,
    DMelodies,
    FrameGrid,
    features,
    generate,
    load_recipe,
    open_corpus,
)
from dsounds.datasets.factors.sampling import entropies
from dsounds.datasets.reading.torch_datasets import ClipDataset, Rendered
from dsounds.datasets.recipes import registry
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.fitting import run as runs
from dsounds.train.fitting import run_data
from dsounds.train.fitting.run import load_run, train, train_on_corpus
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.presets import configure

EVERY = np.arange(40)
COLUMNS = (
    "classes", "values", "notes", "index", "peak", "concepts", "splits/melody", "splits/random",
)  # fmt: skip


@pytest.fixture(scope="module")
def virtual(small_recipe: DMelodies) -> Corpus:
    return open_corpus(small_recipe)


def test_the_same_corpus_with_and_without_files(small: Corpus, virtual: Corpus) -> None:
    assert (len(virtual), virtual.id, virtual.space) == (len(small), small.id, small.space)
    assert virtual.folder is None
    assert virtual.splits == small.splits
    np.testing.assert_array_equal(virtual.pcm(EVERY), small.pcm(EVERY))
    for column in COLUMNS:
        np.testing.assert_array_equal(
            virtual.source.rows(column, None), small.source.rows(column, None), column
        )
        np.testing.assert_array_equal(
            virtual.source.rows(column, EVERY[5:9]), small.source.rows(column, EVERY[5:9]), column
        )
    np.testing.assert_array_equal(
        virtual.counterfactual([3], instrument="trumpet"),
        small.counterfactual([3], instrument="trumpet"),
    )


def test_everything_that_moves_is_the_same_in_shards(tmp_path: Path) -> None:
    recipe = DMelodies(
        count=12, sampling="uniform", crossfade=True, crescendos=(-6.0, 6.0),
        velocities=(50, 100), tempos=(100.0, 140.0), seed=2,
    )  # fmt: skip
    folder = generate(recipe, tmp_path / "c", shard_size=5, progress=False)
    stored, virtual = open_corpus(folder), open_corpus(recipe)
    np.testing.assert_array_equal(stored.pcm(EVERY[:12]), virtual.pcm(EVERY[:12]))
    assert stored.clip_samples == 16 * 4800
    peaks = np.abs(stored.pcm(EVERY[:12]).astype(int)).max(axis=1)
    quiet = stored.values[:, stored.space.column("velocity")] == 50
    np.testing.assert_array_equal(peaks, np.where(quiet, 8192, 32_767))  # (1/2)^2 of full scale


def test_features_of_a_corpus_without_files(virtual: Corpus, small: Corpus) -> None:
    np.testing.assert_array_equal(features(virtual), features(small))


def test_any_clip_of_the_whole_space() -> None:
    corpus = open_corpus(load_recipe("full"))
    assert len(corpus) == 1_354_752 * 77
    last = len(corpus) - 1
    classes, values = corpus.labels([0, last])
    assert classes[0].tolist() == [0] * 10
    assert values[1].tolist() == [11, 6, 2, 27, 27, 1, 1, 1, 1, 127]
    assert corpus.notes([last])["pitch"].max() == 109
    assert np.abs(corpus.audio([12_345_678])).max() == 1


@pytest.mark.parametrize("name", registry.names())
def test_named_recipes(name: str) -> None:
    corpus = open_corpus(load_recipe(name))
    assert registry.about(name)
    assert np.abs(corpus.pcm([0, 7]).astype(int)).max() > 1000
    if len(corpus) < 10_000:
        parts = [corpus.split(part) for part in ("train", "validation", "test")]
        assert sorted(np.concatenate(parts)) == list(range(len(corpus)))


def test_recipes_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DsoundsError, match="unknown recipe 'paperr', did you mean 'paper'"):
        load_recipe("paperr")
    file = tmp_path / "own.toml"
    for text, says in (
        ("kind = 'dmelodies'\ncout = 3", "did you mean 'count'"),
        ("kind = dmelodies", "is not valid TOML"),
        ("count = 3", "there is no kind: dmelodies or sinusoids is needed"),
        ("kind = 'dmelodies'\noctaves = 4", "octaves is 4: a list is needed"),
        ("kind = 'dmelodies'\ncount = [4]", "count is .4,.: an integer is needed"),
        ("kind = 'dmelodies'\ncount = 'many'", "count is 'many': an integer"),
        ("kind = 'dmelodies'\nvalidation = 'some'", "validation is 'some'"),
    ):
        file.write_text(text)
        with pytest.raises(DsoundsError, match=says):
            load_recipe(file)
    with pytest.raises(DsoundsError, match="cannot be read: No such file"):
        load_recipe(tmp_path / "none.toml")


@pytest.mark.process
@pytest.mark.parametrize("method", [None, "fork", "spawn"])
def test_clips_for_torch(virtual: Corpus, small: Corpus, method: str | None) -> None:
    clips = ClipDataset(virtual, "validation", features=LogMelSettings())
    workers = {None: 0, "fork": 2, "spawn": 1}[method]
    loader = DataLoader(clips, batch_size=3, num_workers=workers, multiprocessing_context=method)
    batches = list(loader)
    numbers = torch.cat([batch["clip"] for batch in batches]).numpy()
    np.testing.assert_array_equal(numbers, small.split("validation"))
    sound = torch.cat([batch["audio"] for batch in batches]).numpy()
    np.testing.assert_array_equal(sound, small.audio(numbers))
    mel = torch.cat([batch["log_mel"] for batch in batches]).numpy()
    np.testing.assert_array_equal(mel, log_mel(small.audio(numbers)))
    classes = torch.cat([batch["classes"] for batch in batches]).numpy()
    np.testing.assert_array_equal(classes, small.classes[numbers])


def test_clips_with_the_truth_of_their_frames(small: Corpus) -> None:
    grid = FrameGrid(512, 1024, centred=False)
    batch = ClipDataset(small, grid=grid).batch([3, 1])
    truth = small.frames([3, 1], grid)
    for name, column in vars(truth).items():
        np.testing.assert_array_equal(batch[name].numpy(), column)
    assert {"pitch", "onset", "rest"} <= set(vars(truth))


def test_clips_with_values_and_notes(small: Corpus) -> None:
    batch = ClipDataset(small, "validation", notes=True).batch([2, 0])
    numbers = small.split("validation")[[2, 0]]
    np.testing.assert_array_equal(batch["values"].numpy(), small.values[numbers])
    notes = small.notes(numbers)
    for column, name in enumerate(("onset_sample", "offset_sample", "pitch", "velocity")):
        np.testing.assert_array_equal(batch["notes"][..., column].numpy(), notes[name])
    assert "notes" not in ClipDataset(small).batch([0])


def test_clips_are_transformed_one_by_one(small: Corpus) -> None:
    clips = ClipDataset(small, transform=lambda clip: (clip["audio"].abs().sum(), clip["clip"]))
    sums, numbers = next(iter(DataLoader(clips, batch_size=5)))
    assert numbers.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(sums, np.abs(small.audio(range(5))).sum(axis=1), rtol=1e-5)
    assert clips[3][1] == 3


def test_clips_one_by_one(small: Corpus) -> None:
    clips = ClipDataset(small)
    assert len(clips) == len(list(clips)) == 40
    np.testing.assert_array_equal(clips[-1]["audio"].numpy(), small.audio([39])[0])
    with pytest.raises(IndexError):
        clips[40]


def test_rendered_features_are_those_of_the_stored_corpus(virtual: Corpus, small: Corpus) -> None:
    rendered, stored = Rendered(virtual), features(small)
    assert rendered.shape == stored.shape
    for clips in (EVERY, EVERY[7:9], slice(3, 6)):
        power = np.exp(stored[clips]) - 1e-5
        assert np.abs(np.exp(rendered[clips]) - 1e-5 - power).max() < 1e-6 * power.max()


@pytest.mark.slow
def test_a_model_trains_on_a_corpus_without_files(tmp_path: Path) -> None:
    config = configure("ts-dsae", "tiny", epochs=2, stage1_epochs=1, threads=1)
    folder = train_on_corpus(config, tmp_path / "run")
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert evaluate(folder)["computed_from"]["corpus"] == "tiny"
    # the same run on the stored corpus differs only by how log-mel is rounded
    stored = generate(load_recipe("tiny"), tmp_path / "corpus", progress=False)
    other = train_on_corpus(replace(config, corpus=str(stored)), tmp_path / "other")
    losses = [(f / "metrics.csv").read_text().splitlines()[-1].split(",") for f in (folder, other)]
    assert float(losses[0][3]) == pytest.approx(float(losses[1][3]), rel=1e-4)


def test_an_epoch_may_have_some_of_the_clips(virtual: Corpus, tmp_path: Path) -> None:
    """Each draws its own, the same ones when a run is made again."""
    drawn: dict[str, list[np.ndarray]] = {}

    class Noted(Rendered):
        def tensor(self, clips: np.ndarray) -> torch.Tensor:
            drawn[name].append(clips)
            return super().tensor(clips)

    train_part, validation = virtual.split("train"), virtual.split("validation")
    small = {"epochs": 2, "threads": 1, "batch_size": 4, "z_dim": 4, "epoch_clips": 10}
    config = configure("dsae", **small)
    for name in ("one", "two"):
        drawn[name] = []
        train(config, Noted(virtual), train_part, validation, tmp_path / name)
    epochs = [np.concatenate(drawn["one"][-6:-3]), np.concatenate(drawn["one"][-3:])]
    for clips in epochs:
        assert len(set(clips)) == 10
        assert set(clips) <= set(train_part)
    assert set(epochs[0]) != set(epochs[1])
    np.testing.assert_array_equal(np.concatenate(drawn["two"][-6:]), np.concatenate(epochs))


def test_an_epoch_of_a_large_rendered_corpus_is_bounded(
    virtual: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was chosen stands in config.toml."""
    monkeypatch.setattr(run_data, "STREAMED_EPOCH", 8)
    parts = virtual.split("train"), virtual.split("validation")
    for given, stored in ((0, 8), (12, 12)):
        config = configure("dsae", epochs=1, threads=1, z_dim=4, epoch_clips=given)
        for _ in range(2):  # again: it is the same run
            folder = runs.train(config, Rendered(virtual), *parts, tmp_path / str(given))
        assert load_run(folder).config.training.epoch_clips == stored


def test_the_joint_distribution_of_dependent_factors_is_stored(tmp_path: Path) -> None:
    recipe = replace(load_recipe("correlated"), count=300)
    corpus = open_corpus(generate(recipe, tmp_path / "c", progress=False))
    joint = corpus.manifest.joint
    assert joint["factors"] == ["instrument", "octave"]
    np.testing.assert_array_equal(corpus.joint("instrument", "octave"), joint["counts"])
    h = entropies(corpus.joint("instrument", "octave"))
    assert h.a_given_b == pytest.approx(joint["entropies"]["a_given_b"])
    assert 0 < h.a_given_b < h.a == pytest.approx(np.log(3))


def test_the_joint_distribution_of_some_clips_is_their_own() -> None:
    corpus = open_corpus(replace(load_recipe("correlated"), count=300))
    whole, pair = corpus.joint("instrument", "octave"), ("instrument", "octave")
    parts = [corpus.joint(*pair, corpus.split(part)) for part in ("train", "validation")]
    np.testing.assert_array_equal(sum(parts), whole)
    first = corpus.joint(*pair, [0])
    classes = corpus.classes[0, [corpus.space.column(name) for name in pair]]
    assert first.shape == whole.shape
    assert (first.sum(), first[tuple(classes)]) == (1, 1)
