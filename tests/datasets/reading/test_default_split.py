"""The split that was asked for is the one that is meant where none is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, open_corpus
from dsounds.datasets.export import export
from dsounds.datasets.generation.generate import repair
from dsounds.datasets.reading.split_words import split_words
from dsounds.datasets.reading.torch_datasets import ClipDataset
from dsounds.datasets.storage import manifest as manifests
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.fitting.run_data import open_run_data
from dsounds.train.settings.config_file import read_config
from dsounds.train.settings.presets import configure

CELL = "instrument=trumpet octave=5"
HELD = DMelodies(count=24, octaves=(4, 5), seed=5, hold_out=(CELL,))
SMALL = {"epochs": 2, "stage1_epochs": 1, "threads": 1}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(HELD, tmp_path_factory.mktemp("held") / "corpus", progress=False)


@pytest.fixture
def earlier(held: Path, tmp_path: Path) -> Path:
    """The corpus as an earlier version wrote it: its first split is by melody."""
    folder = tmp_path / "earlier"
    generate(HELD, folder, progress=False)
    manifest = manifests.read(folder)
    splits = list(HELD.split_names)
    manifests.write(folder, replace(manifest, splits=splits))
    assert open_corpus(folder).splits == ("melody", "random", "held-out")
    return folder


def cell(folder: Path) -> set[int]:
    """The clips of the cell, by their values."""
    values = open_corpus(folder).values
    return set(np.flatnonzero((values[:, 1] == 5) & (values[:, -1] == 56)).tolist())


def test_whatever_reads_a_part_leaves_the_cell_out(held: Path, tmp_path: Path) -> None:
    corpus = open_corpus(held)
    assert corpus.splits[0] == open_corpus(HELD).splits[0] == "held-out"
    clips, wanted = ClipDataset(corpus, "train"), set(corpus.split("train", "held-out").tolist())
    for numbers in (corpus.split("train"), clips.numbers, open_corpus(HELD).split("train")):
        assert set(numbers.tolist()) == wanted
        assert not cell(held) & wanted
    assert set(corpus.split("test").tolist()) == cell(held)
    export(corpus, "wav", tmp_path / "wav")
    assert len(list((tmp_path / "wav" / "test").glob("*.wav"))) == len(cell(held))
    melody = set(corpus.split("train", "melody").tolist())
    assert melody & cell(held)  # by melody the cell is trained on


def test_ranges_come_after_combinations_and_need_no_company() -> None:
    both = replace(HELD, extrapolate=("octave>=5",))
    assert both.splits_by_default == ("held-out", "range", "melody", "random")
    assert replace(both, hold_out=()).splits_by_default == ("range", "melody", "random")
    assert replace(HELD, hold_out=()).splits_by_default == ("melody", "random")


def test_the_bytes_and_the_id_do_not_depend_on_the_default(held: Path, earlier: Path) -> None:
    assert open_corpus(held).id == open_corpus(earlier).id
    shard = "shard-00000.h5"
    assert (held / shard).read_bytes() == (earlier / shard).read_bytes()


def test_a_corpus_of_an_earlier_version_keeps_its_default(earlier: Path) -> None:
    before = (earlier / "corpus.json").read_bytes()
    generate(HELD, earlier, progress=False)
    (earlier / "shard-00000.h5").unlink()
    assert repair(HELD, earlier, progress=False) == ["shard-00000.h5"]
    assert (earlier / "corpus.json").read_bytes() == before
    corpus = open_corpus(earlier)
    assert set(corpus.split("train").tolist()) == set(corpus.split("train", "melody").tolist())


def test_training_leaves_the_cell_out_and_says_so(
    held: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = train_on_corpus(configure("ts-dsae", str(held), **SMALL), tmp_path / "run")
    assert f"split held-out: clips of {CELL} are in the part test alone" in capfd.readouterr().err
    assert read_config(run / "config.toml").split == "held-out"
    data = open_run_data(read_config(run / "config.toml"))
    assert data.split == "held-out"
    assert not cell(held) & {*data.train.tolist(), *data.scored.tolist()}
    again = ("train", "ts-dsae", "--corpus", held, "--out", run, "--epochs", 2)
    flags = ("--stage1-epochs", 1, "--threads", 1)
    assert main([*map(str, (*again, *flags))]) == 0  # the same command finds the same run
    assert "finished already" in capfd.readouterr().err


@pytest.mark.parametrize("on_demand", [False, True])
def test_a_run_of_an_earlier_version_keeps_its_split(
    on_demand: bool, held: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It did not name the split by melody, whatever the first one of its corpus is now."""
    place = str(held)
    if on_demand:
        recipe = tmp_path / "held.toml"
        recipe.write_text(
            f"kind = 'dmelodies'\ncount = 24\noctaves = [4, 5]\nseed = 5\nhold_out = ['{CELL}']"
        )
        place = str(recipe)
    config = configure("ts-dsae", place, split="melody", **SMALL)
    run = train_on_corpus(config, tmp_path / "run")
    stored = read_config(run / "config.toml")
    assert stored.split == ""  # as all versions wrote it
    assert open_run_data(stored).split == "melody"
    assert "what the corpus holds out is trained on" in capfd.readouterr().err
    again = ("train", "ts-dsae", "--corpus", place, "--out", run, "--epochs", 2)
    flags = ("--stage1-epochs", 1, "--threads", 1)
    assert main([*map(str, (*again, *flags))]) == 0
    assert "finished already" in capfd.readouterr().err
    assert main([*map(str, (*again, *flags)), "--split", "random"]) == 2


def test_export_says_which_split_it_used(
    held: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = f"split held-out: clips of {CELL} are in the part test alone"
    assert main(["export", str(held), "--format", "npz", "--out", str(tmp_path / "a.npz")]) == 0
    assert told in capsys.readouterr().out
    out = ["--out", str(tmp_path / "b.npz"), "--split", "melody"]
    assert main(["export", str(held), "--format", "npz", *out]) == 0
    assert "what the corpus holds out is trained on (not by --split held-out)" in (
        capsys.readouterr().out
    )


def test_nothing_is_said_where_nothing_is_held_out() -> None:
    assert split_words(open_corpus(DMelodies(count=4))) == ""
