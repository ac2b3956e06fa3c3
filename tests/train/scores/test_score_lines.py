"""The table for a terminal: value, floor, ceiling and corrected figure of each number."""

from typing import Any

from dsounds.train.scores.levels import level_of
from dsounds.train.scores.score_lines import lines

RESULT: dict[str, Any] = {
    "scores": {
        "mig_v": 0.3,
        "mig_v_corrected": 0.25,
        "mig_v_floor": 0.02,
        "mig_z": None,
        "v_active_units": 7.0,
        "counterfactual_error": 0.125,
        "counterfactual_mse": 7.5,
        "counterfactual_mse_held": 2.25,
        "counterfactual_mse_rests": 23.0,
        "counterfactual_mse_resynthesis": 1.0,
        "counterfactual_mse_unswapped": None,
        "judge_swap_kl": 1.5,
        "mine": 2.0,
    },
    "factors": {
        "octave": {"f1_input": 0.9, "f1_global": None},
        "scale": {"f1_input": 0.8, "f1_global": 0.7},
    },
    "rows": {
        "mig": {"version": 2, "floor": {"mig_v": 0.02}, "ceiling": 1.0},
        "v_active_units": {"floor": 0.0, "ceiling": 16.0},
        "counterfactual_error": {"floor": 1.0, "ceiling": 0.0},
        "judge_swap": {"floor": {"judge_swap_kl": 4.0}, "ceiling": {"judge_swap_kl": 0.0}},
        "f1_input": {"floor": {"octave": 0.33, "scale": 0.5}, "ceiling": 1.0},
        "f1_global": {"floor": {"octave": 0.33, "scale": 0.5}, "ceiling": 1.0},
        "mine": {"version": 1, "floor": 0.5, "ceiling": None},
        "scc": {"version": 1, "left_out": "there is no local code z"},
    },
    "notes": ["scc: there is no local code z"],
    "computed_from": {"name": "a model", "v_dim": 16},
}


def table() -> list[str]:
    return lines(RESULT).splitlines()


def row(label: str) -> list[str]:
    """Return the cells of the line of that label."""
    found = next(line for line in table() if line.strip().startswith(label))
    return found.strip()[len(label) :].split()


def test_each_figure_has_its_own_floor_ceiling_and_corrected_one() -> None:
    assert row("MIG of v, static factors") == ["0.300", "0.020", "1.000", "0.250"]
    assert not any("MIG of mean z" in line for line in table())  # it has no value
    assert "note: no value: mig_z" in table()
    assert row("true counterfactual error") == ["0.125", "1.000", "0.000"]
    assert row("judge's KL, swap") == ["1.500", "4.000", "0.000"]
    assert row("active units of v") == ["7", "0", "16"]
    assert row("mine") == ["2.000", "0.500", "-"]


def test_figures_stand_under_their_headings() -> None:
    heads = [line for line in table() if line.endswith(("ceiling", "corrected"))]
    assert [line.split("  ")[0] for line in heads] == [
        "LDA macro-F1 from v",
        "Output",
        "Global code",
        "Codes",
        "Judge",
        "Other scores",
    ]
    assert [line.split()[-1] for line in heads].count("corrected") == 1
    codes = table().index(heads[3])
    assert table()[codes + 1].startswith("  MIG of v")
    assert table()[codes - 1] == ""
    value = heads[3].index("value") + len("value")
    assert table()[codes + 1][:value].endswith("0.300")


def test_factors_have_the_floor_and_the_ceiling_of_their_scores() -> None:
    assert row("octave") == ["0.900", "-", "0.330", "1.000"]
    assert row("scale") == ["0.800", "0.700", "0.500", "1.000"]


def test_what_was_not_computed_has_no_line_but_a_note() -> None:
    assert not any("SCC" in line for line in table())
    assert "note: scc: there is no local code z" in table()
    assert not any("DMIG" in line for line in table())


def test_a_level_is_a_number_or_one_for_each_key() -> None:
    assert level_of(0, "mig_v") == 0
    assert level_of({"mig_v": 0.5}, "mig_v") == 0.5
    assert level_of({"mig_v": 0.5}, "mig_z") is None
    assert level_of(None, "mig_v") is None
    assert level_of({"mig_v": None}, "mig_v") is None


def test_distances_stand_below_the_ratio_with_their_parts() -> None:
    assert row("swap, from the true counterfactual") == ["7.500", "2.250", "23.000"]
    assert row("resynthesis, from the true counterfactual") == ["1.000", "-", "-"]
    assert not any(line.strip().startswith("no swap") for line in table())
    place = next(k for k, line in enumerate(table()) if line.startswith("Mean squares"))
    assert table()[place].split()[-3:] == ["all", "held", "rests"]
    assert table()[place - 1] == ""
    assert "true counterfactual error" in table()[place - 2]
    end = table()[place].index("rests") + len("rests")
    assert table()[place + 1][:end].endswith("23.000")
