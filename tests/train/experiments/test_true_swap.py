"""Aims that are reached or missed, and the experiments that have them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from dsounds.datasets import open_corpus
from dsounds.train.experiments import true_swap, true_swap_parts
from dsounds.train.experiments.aims import Aim
from dsounds.train.experiments.reproduce import page
from dsounds.train.experiments.results import Result, Results
from dsounds.train.experiments.variant import Variant

OWN = Variant("dsae")  # of a family that there is, and that the rows do not name themselves
KEYS = ("a/f1_global", "b/f1_global")


def run(scores: Mapping[str, float | None], variant: Variant = OWN, seed: int = 0) -> Result:
    about = {"epoch": 3, "part": "test", "versions": {}}
    content = {"scores": dict(scores), "factors": {}, "notes": [], "computed_from": about}
    return Result(variant, seed, content)


def seeds(*values: float, key: str = "d", **others: float) -> Results:
    runs = (run({key: value, **others}, seed=k) for k, value in enumerate(values))
    return Results("made", tuple(runs))


@pytest.mark.parametrize(
    ("values", "better", "reached"),
    [
        ((1.0, 2.0), "lower", True),  # a mean of 1.5, on the bound
        ((1.0, 2.5), "lower", False),
        ((0.0, 4.0, 0.0), "lower", True),  # neither the median nor the worst seed
        ((1.0, 2.0), "higher", True),
        ((1.0, 1.9), "higher", False),
    ],
)
def test_the_mean_over_the_seeds_decides(
    values: tuple[float, ...], better: Any, reached: bool
) -> None:
    aim = Aim("", "distance", ("d",), better, 1.5)
    assert aim.reached(seeds(*values), OWN) is reached
    assert aim.told(seeds(*values), OWN).endswith("reached" if reached else "missed")


def test_the_worst_of_several_scores_decides() -> None:
    results = Results("made", (run({KEYS[0]: 0.9, KEYS[1]: 0.7}),))
    least, most = (Aim("", "F1", KEYS, better, 0.8) for better in ("higher", "lower"))
    assert (least.worst(results, OWN).value, most.worst(results, OWN).value) == (0.7, 0.9)
    assert not least.reached(results, OWN)
    assert not most.reached(results, OWN)
    assert replace(least, bound=0.7).reached(results, OWN)
    assert replace(most, bound=0.9).reached(results, OWN)


def test_an_aim_tells_its_numbers() -> None:
    aim = Aim("", "F1", ("d",), "higher", 0.99)
    told = aim.told(seeds(0.98, 0.99, 0.994), OWN)
    assert told == "F1 0.988 [0.970, 1.006] (at least 0.99): missed"
    assert replace(aim, better="lower").told(seeds(0.5), OWN) == "F1 0.500 (at most 0.99): reached"


def test_what_has_no_value_reaches_nothing() -> None:
    aim = Aim("", "F1", KEYS, "higher", 0.0)
    for scores in ({KEYS[0]: 1.0}, {KEYS[0]: 1.0, KEYS[1]: None}):
        results = Results("made", (run(scores),))
        assert not aim.reached(results, OWN)
        assert aim.told(results, OWN) == "F1 (at least 0): not measured"
    assert not aim.reached(Results("made", ()), OWN)


# true-swap


def swapped(numbers: Callable[[str, str], float], own: tuple[Variant, ...]) -> Results:
    """Return two seeds of each variant; `numbers` has the scores by corpus and key.

    All but the first variant of a corpus are at 9, whether this is good or bad.
    """
    runs, first = [], {variant.corpus: variant for variant in reversed(own)}
    row = replace(true_swap.EXPERIMENT, variants=own)
    for variant in own:
        for seed in range(2):
            keys = row.columns[variant.corpus]
            scores = {key: numbers(variant.corpus, key) for key in keys if key != "seconds"}
            if variant is not first[variant.corpus]:
                scores = dict.fromkeys(scores, 9.0)
            runs.append(run(scores, variant, seed))
    return Results("true-swap", tuple(runs))


def good(corpus: str, key: str) -> float:
    return {"paper": 1.7, "octaves": 3.9}.get(corpus, 7.0) if key == true_swap.DISTANCE else 0.995


FAULTS = [
    ("paper", "counterfactual_mse", 1.81, "paper: swap's distance 1.810 [1.810, 1.810]"),
    ("octaves", "counterfactual_mse", 4.1, "octaves: swap's distance 4.100 [4.100, 4.100]"),
    ("octaves", "octave/f1_local", 0.98, "octaves: least F1 0.980 [0.980, 0.980]"),
    ("octaves", "instrument/f1_reconstruction", 0.98, "octaves: least F1 0.980 [0.980, 0.980]"),
    ("phrases", "tilt/f1_global", 0.94, "phrases: least F1 of tilt after a swap 0.940"),
    ("phrases", "odd_even/f1_local", 0.89, "phrases: least F1 of odd_even after a swap 0.890"),
]


def test_all_aims_are_reached() -> None:
    told = true_swap.verdict(swapped(good, true_swap.variants("dsae")))
    assert told.startswith("5 of 5 aims are reached")
    assert told.count(": reached") == 5
    assert "paper: swap's distance 1.700 [1.700, 1.700] (at most 1.8): reached" in told


@pytest.mark.parametrize(("corpus", "key", "value", "says"), FAULTS)
def test_one_aim_is_missed(corpus: str, key: str, value: float, says: str) -> None:
    def numbers(*place: str) -> float:
        return value if place == (corpus, key) else good(*place)

    told = true_swap.verdict(swapped(numbers, true_swap.variants("dsae")))
    assert told.startswith("4 of 5 aims are reached")
    (missed,) = (part for part in told.split("; ") if "missed" in part)
    assert says in missed


@pytest.mark.parametrize(
    "key", ["pitch/f1_global", "tilt/f1_reconstruction", "odd_even/f1_reconstruction", "distance"]
)
def test_what_no_aim_is_about_misses_none(key: str) -> None:
    """The register of phrases, F1 before a swap, and the distance on phrases."""
    worst = {true_swap.DISTANCE: 90.0} if key == "distance" else {key: 0.0}

    def numbers(corpus: str, one: str) -> float:
        return worst[one] if corpus == "phrases" and one in worst else good(corpus, one)

    told = true_swap.verdict(swapped(numbers, true_swap.variants("dsae")))
    assert told.startswith("5 of 5")


def test_a_corpus_that_was_not_scored_is_told() -> None:
    results = swapped(good, true_swap.variants("dsae"))
    runs = [
        replace(one, scores=None) if one.variant.corpus == "paper" else one for one in results.runs
    ]
    told = true_swap.verdict(replace(results, runs=tuple(runs)))
    assert told.startswith("4 of 5 aims are reached")
    assert "paper: swap's distance (at most 1.8): not measured" in told


@pytest.mark.parametrize(
    ("corpus", "clips"), [("paper", (480, 160)), ("octaves", (960, 320)), ("phrases", (1200, 400))]
)
def test_the_corpora_have_these_factors_and_parts(corpus: str, clips: tuple[int, int]) -> None:
    """The factors are those that a score per factor gets, in its order."""
    opened = open_corpus(true_swap.CORPORA[corpus].made())
    train, test = clips
    parts = ("train", "validation", "test")
    assert [len(opened.split(part)) for part in parts] == [train, test, test]
    names = tuple(factor.name for factor in opened.space.varying("static"))
    assert names == true_swap.FACTORS[corpus]


def test_the_corpora_have_these_classes() -> None:
    spaces = {key: open_corpus(plan.made()).space for key, plan in true_swap.CORPORA.items()}
    values = {
        (key, one.name): one.values
        for key, space in spaces.items()
        for one in space.varying("static")
    }
    assert values == {
        ("paper", "instrument"): (40, 56),
        ("octaves", "octave"): (4, 5, 6),
        ("octaves", "instrument"): (0, 40, 56, 73),
        ("phrases", "pitch"): (48, 60, 72),
        ("phrases", "tilt"): (-12, -6, 0),
        ("phrases", "odd_even"): (-24, 0),
    }


def test_the_variants_are_valid_and_one_has_true_views() -> None:
    own = true_swap.variants(true_swap.FAMILY)
    assert len({variant.name for variant in own}) == len(own) == 15
    configs = {variant.name: variant.config() for variant in own}
    assert configs["octaves,c-dsvae,true-views"].objective.motion == "true"
    assert configs["octaves,c-dsvae"].objective.motion != "true"
    assert configs["octaves,bt-dsae,true-swaps"].objective.swapped == "true"
    assert [variant.title for variant in own if variant.corpus == "octaves"] == [
        *("bt-dsae", "ts-dsae", "c-dsvae"),
        *("bt-dsae, true swaps", "c-dsvae, true views"),
    ]


def test_its_page_has_a_table_for_each_corpus_with_its_own_factors() -> None:
    row = replace(true_swap.EXPERIMENT, variants=true_swap.variants("dsae"))
    text = page(row, swapped(good, row.variants))
    sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    assert list(sections) == ["paper", "octaves", "phrases"]
    for corpus, section in sections.items():
        heads, _, first, *_ = section.strip().splitlines()
        found = {head.split(" F1 ")[0] for head in heads.strip("| ").split(" | ") if " F1 " in head}
        assert found == set(true_swap.FACTORS[corpus])
        assert "swap's distance | resynthesis | no swap | swap within 60 dB | seconds |" in heads
        assert first.startswith("| dsae | 2 | 0.99 [0.99, 0.99] |")
        assert section.count("\n| c-dsvae, true views |") == 1
    assert "Scores are of the test part." in text


# true-swap-parts

PARTS = {"without swaps": {"swap_share": 0.1}, "with small z": {"z_dim": 2, "v_dim": 2}}


def test_each_part_is_taken_away_once_on_each_corpus() -> None:
    row = replace(true_swap_parts.EXPERIMENT, variants=true_swap_parts.variants("ts-dsae", PARTS))
    assert len(row.variants) == 9
    names = [variant.name for variant in row.variants]
    assert names[:3] == [
        "paper,ts-dsae",
        "paper,ts-dsae,without-swaps",
        "paper,ts-dsae,with-small-z",
    ]
    configs = [variant.config() for variant in row.variants]
    assert [config.model.z_dim for config in configs] == [configs[0].model.z_dim] * 2 + [2] + [
        configs[0].model.z_dim
    ] * 2 + [2] + [configs[0].model.z_dim] * 2 + [2]
    assert (row.part, row.intervals) == ("test", True)


def test_parts_are_told_by_what_they_bring() -> None:
    row = replace(true_swap_parts.EXPERIMENT, variants=true_swap_parts.variants("ts-dsae", PARTS))
    far = {"": (1.0, 2.0), "without swaps": (4.0, 5.0), "with small z": (0.5, 0.5)}
    runs = [
        run({"counterfactual_mse": value}, variant, seed)
        for variant in row.variants
        if variant.corpus != "phrases"
        for seed, value in enumerate(far[variant.label])
    ]
    told = row.verdict(Results("parts", tuple(runs)))
    each = "whole 1.50, without swaps 4.50 (+3.00), with small z 0.50 (-1.00)"
    assert told.endswith(f"counterfactual: paper: {each}; octaves: {each}.")
    failed = [one if one.variant.label else replace(one, scores=None) for one in runs]
    assert "paper" not in row.verdict(Results("parts", tuple(failed)))
