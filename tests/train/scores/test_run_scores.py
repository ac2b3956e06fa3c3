"""Scores of run folders and of corpora: which clips, which file, which counterfactuals."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.errors import DsoundsError
from dsounds.synth.features import log_mel
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.fitting.run_data import nearby, open_run_data
from dsounds.train.scores.data import batches
from dsounds.train.scores.data.corpus_parts import clips_of, counterfactuals_of
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluate import evaluate, scores_path
from dsounds.train.scores.registry import rows_in_order
from dsounds.train.scores.score_lines import lines
from dsounds.train.scores.scores_file import current, read_scores
from dsounds.train.scores.swaps.partners import chance
from dsounds.train.settings.config_file import read_config
from dsounds.train.settings.presets import configure


def test_evaluate_writes_what_it_returns(evaluated: tuple[Path, dict]) -> None:
    run, result = evaluated
    assert json.loads((run / "scores.json").read_text()) == result
    assert set(result["factors"]) == {"instrument"}
    about = result["computed_from"]
    assert (about["epoch"], about["stage"], about["finished"]) == (3, 2, True)
    assert about["train_clips"] + about["scored_clips"] == 48
    assert about["corpus_id"] == open_corpus(about["corpus"]).id
    assert evaluate(run) == result


def computed(result: dict) -> set[str]:
    return {name for name, row in result["rows"].items() if "left_out" not in row}


def test_some_scores_are_computed_beside_those_that_are_there(
    evaluated: tuple[Path, dict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, result = evaluated
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / "scores.json").unlink()
    assert main(["evaluate", str(copy), "--scores", "mig", "f1_global"]) == 0
    assert "MIG of v" in capsys.readouterr().out
    few = read_scores(copy / "scores.json")
    assert computed(few) == {"mig", "f1_global"}
    assert few["factors"] == {
        "instrument": {"f1_global": result["factors"]["instrument"]["f1_global"]}
    }
    assert current(few)  # so that a report shows what was asked for
    evaluate(copy, only=["v_effect"])
    more = read_scores(copy / "scores.json")
    assert computed(more) == {"mig", "f1_global", "v_effect"}
    assert few["scores"].items() < more["scores"].items() < result["scores"].items()
    assert computed(evaluate(copy, seed=1, only=["mig"])) == {"mig"}  # of other partners
    evaluate(copy)
    assert read_scores(copy / "scores.json") == evaluate(copy, only=["mig"])
    with pytest.raises(DsoundsError, match="unknown score 'migg', did you mean 'mig'"):
        evaluate(copy, only=["migg"])


def test_pictures_of_scores_are_drawn_beside_them(
    evaluated: tuple[Path, dict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(evaluated[0], tmp_path / "run")
    assert main(["evaluate", str(copy), "--scores", "prediction_error", "--png"]) == 0
    picture = copy / "scores-prediction.png"
    assert f"picture: {picture}" in capsys.readouterr().out
    assert picture.exists()
    (copy / "scores.json").unlink()
    assert main(["evaluate", str(copy), "--scores", "mig", "--png"]) == 0
    assert "no picture: its scores are not there" in capsys.readouterr().out


def test_chance_is_the_better_guess(evaluated: tuple[Path, dict]) -> None:
    assert chance({"f1_constant": 0.46, "f1_random": 0.5}) == 0.5
    assert chance({"f1_constant": 0.49, "f1_random": 0.25}) == 0.49
    heads, row = lines(evaluated[1]).splitlines()[3:5]
    assert heads.split()[-2:] == ["floor", "ceiling"]
    assert float(row.split()[-2]) == pytest.approx(chance(evaluated[1]["factors"]["instrument"]))
    assert float(row.split()[-1]) == 1


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


def test_scores_of_decoded_samples_have_a_file_of_their_own(
    evaluated: tuple[Path, dict],
) -> None:
    run, names = evaluated[0], ["reconstruction_mse", "v_kl_standard"]
    before = (run / "scores.json").read_bytes()
    result = evaluate(run, only=names, decode_from="samples")
    assert json.loads((run / "scores-samples.json").read_text()) == result
    assert (run / "scores.json").read_bytes() == before
    means = json.loads(before)["scores"]
    assert result["scores"]["v_kl_standard"] == pytest.approx(means["v_kl_standard"])
    assert result["scores"]["reconstruction_mse"] > means["reconstruction_mse"]


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
    for one in (own, named):
        del (
            one["sha256"],
            one["computed_from"]["corpus"],
        )  # the folder may be told as a relative path
    assert named == own
    first = train_on_corpus(replace(config, split="melody"), tmp_path / "first")
    assert read_config(first / "config.toml").split == ""  # it needs no name
    rows = corpus.split("test", "held-out")
    assert set(result["factors"]) == {
        f.name
        for f in corpus.space.varying("static")
        if len(np.unique(corpus.classes[rows, corpus.space.column(f.name)])) > 1
    }
    with pytest.raises(DsoundsError, match=r"no split 'held'.*held-out, melody, random"):
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


def test_the_lines_show_every_figure(evaluated: tuple[Path, dict]) -> None:
    text = lines(evaluated[1])
    rows = [row for row in rows_in_order() if not row.costly]  # tests compute those alone
    of_symbols = [row for row in rows if "symbol_model" in row.needs]
    labels = {key: label for row in rows for key, label in row.labels.items()}
    scores = evaluated[1]["scores"]
    there = [labels[key] for key in labels if scores.get(key) is not None]
    assert len(there) >= 10
    for part in ("instrument", *there):
        assert part in text
    assert of_symbols
    assert not any(f"\n  {row.label} " in text for row in of_symbols)  # the model has none
    below = text.splitlines()[2:]  # the first two have the corpus's folder
    assert not [line for line in below if len(line) > 110]


def test_counterfactuals_are_the_generators_own(evaluated: tuple[Path, dict]) -> None:
    """With two instruments the partner's instrument is always the other one."""
    material = open_run_data(configure(corpus=evaluated[1]["computed_from"]["corpus"]))
    corpus, rows = material.corpus, material.scored
    made = counterfactuals_of(material, rows, seed=0)
    assert made is not None
    own = corpus.classes[rows, corpus.space.column("instrument")]
    x = made.x(slice(0, len(rows)))
    assert np.array_equal(own[made.partner], 1 - own)
    assert np.array_equal(x, log_mel(corpus.counterfactual(rows, classes={"instrument": 1 - own})))


