"""Explicitness on codes whose answers are known, and the value of a public implementation."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from dsounds.train.scores.codes.explicitness import NO_AREA, explicitness

RNG = np.random.default_rng(1)
N = 900
CLASSES = RNG.integers(0, 4, N)
FACTORS = {"instrument": CLASSES}
ONE_HOT = np.eye(4)[CLASSES]


def test_the_value_of_a_public_implementation(mixed) -> None:
    """Carbonneau et al.'s code, commit 05d5667, impl=2; it scales codes to 0 to 1, we to 1."""
    found = explicitness(mixed.codes, mixed.factors, train=(mixed.codes, mixed.factors))
    assert found.value == pytest.approx(0.7264, abs=0.003)


def test_it_is_the_mean_area_under_the_curves_of_classes_against_the_rest() -> None:
    codes = ONE_HOT + 0.8 * RNG.normal(size=(N, 4))
    train, test = slice(0, 600), slice(600, None)
    found = explicitness(
        codes[test], {"a": CLASSES[test]}, train=(codes[train], {"a": CLASSES[train]})
    )
    centre, scale = codes[train].mean(axis=0), codes[train].std(axis=0)
    areas = []
    for one in range(4):
        model = LogisticRegression(class_weight="balanced").fit(
            (codes[train] - centre) / scale, CLASSES[train] == one
        )
        told = model.decision_function((codes[test] - centre) / scale)
        areas.append(roc_auc_score(CLASSES[test] == one, told))
    assert found.value == pytest.approx(2 * np.mean(areas) - 1, abs=1e-3)
    assert found.value < 0.95


def test_a_direction_for_each_class_is_1_and_one_line_for_all_is_not() -> None:
    assert explicitness(ONE_HOT, FACTORS).value == pytest.approx(1)
    in_a_line = explicitness(CLASSES[:, None].astype(float), FACTORS)
    assert 0.4 < in_a_line.value < 0.8
    assert explicitness(np.zeros((N, 2)), FACTORS).value == 0  # all samples tie


def test_noise_lies_within_its_floor() -> None:
    found = explicitness(RNG.normal(size=(N, 4)), FACTORS, permutations=5, bootstraps=20)
    assert abs(found.value) < 0.15
    assert abs(found.floor) < 0.15


def test_a_rotation_units_and_names_do_not_matter() -> None:
    codes = ONE_HOT + 0.8 * RNG.normal(size=(N, 4))
    expected = explicitness(codes, FACTORS).value
    turn = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
    assert explicitness(codes @ turn, FACTORS).value == pytest.approx(expected, abs=0.01)
    moved = codes[:, ::-1] * [-3, 100, 0.01, 1] + 7
    assert explicitness(moved, FACTORS).value == pytest.approx(expected, abs=1e-4)
    assert explicitness(codes, {"a": 9 - CLASSES}).value == pytest.approx(expected, abs=1e-6)


def test_classes_that_a_part_lacks() -> None:
    """The mean is over the classes that can be told: those that are not there do not lower it."""
    half = CLASSES < 2
    train = (ONE_HOT, {"a": CLASSES, "b": CLASSES % 2})
    found = explicitness(ONE_HOT[half], {"a": CLASSES[half], "b": CLASSES[half]}, train=train)
    assert found.factors["a"] == pytest.approx(1)
    few = (ONE_HOT[half], {"a": CLASSES[half]})
    assert explicitness(
        ONE_HOT, FACTORS | {"a": CLASSES}, train=(few[0], {**few[1], "instrument": CLASSES[half]})
    ).value == pytest.approx(1)
    other = explicitness(
        ONE_HOT, {"a": CLASSES, "b": CLASSES}, train=(ONE_HOT, {"a": CLASSES, "b": CLASSES + 10})
    )
    assert other.left_out == {"b": NO_AREA}
    assert list(other.factors) == ["a"]


def test_continuous_factors_are_left_out() -> None:
    found = explicitness(ONE_HOT, {**FACTORS, "level": RNG.normal(size=N)})
    assert found.left_out == {"level": "it is continuous"}
