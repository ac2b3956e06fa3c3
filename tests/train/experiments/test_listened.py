"""The table of what is heard after swaps: each number in its place, the truth and chance below."""

from pathlib import Path
from typing import Any

from dsounds.train.experiments import true_swap
from dsounds.train.experiments.listened import SCORES, columns, write_listened
from dsounds.train.experiments.results import Result, Results
from dsounds.train.experiments.variant import Variant
from dsounds.train.scores.registry import SCORES as ROWS

OWN, OTHER = (Variant(name, corpus="paper") for name in ("bt-dsae", "ts-dsae"))
FACTORS = {"paper": ("instrument",)}
NUMBERS = {
    "raw_pitch_accuracy_global_steady": 0.9,
    "raw_pitch_accuracy_counterfactual_steady": 0.95,
    "raw_pitch_accuracy_floor_steady": 0.45,
    "onset_f1_global": 0.8,
    "onset_f1_counterfactual": 0.93,
    "onset_f1_floor": 0.7,
    "judge_swap_accuracy/instrument": 0.99,
    "judge_counterfactual_accuracy/instrument": 1.0,
    "judge_swap_accuracy_dynamic": 0.6,
    "judge_counterfactual_accuracy_dynamic": 0.65,
}
FLOORS = {"judge_accuracy/instrument": 0.5, "judge_accuracy_dynamic": 0.4}


def run(variant: Variant, seed: int, **changes: Any) -> Result:
    content = {
        "scores": NUMBERS | changes,
        "factors": {},
        "rows": {"judge_accuracy": {"floor": FLOORS}},
        "computed_from": {"part": "test"},
    }
    return Result(variant, seed, content)


def lines(results: Results, path: Path) -> list[list[str]]:
    write_listened(FACTORS, results, path / "listened.md")
    text = (path / "listened.md").read_text()
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def test_every_number_stands_in_its_place(tmp_path: Path) -> None:
    runs = [run(OWN, seed) for seed in range(2)]
    runs += [run(OTHER, 0, onset_f1_global=0.2), run(OTHER, 1, onset_f1_global=0.4)]
    heads, _, own, other, truth, nothing = lines(Results("true-swap", tuple(runs)), tmp_path)
    assert heads[2:] == ["pitch kept", "onsets kept", "judge: instrument", "judge: melody"]
    alike = [f"{value} [{value}, {value}]" for value in ("0.90", "0.80", "0.99", "0.60")]
    assert own == ["bt-dsae", "2", *alike]
    assert other[3] == "0.30 [-0.97, 1.57]"
    assert truth == ["true counterfactual", "", "0.95", "0.93", "1.00", "0.65"]
    assert nothing == ["knows nothing", "", "0.45", "0.70", "0.50", "0.40"]


def test_what_was_not_scored_is_no_number(tmp_path: Path) -> None:
    failed = [Result(OTHER, 0, None), run(OWN, 0, onset_f1_floor=None)]
    _, _, other, own, _, nothing = lines(Results("true-swap", tuple(failed)), tmp_path)
    assert other == ["ts-dsae", "0", *["-"] * 4]
    assert own[2] == "0.90"
    assert nothing[3] == "-"


def test_each_key_is_of_a_score_that_the_experiment_computes() -> None:
    row = true_swap.EXPERIMENT
    assert set(SCORES) <= {name.replace("-", "_") for name in ROWS.names} & set(row.asked)
    for factors in true_swap.FACTORS.values():
        for column in columns(factors):
            for key in (column.swap, column.truth, column.nothing):
                assert key.startswith(SCORES), key
