"""The table of scores has a line for what any of the models can have."""

from pathlib import Path

from dsounds.train.report.runs import Entry
from dsounds.train.report.score_table import score_groups
from dsounds.train.scores.registry import rows_in_order

WITHOUT = {
    row.name: {"left_out": "no symbols"} for row in rows_in_order() if row.group == "Symbols"
}


def titles(*results: dict) -> list[str]:
    entries = [
        Entry(f"model {k}", Path(), {"rows": rows, "scores": {}, "factors": {}})
        for k, rows in enumerate(results)
    ]
    return [group.title for group in score_groups(entries) if group.lines]


def test_scores_that_no_model_can_have_take_no_lines() -> None:
    assert WITHOUT
    assert "Symbols" not in titles(WITHOUT, WITHOUT)
    assert "Symbols" in titles(WITHOUT, {})
