"""What is stored in each format is opened, verified, finished, repaired, trained on and scored.

The files are those of tests/golden (see README.md there). What renders sound again needs the
FluidSynth and the SoundFont that they were made with; it is skipped where others are installed.
"""

import csv
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import Recipe, features, generate, load_recipe, open_corpus
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.concepts import concept_file
from dsounds.datasets.generation.generate import repair
from dsounds.errors import DsoundsError
from dsounds.hashing import file_sha256
from dsounds.soundfonts import find_font
from dsounds.synth.rendering import fluidsynth
from dsounds.train.fitting.run import load_run, train_on_corpus
from dsounds.train.report import report
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.config import RunConfig

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = {
    form: json.loads((GOLDEN / form / "expected.json").read_text())
    for form in ("format3", "format4")
}
CORPORA: dict[str, dict[str, Any]] = {
    f"{form}/{name}": about
    for form, own in EXPECTED.items()
    for name, about in own["corpora"].items()
}
UNFINISHED = {f"{form}/unfinished": own["unfinished"] for form, own in EXPECTED.items()}
RUNS = EXPECTED["format3"]["runs"]
RENDERED = [name for name, about in CORPORA.items() if about["fluidsynth"] != "none"]
SHARDS = [f"{name}/{path.name}" for name in RENDERED for path in (GOLDEN / name).glob("*.h5")]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of all files, which a test may change."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "golden"))


@pytest.fixture
def format3(golden: Path) -> Path:
    return golden / "format3"


def recipe_of(name: str) -> Recipe:
    return load_recipe(GOLDEN / f"{name}.toml")


def same_sound(name: str) -> bool:
    """Whether what a corpus was made with is installed."""
    about = (CORPORA | UNFINISHED)[name]
    try:
        here = fluidsynth.version(), file_sha256(find_font(recipe_of(name).soundfont))
    except DsoundsError:
        return False
    return here == (about["fluidsynth"], about["soundfont_sha256"])


def need_same_sound(name: str) -> None:
    if not same_sound(name):
        pytest.skip(f"{name} was made with another FluidSynth or SoundFont")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def check(folder: Path, expected: dict[str, Any]) -> None:
    """A corpus is what it was when it was made."""
    corpus = open_corpus(folder)
    pcm = corpus.pcm(np.arange(len(corpus)))
    assert (corpus.id, len(corpus)) == (expected["id"], expected["clips"])
    assert {name: corpus.parts(name).tolist() for name in corpus.splits} == expected["splits"]
    classes = corpus.classes.astype("<i8").tobytes()
    assert hashlib.sha256(classes).hexdigest() == expected["classes_sha256"]
    assert hashlib.sha256(pcm.tobytes()).hexdigest() == expected["audio_sha256"]


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_opens(golden: Path, name: str) -> None:
    check(golden / name, CORPORA[name])


@pytest.mark.parametrize("name", RENDERED)
def test_its_recipe_is_the_same_corpus(golden: Path, name: str) -> None:
    """Nothing is made; croissant.json and datasheet.md are no part of it."""
    need_same_sound(name)
    before = snapshot(golden / name)
    generate(recipe_of(name), golden / name, progress=False)
    assert snapshot(golden / name) == before


def test_on_demand_it_has_the_id_of_the_latest_format() -> None:
    name = "format4/melodies"
    need_same_sound(name)
    assert open_corpus(recipe_of(name)).id == CORPORA[name]["id"]


@pytest.mark.parametrize("name", CORPORA)
def test_verify_finds_no_problem(golden: Path, name: str) -> None:
    again = name in RENDERED and same_sound(name)
    found = verify(golden / name, sample=32 if again else 0)
    other = [text for text in found.problems if again or "cannot render again" not in text]
    assert other == []
    assert found.rerendered == (found.clips if again else 0)


@pytest.mark.parametrize("form", EXPECTED)
def test_verify_names_a_damaged_file(golden: Path, form: str) -> None:
    folder = golden / form / "recordings"
    path = folder / "shard-00000.h5"
    path.write_bytes(path.read_bytes().replace(b"dsounds seal", b"dsounds sea1"))
    assert "shard-00000.h5 is damaged" in verify(folder).problems[0]


@pytest.mark.parametrize("name", UNFINISHED)
def test_an_unfinished_corpus_is_finished(golden: Path, name: str) -> None:
    need_same_sound(name)
    folder = golden / name
    with pytest.raises(DsoundsError, match="not complete"):
        open_corpus(folder)
    first = (folder / "shard-00000.h5").read_bytes()
    generate(recipe_of(name), folder, progress=False)
    check(folder, UNFINISHED[name])
    assert (folder / "shard-00000.h5").read_bytes() == first
    assert verify(folder).problems == []


@pytest.mark.parametrize("path", SHARDS)
def test_a_lost_shard_is_made_again(golden: Path, path: str) -> None:
    shard = golden / path
    name = path.rpartition("/")[0]
    need_same_sound(name)
    before = shard.read_bytes()
    shard.unlink()
    assert repair(recipe_of(name), shard.parent, progress=False) == [shard.name]
    assert shard.read_bytes() == before


