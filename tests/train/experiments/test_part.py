"""Runs that are scored on the test part: which file it is, who reads it, and what tables say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsounds.cli import main
from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.errors import DsoundsError
from dsounds.train.experiments.corpora import CorpusPlan, check_scored
from dsounds.train.experiments.engine import run_all
from dsounds.train.experiments.experiment import EXPERIMENTS, Experiment
from dsounds.train.experiments.job import job_of, scores_there
from dsounds.train.experiments.variant import Variant, shown
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.config_file import read_config


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """40 clips, of which 12 are for validation and 8 for a test."""
    recipe = DMelodies(count=40, octaves=(4, 5), seed=3, validation=0.3, test=0.2)
    return open_corpus(generate(recipe, tmp_path / "corpus", progress=False))


def test_a_sweep_on_the_test_part(
    corpus: Corpus, tiny: dict[str, Any], tmp_path: Path, here: None, no_work: Any
) -> None:
    fixed = [f"--set={name}={shown(value)}" for name, value in tiny.items()]
    out = tmp_path / "out"
    command = ["sweep", "ts-dsae", "--corpus", str(corpus.folder), "--out", str(out), *fixed]
    command += ["--seeds", "0", "--part", "test", "--intervals"]
    assert main(command) == 0
    (folder,) = (out / "runs").iterdir()
    assert not (folder / "scores.json").exists()
    first = (out / "results.json").read_bytes()
    (run,) = json.loads(first)["runs"]
    assert (run["part"], run["scored_clips"]) == ("test", 8)
    tested = evaluate(folder, part="test", only=["reconstruction_mse"])
    assert tested["scores"] == run["scores"]
    text = (out / "table.md").read_text()
    assert "Scores are of the test part. The weights of each run are those of its best" in text
    assert "in brackets its 95 % interval by Student's t" in text

    # The run is scored on the other part too, and not trained again.
    weights = (folder / "best.ckpt").read_bytes()
    config = read_config(folder / "config.toml")
    jobs = {part: job_of("a", config, folder, part=part) for part in ("validation", "test")}
    assert scores_there(jobs["validation"]) is None
    other = run_all([jobs["validation"]])["a"].scores
    assert other is not None
    assert (other["computed_from"]["part"], other["computed_from"]["scored_clips"]) == (
        "validation",
        12,
    )
    assert other["scores"]["reconstruction_mse"] != run["scores"]["reconstruction_mse"]
    assert (folder / "best.ckpt").read_bytes() == weights
    assert scores_there(jobs["validation"]) == other
    assert scores_there(jobs["test"]) == tested

    no_work()  # nothing is left to do for this part
    assert main(command) == 0
    assert (out / "results.json").read_bytes() == first
    (folder / "scores-test.json").write_bytes((folder / "scores.json").read_bytes())
    assert scores_there(jobs["test"]) is None  # the name of the file does not tell the part


def test_an_experiment_is_scored_on_its_part(
    tiny: dict[str, Any], tmp_path: Path, here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = row_of(tiny, "test", {"validation": 0.3, "test": 0.2})
    monkeypatch.setattr(EXPERIMENTS, "load", lambda name: row)
    assert main(["reproduce", "own:ROW", "--out", str(tmp_path / "out")]) == 0
    (run,) = json.loads((tmp_path / "out" / "results.json").read_text())["runs"]
    assert run["part"] == "test"
    assert "Scores are of the test part." in (tmp_path / "out" / "table.md").read_text()


def row_of(tiny: dict[str, Any], part: str, shares: dict[str, float]) -> Experiment:
    return Experiment(
        finding="",
        source="nobody",
        corpora={"": CorpusPlan("paper", {"count": 40, **shares})},
        variants=(Variant("dsae", common=tiny),),
        seeds=1,
        verdict=lambda results: "",
        part=part,
    )


def test_a_corpus_without_the_part_is_refused_before_anything_is_trained(
    tiny: dict[str, Any],
    small: Corpus,
    tmp_path: Path,
    no_work: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    no_work()
    says = "has 0 clips, and at least 2 are needed to score runs on it"
    sweep = ["sweep", "dsae", "--corpus", str(small.folder), "--part", "test"]
    assert main([*sweep, "--out", str(tmp_path / "sweep")]) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "sweep").exists()
    monkeypatch.setattr(EXPERIMENTS, "load", lambda name: row_of(tiny, "test", {}))
    assert main(["reproduce", "own:ROW", "--out", str(tmp_path / "row")]) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]
    check_scored(small, "validation")


def test_runs_are_scored_on_no_other_part(tiny: dict[str, Any]) -> None:
    with pytest.raises(DsoundsError, match="part is 'train': runs are scored on the part valid"):
        replace(row_of(tiny, "test", {}), part="train")


def test_a_wrong_family_is_told_before_corpora_are_generated(
    tiny: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    row = replace(row_of(tiny, "test", {}), variants=(Variant("dsaee"),))
    monkeypatch.setattr(EXPERIMENTS, "load", lambda name: row)
    assert main(["reproduce", "own:ROW", "--out", str(tmp_path / "out")]) == 2
    assert "unknown family 'dsaee'" in capsys.readouterr().err
    assert not (tmp_path / "out" / "corpora").exists()
