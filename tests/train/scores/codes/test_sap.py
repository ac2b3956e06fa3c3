"""SAP on codes whose answers are known, and the values of a public implementation."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from dsounds.train.scores.codes.sap import sap

RNG = np.random.default_rng(0)
N = 900
FACTORS = {"instrument": RNG.integers(0, 2, N), "octave": RNG.integers(0, 5, N)}
PERFECT = np.stack([*FACTORS.values(), RNG.normal(size=N)], axis=1).astype(float)
ORDINAL = dict.fromkeys(FACTORS, "ordinal")


def test_the_values_of_disentanglement_lib(mixed) -> None:
    """Its `_compute_sap` of commit 86a644d, with scikit-learn 1.9.1, for both kinds of factors."""
    found = sap(*mixed.test, train=mixed.train)
    assert found.value == pytest.approx(0.129, abs=0.003)
    golden = [[0.728, 0.584, 0.512, 0.532, 0.526, 0.528], [0.214, 0.212, 0.222, 0.546, 0.344, 0.22]]
    np.testing.assert_allclose(found.matrix[[0, 3]], golden, atol=0.005)
    kinds = {f"factor_{k}": "ordinal" for k in range(4)}
    found = sap(*mixed.train, train=mixed.train, kinds=kinds)
    assert found.value == pytest.approx(0.2407058629526622)
    assert found.matrix[2] == pytest.approx(
        [4.13675e-1, 1.9e-5, 7.88067e-1, 1.15077e-1, 3.93e-4, 8.0171e-1], abs=1e-6
    )


def test_a_perfect_code_has_1_by_regression_alone() -> None:
    assert sap(PERFECT, FACTORS, kinds=ORDINAL).value == pytest.approx(1, abs=0.02)
    found = sap(PERFECT, FACTORS)
    assert found.factors["instrument"] == pytest.approx(0.5, abs=0.06)  # the other one guesses half
    assert 0.3 < found.factors["octave"] < 0.7  # the penalty hides the middle classes


def test_each_dimension_is_a_machine_of_its_own_that_is_asked_on_other_samples() -> None:
    """The penalty C is felt: with 1, all five octaves would be told."""
    codes, octave = PERFECT, FACTORS["octave"]
    train, test = slice(0, 600), slice(600, None)
    given = (codes[train], {"octave": octave[train]})
    found = sap(codes[test], {"octave": octave[test]}, train=given).matrix[0, 1]

    def right(c: float) -> float:
        machine = LinearSVC(C=c, class_weight="balanced").fit(codes[train, 1:2], octave[train])
        return float((machine.predict(codes[test, 1:2]) == octave[test]).mean())

    assert found == right(0.01) != right(1)


def test_doubled_and_rotated_dimensions_have_no_gap() -> None:
    doubled = np.repeat(PERFECT[:, :2], 2, axis=1)
    assert sap(doubled, FACTORS, kinds=ORDINAL).value == pytest.approx(0)
    a, b = RNG.normal(size=(2, N))
    turned = np.stack([a + b, a - b], axis=1)
    assert sap(turned, {"a": a}).value < 0.1
    assert sap(np.stack([a, b], axis=1), {"a": a}).value > 0.95


def test_order_of_dimensions_and_names_of_classes_do_not_matter_nor_units_of_regression() -> None:
    codes = PERFECT + 0.4 * RNG.normal(size=PERFECT.shape)
    expected = sap(codes, FACTORS).value
    assert sap(codes[:, ::-1], FACTORS).value == pytest.approx(expected)
    renamed = {"instrument": 7 - FACTORS["instrument"], "octave": FACTORS["octave"] * 2 + 1}
    assert sap(codes, renamed).value == pytest.approx(expected)
    expected = sap(codes, FACTORS, kinds=ORDINAL).value
    assert sap(codes * [-3, 100, 0.1] + 7, FACTORS, kinds=ORDINAL).value == pytest.approx(expected)


def test_noise_lies_within_its_floor() -> None:
    noise = RNG.normal(size=(N, 4))
    found = sap(noise, FACTORS, permutations=5, bootstraps=20)
    assert found.value < 0.1
    assert found.floor < 0.1
    low, high = found.interval
    assert low <= found.value <= high


def test_one_dimension_is_compared_with_one_that_knows_nothing() -> None:
    found = sap(FACTORS["instrument"][:, None].astype(float), FACTORS)
    assert found.factors["instrument"] == pytest.approx(0.5, abs=0.1)
    assert found.matrix.shape == (2, 2)
    assert sap(np.zeros((N, 3)), FACTORS, kinds=ORDINAL).value == 0
