"""scores.json: what earlier and later versions wrote, what is damaged, what is made again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsounds.errors import DsoundsError
from dsounds.settings import NewerFile
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.run_data import open_run_data
from dsounds.train.scores import evaluate as runs
from dsounds.train.scores import evaluation, scores_file
from dsounds.train.scores.evaluate import evaluate, scores_of_run
from dsounds.train.scores.registry import rows_in_order
from dsounds.train.scores.row import Score
from dsounds.train.scores.score_lines import lines
from dsounds.train.scores.scores_file import current, read_scores, write_scores

GOLDEN = Path(__file__).parents[2] / "golden" / "format3" / "runs"


def use_rows(monkeypatch: pytest.MonkeyPatch, rows: list[Score]) -> None:
    """Stands for another version, with other scores."""
    for module in (evaluation, scores_file):
        monkeypatch.setattr(module, "rows_in_order", lambda: rows)


@pytest.fixture
def stored(evaluated: tuple[Path, dict]) -> Iterator[Path]:
    """scores.json of a run; it is put back afterwards."""
    path = evaluated[0] / "scores.json"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


def asked(path: Path) -> dict[str, Any]:
    """What a report asks for."""
    run = load_run(path.parent)
    return scores_of_run(path.parent, run, open_run_data(run.config))


@pytest.fixture
def evaluations(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Counts what is evaluated."""
    made: list[Path] = []

    def counted(folder: Path, progress: bool = False) -> dict[str, Any]:
        made.append(folder)
        return evaluate(folder)

    monkeypatch.setattr(runs, "evaluate", counted)
    return made


@pytest.mark.parametrize("name", ["ts-dsae", "dsae"])
def test_scores_of_the_first_format_are_read(name: str) -> None:
    path = GOLDEN / name / "scores.json"
    result = read_scores(path)
    assert result["scores"] == json.loads(path.read_text())["scores"]
    assert "effect of v" in lines(result)
    assert result["rows"]["f1_global"] == {"version": 1}


def test_scores_that_are_current_are_left_alone(stored: Path, evaluations: list[Path]) -> None:
    before = stored.read_bytes()
    assert current(read_scores(stored))
    assert asked(stored) == json.loads(before)
    assert (stored.read_bytes(), evaluations) == (before, [])


def test_a_score_of_today_that_is_missing_is_computed(
    stored: Path, evaluations: list[Path]
) -> None:
    whole = read_scores(stored)
    old = {**whole, "rows": {k: v for k, v in whole["rows"].items() if k != "v_effect"}}
    old["scores"] = {key: n for key, n in whole["scores"].items() if key != "v_effect"}
    write_scores(stored, old)
    assert "effect of v" not in lines(read_scores(stored))
    assert not current(read_scores(stored))
    assert asked(stored)["scores"]["v_effect"] == whole["scores"]["v_effect"]
    assert len(evaluations) == 1


def test_a_new_score_is_computed_and_changes_no_other(
    stored: Path, evaluations: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def draws(data: Any) -> float:
        return float(data.rng("anything_new").random())

    before = read_scores(stored)["scores"]
    new = Score(name="anything_new", label="anything new", compute=draws)
    use_rows(monkeypatch, [new, *rows_in_order()])
    after = asked(stored)["scores"]
    assert 0 < after.pop("anything_new") < 1
    assert (after, len(evaluations)) == (before, 1)
    assert asked(stored)["scores"].keys() - before.keys() == {"anything_new"}
    assert len(evaluations) == 1


def test_a_score_with_another_version_is_computed_again(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = [replace(row, version=2) if row.name == "v_effect" else row for row in rows_in_order()]
    use_rows(monkeypatch, newer)
    assert not current(read_scores(stored))
    assert asked(stored)["rows"]["v_effect"]["version"] == 2
    assert current(read_scores(stored))


def test_scores_that_this_version_does_not_know_are_kept(
    stored: Path, evaluations: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = [row for row in rows_in_order() if row.name != "v_effect"]
    use_rows(monkeypatch, fewer)
    assert "v_effect" in asked(stored)["scores"]
    assert evaluations == []


def test_a_file_of_a_newer_format_is_named_and_left_alone(stored: Path) -> None:
    text = stored.read_text().replace("dsounds scores 2", "dsounds scores 3")
    stored.write_text(text)
    with pytest.raises(NewerFile, match=r"made by a newer dsounds.*'dsounds scores 3'"):
        asked(stored)
    assert stored.read_text() == text


def changed_number(text: str) -> str:
    return text.replace('"v_active_units": 1', '"v_active_units": 9', 1)


def no_format(text: str) -> str:
    return changed_number(text).replace('"format"', '"formaT"', 1)


@pytest.mark.parametrize(
    "spoil", [changed_number, no_format, lambda text: text[:-20], lambda _: "[]"]
)
def test_what_is_damaged_is_named_and_made_again(
    stored: Path, spoil: Callable[[str], str], evaluated: tuple[Path, dict]
) -> None:
    damaged = spoil(stored.read_text())
    assert damaged != stored.read_text()
    stored.write_text(damaged)
    with pytest.raises(DsoundsError, match=r"scores.json (is damaged|has no scores)"):
        read_scores(stored)
    assert asked(stored) == evaluated[1] == json.loads(stored.read_text())