@pytest.mark.parametrize("name", RENDERED)
def test_a_lost_list_of_shards_is_made_again(golden: Path, name: str) -> None:
    need_same_sound(name)
    (golden / name / "corpus.json").unlink()
    made = repair(recipe_of(name), golden / name, progress=False)
    assert made == ["corpus.json"]
    check(golden / name, CORPORA[name])


def test_concepts_are_read(format3: Path) -> None:
    expected = EXPECTED["format3"]["concepts"]
    corpus = open_corpus(format3 / expected["corpus"])
    content = concept_file.read(format3 / "concepts.h5", corpus)
    pairs = content.pairs
    assert [pairs.text(number) for number in range(len(pairs.clip))] == expected["labels"]
    assert [str(concept) for concept in pairs.held_out] == expected["held_out"]
    assert len(content.train.clip) == expected["examples"]
    np.testing.assert_array_equal(pairs.khot, corpus.concepts)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_loaded(format3: Path, name: str) -> None:
    run, about = load_run(format3 / "runs" / name), RUNS[name]
    assert (run.config.family, run.epoch, run.stage) == (
        about["method"],
        about["epoch"],
        about["stage"],
    )
    assert run.finished == about["finished"]


def test_the_log_mel_is_found(format3: Path) -> None:
    """The runs know their data by its hash, and another machine may round it otherwise."""
    stored = {path: path.read_bytes() for path in format3.glob("tones/features/*.npy")}
    assert len(features(open_corpus(format3 / "tones"))) == CORPORA["format3/tones"]["clips"]
    assert {path: path.read_bytes() for path in format3.glob("tones/features/*")} == stored


def config_of(run: Path) -> RunConfig:
    """The config of a run, whose corpus has moved with it."""
    return replace(load_run(run).config, corpus=str(run.parents[1] / "tones"))


def rows(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_stopped_run_goes_on_and_ends_as_a_new_one(format3: Path) -> None:
    stopped, new = format3 / "runs" / "stopped", format3 / "runs" / "new"
    before = rows(stopped)
    settings = config_of(stopped)
    assert [row["epoch"] for row in before] == ["1", "2", "3"]
    train_on_corpus(settings, stopped)
    assert load_run(stopped).finished
    assert rows(stopped)[:3] == before
    train_on_corpus(settings, new)
    ends = [
        [(row["epoch"], row["stage"], float(row["validation_elbo"])) for row in rows(run)]
        for run in (stopped, new)
    ]
    assert [end[:2] for end in ends[0]] == [end[:2] for end in ends[1]]
    assert [end[2] for end in ends[0]] == pytest.approx([end[2] for end in ends[1]], rel=1e-3)


@pytest.mark.parametrize("name", ["ts-dsae", "dsae"])
def test_a_finished_run_is_left_alone(
    format3: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = format3 / "runs" / name
    before = {path.name: path.read_bytes() for path in run.glob("*.ckpt")}
    train_on_corpus(config_of(run), run)
    assert "is finished already: 4 epochs" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in run.glob("*.ckpt")} == before


def test_a_run_on_a_recipe_is_found_by_its_id_of_format_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recipe has no folder that could keep the id."""
    need_same_sound("format3/tones")
    recipe, run = GOLDEN / "format3" / "tones.toml", tmp_path / "run"
    command = ["train", "dsae", "--corpus", str(recipe), "--out", str(run), "--epochs", "1"]
    assert main(command) == 0
    text, latest = (run / "config.toml").read_text(), open_corpus(load_recipe(recipe)).id
    assert latest in text
    (run / "config.toml").write_text(text.replace(latest, CORPORA["format3/tones"]["id"]))
    capsys.readouterr()
    assert main(command) == 0
    assert "is finished already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["ts-dsae", "dsae"])
def test_a_run_is_scored_again(format3: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    need_same_sound("format3/tones")
    monkeypatch.chdir(format3)  # the runs have their corpus there, as "tones"
    run = Path("runs", name)
    before = json.loads((run / "scores.json").read_text())
    scores = evaluate(run)["scores"]
    for key, value in before["scores"].items():
        assert scores[key] == pytest.approx(value, rel=1e-4, abs=1e-4), key


def test_a_report_of_the_runs(format3: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_same_sound("format3/tones")
    monkeypatch.chdir(format3)
    runs = [Path("runs", name) for name in ("ts-dsae", "dsae")]
    before = [json.loads((run / "scores.json").read_text())["scores"] for run in runs]
    text = report(runs, Path("report.html"), clips=1).read_text(encoding="utf-8")
    assert all(run.name in text for run in runs)
    after = [json.loads((run / "scores.json").read_text())["scores"] for run in runs]
    for old, new in zip(before, after, strict=True):  # new where dsounds has new scores since
        assert {key: new[key] for key in old} == pytest.approx(old, rel=1e-4, abs=1e-4)
