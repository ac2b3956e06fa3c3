"""Marks and verdicts follow the numbers."""

from typing import Any

import pytest

from dsounds.train.report.verdict import mark, verdict


@pytest.mark.parametrize(
    ("value", "floor", "ceiling", "expected"),
    [
        (0.951, 0.5, 1, "good"),
        (0.949, 0.5, 1, "part"),
        (0.63, 0.5, 1, "part"),
        (0.62, 0.5, 1, "poor"),
        (0.2, 0.5, 1, "poor"),
        (0.1, 1, 0, "good"),
        (0.11, 1, 0, "part"),
        (0.75, 1, 0, "poor"),
        (1.3, 1, 0, "poor"),
    ],
)
def test_a_mark_is_the_way_from_the_floor(
    value: float, floor: float, ceiling: float, expected: str
) -> None:
    assert mark(value, floor, ceiling) == expected


def f1(given: float, swapped: float, local: float) -> dict[str, float]:
    row = {"f1_input": given, "f1_reconstruction": given, "f1_global": swapped, "f1_local": local}
    return row | {"f1_constant": 1 / 3, "f1_random": 1 / 2, "classes": 2.0}


def told(error: float | None, effect: float = 8, missed: float = 0.1, **factors: Any) -> str:
    scores = {"reconstruction_mse_standardised": missed, "counterfactual_error": error}
    scores |= {"v_effect": effect, "v_active_units": 3, "counterfactual_mse_unswapped": 16}
    return " ".join(verdict(scores, factors))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (told(0.1, x=f1(1, 1, 1)), "good separates"),
        (told(0.5, x=f1(1, 1, 1)), "part separates in part"),  # F1 alone would flatter it
        (told(None, x=f1(1, 1, 1)), "part separates in part"),
        (told(0.1, x=f1(1, 1, 1), y=f1(1, 0, 0)), "part separates in part"),
        (told(0.1, x=f1(1, 0.8, 1)), "part separates in part"),
        (told(0.1, x=f1(1, 1, 0)), "part separates in part"),
        (told(1, x=f1(1, 0, 0)), "poor does not separate"),
        (told(1, x=f1(1, 0.5, 0.5)), "poor does not separate"),  # what a random guess gets
        (told(0.1, x=f1(0.55, 1, 1)), "poor does not separate"),  # v does not know the factor
        (told(1, effect=0.01, x=f1(1, 0, 0)), "poor v has collapsed"),
        (told(0.1, missed=0.9, x=f1(1, 1, 1)), "poor has hardly learned"),
        (told(None), "part nothing to separate"),
        (told(0.1, x={"f1_input": 1.0}), "part cannot be judged"),
        (told(0.1, x=f1(1, 1, 1) | {"f1_local": None}), "part cannot be judged"),
    ],
)
def test_a_verdict_follows_the_numbers(found: str, expected: str) -> None:
    assert found == expected


def test_without_a_ratio_swaps_are_not_called_right() -> None:
    """F1 is right in a model that decodes all clips equally badly."""
    scores = {"counterfactual_mse": 11.4, "counterfactual_error": None}
    assert verdict(scores, {"x": f1(1, 1, 1)}) == ("poor", "has hardly learned")
    assert verdict(scores | {"counterfactual_error": 0.05}, {"x": f1(1, 1, 1)})[0] == "good"


def test_a_collapse_is_seen_without_counterfactuals() -> None:
    factors = {"x": f1(1, 1, 1)}
    assert verdict({"v_effect": 0.0, "v_active_units": 0.0}, factors)[1] == "v has collapsed"
    assert verdict({"v_effect": 0.0, "v_active_units": 1.0}, factors)[1] == "separates in part"
    assert verdict({}, factors)[1] == "separates in part"
