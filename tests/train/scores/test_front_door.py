"""Scores of somebody's own model: one call, on a corpus or on its recipe."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dsounds.datasets import Corpus, DMelodies
from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.front_door import evaluate
from dsounds.train.scores.registry import rows_in_order
from dsounds.train.scores.row import Score
from dsounds.train.scores.scores_file import read_scores
from dsounds.train.scores.sound import vocoded


class MeanAndRest(nn.Module):
    """v is the mean spectrum of a clip, z what is left of each frame: a model without weights."""

    def encode(self, x: Tensor) -> Codes:
        assert not self.training
        v = x.mean(dim=1)
        z = x - v[:, None]
        return Codes(v, torch.zeros_like(v), z, torch.zeros_like(z))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + v[:, None]


@pytest.mark.slow
@pytest.mark.usefixtures("every_score")
def test_every_score_in_one_call(small: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reconstructs exactly, and its global swap takes the other clip's mean spectrum."""
    monkeypatch.setattr(vocoded, "CLIPS", 2)
    model = MeanAndRest()
    found = evaluate(model, small)
    assert model.training  # as it was
    unmet = {"symbol_model", "prior_v", "prior_z", "predicts", "vggish", "musicnn"}
    rows = [row for row in rows_in_order() if not (unmet & row.needs or row.by_name)]
    keys = {key for row in rows for key in row.labels}
    assert keys <= {key.rpartition("/")[2] for key in found.scores}
    left_out = {name for name, about in found.rows.items() if "left_out" in about}
    assert left_out == {row.name for row in rows_in_order()} - {row.name for row in rows}
    assert found.scores["reconstruction_mse"] == pytest.approx(0, abs=1e-8)
    assert 0 < found.scores["counterfactual_error"] < 1
    assert set(found.factors) == {"instrument", "octave"}
    assert found.computed_from["name"] == "MeanAndRest"
    assert "true counterfactual error" in found.table()
    assert "note: sound_to_symbol and 8 others: the model has no symbols" in found.table()
    assert "\n  sound to symbol" not in found.table()


def test_a_folder_and_its_recipe_have_the_same_scores(
    small_folder: Path, small_recipe: DMelodies
) -> None:
    stored, rendered = (evaluate(MeanAndRest(), where) for where in (small_folder, small_recipe))
    # z of this model has the mean 0 over time: what is left of it when pooled is rounding. The
    # classifier of InfoE stops before it is at its best.
    skipped = ("_z", "infoe")
    names = {name for name in stored.scores if not any(part in name for part in skipped)}
    assert names <= rendered.scores.keys()
    empty = {name for name in names if stored.scores[name] is None}
    assert empty == {name for name in names if rendered.scores[name] is None}
    for name in names - empty:
        # What a judge learns from log-mel that differs in its last digits differs by more.
        most = 0.15 if name.startswith("judge") else 1e-3
        one = stored.scores[name]
        value = None if one is None else pytest.approx(one, rel=most, abs=most)
        assert rendered.scores[name] == value, name


def test_a_run_is_scored_as_anybodys_model(evaluated: tuple[Path, dict]) -> None:
    run = load_run(evaluated[0])
    found = evaluate(run.model, run.config.corpus, prior=run.model.prior_v)
    assert found.scores == evaluated[1]["scores"]


def test_the_result_is_written_for_a_report(small: Corpus, tmp_path: Path) -> None:
    found = evaluate(MeanAndRest(), small)
    path = found.write(tmp_path / "mine", name="mean & rest")
    result = read_scores(path)
    assert path == tmp_path / "mine" / "scores.json"
    assert result["scores"] == found.scores
    assert result["computed_from"]["name"] == "mean & rest"
    assert result["computed_from"]["corpus_id"] == small.id


def test_a_score_of_ones_own(small: Corpus) -> None:
    def loudest(data: EvaluationData) -> float:
        return max(float(np.abs(data.scored.audio(np.arange(len(data)))).max()), 0.0)

    mine = Score(
        name="loudest", label="loudest sample", compute=loudest, needs=frozenset({"audio"})
    )
    assert evaluate(MeanAndRest(), small, more=[mine]).scores["loudest"] == pytest.approx(
        1, abs=1e-3
    )
    silent = replace(mine, needs=frozenset({"audio", "frames"}))
    assert "loudest" in evaluate(MeanAndRest(), small, more=[silent]).scores


def test_what_is_asked_for_must_be_there(small: Corpus) -> None:
    with pytest.raises(DsoundsError, match=r"test part of .* has 0 clips"):
        evaluate(MeanAndRest(), small, part="test")
    with pytest.raises(DsoundsError, match="neither the folder of a corpus nor a recipe"):
        evaluate(MeanAndRest(), "nowhere")