def test_counterfactuals_are_rendered_some_at_a_time_and_once(
    evaluated: tuple[Path, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_run(evaluated[0])
    material = replace(open_run_data(run.config), scored=np.arange(30))
    whole = EvaluationData.of_run_data(run.model, material).counterfactual.whole()
    asked, real = [], Corpus.counterfactual

    def counterfactual(self: Corpus, indices: np.ndarray, **changes: Any) -> np.ndarray:
        asked.append(len(indices))
        return real(self, indices, **changes)

    monkeypatch.setattr(Corpus, "counterfactual", counterfactual)
    monkeypatch.setattr(batches, "BATCH", 7)
    data = EvaluationData.of_run_data(run.model, material)
    assert np.array_equal(data.counterfactual.whole(), whole)
    assert np.array_equal(data.counterfactual.whole(), whole)
    assert asked == [7, 7, 7, 7, 2]


def test_a_corpus_tells_all_that_scores_may_read(small: Corpus) -> None:
    """Labels, values, frames and sound of each scored clip are those of the corpus."""
    material = open_run_data(configure(corpus=str(small.folder)))
    rows = material.scored[::-1]
    part = clips_of(material, rows)
    assert set(part.labels) == {"instrument", "octave"}
    for name, classes in (part.labels | part.dynamic).items():
        assert np.array_equal(classes, small.classes[rows, small.space.column(name)])
    assert np.array_equal(part.values, small.values[rows])
    assert np.array_equal(part.audio(np.array([2, 0])), small.audio(rows[[2, 0]]))
    truth = small.frames(rows)
    assert np.array_equal(part.frames()["pitch"], truth.pitch)
    assert part.frames()["rest"].shape == part.x[:].shape[:2]


OWN_SCORE = """
from dsounds.train.scores.row import Score

SCORE = Score(name="spread_of_v", label="spread of v", compute=lambda data: float(data.v.std()))
"""


def test_a_score_of_ones_own_on_the_command_line(
    evaluated: tuple[Path, dict],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = shutil.copytree(evaluated[0], tmp_path / "run")
    (tmp_path / "own_score_of_a_test.py").write_text(OWN_SCORE)
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", str(run), "--more", "own_score_of_a_test:SCORE"]) == 0
    assert "spread_of_v" in capsys.readouterr().out
    scores = read_scores(run / "scores.json")["scores"]
    assert scores.pop("spread_of_v") > 0
    assert scores == evaluated[1]["scores"]
    assert main(["evaluate", str(run), "--more", "nowhere:SCORE"]) == 2
    assert "score 'nowhere:SCORE' cannot be imported" in capsys.readouterr().err


def test_evaluating_does_not_import_the_trainer(
    evaluated: tuple[Path, dict], tmp_path: Path
) -> None:
    copy = shutil.copytree(evaluated[0], tmp_path / "run")  # more scores are written beside
    code = (
        "import sys; from dsounds.train.scores.evaluate import evaluate; "
        "from dsounds.train.scores.judging import factor_judge; factor_judge.STEPS = 2; "
        "from dsounds.train.scores.prediction import prediction_error as one; one.DRAWS = 2; "
        "evaluate(sys.argv[1], only=sys.argv[2:]); "
        "import dsounds.train.scores.front_door; assert 'lightning' not in sys.modules"
    )
    some = "quick", "judge_swap", "leakage", "v_invariance", "prediction_error", "onset_f1"
    subprocess.run([sys.executable, "-c", code, str(copy), *some], check=True)


def test_another_corpus_in_its_place_is_refused(evaluated: tuple[Path, dict]) -> None:
    corpus = evaluated[1]["computed_from"]["corpus"]
    with pytest.raises(DsoundsError, match="the run was trained on 123"):
        open_run_data(configure(corpus=corpus, corpus_id="123"))
