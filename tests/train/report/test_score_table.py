"""The table of scores has a line for each number that any of the models has."""

from pathlib import Path

from dsounds.train.report.runs import Entry
from dsounds.train.report.score_table import Group, score_groups


def groups(*scores: dict[str, float | None]) -> list[Group]:
    entries = [
        Entry(f"model {k}", Path(), {"rows": {}, "scores": one, "factors": {}})
        for k, one in enumerate(scores)
    ]
    return score_groups(entries)


def test_numbers_that_no_model_has_take_no_lines() -> None:
    found = groups({"v_effect": 2.0, "dlig_v": None}, {"sound_to_symbol": 0.5})
    assert [group.title for group in found] == ["Output", "Symbols", "Training"]
    assert [line.key for line in found[0].lines] == ["v_effect"]
    assert [cell.value for cell in found[0].lines[0].cells] == [2.0, None]
    assert [line.key for line in found[1].lines] == ["sound_to_symbol"]
    assert [group.title for group in groups({}, {"dlig_v": None})] == ["Training"]


def test_distances_follow_the_ratio_and_tell_their_parts() -> None:
    known: dict[str, float | None] = {"counterfactual_error": 0.5, "counterfactual_mse": 8.0}
    known |= {"counterfactual_mse_held": 3.0, "counterfactual_mse_rests": 23.0, "v_effect": 2.0}
    found = groups(known, {"counterfactual_mse": 9.0})[0].lines
    assert [line.key for line in found] == [
        "counterfactual_error",
        "counterfactual_mse",
        "v_effect",
    ]
    assert [cell.value for cell in found[1].cells] == [8, 9]
    assert [cell.parts for cell in found[1].cells] == ["held 3.000, rests 23.000", ""]
    assert found[0].cells[0].parts == found[2].cells[0].parts == ""
