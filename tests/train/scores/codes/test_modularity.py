"""Modularity on codes whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dsounds.train.scores.codes.modularity import modularity

if TYPE_CHECKING:
    from .conftest import KnownCodes

N = 6000
RNG = np.random.default_rng(0)
FACTORS = {"a": np.arange(N) % 2, "b": np.arange(N) // 2 % 2, "c": np.arange(N) // 4 % 2}
TRUE = np.stack(list(FACTORS.values()), axis=1).astype(float)


def test_a_dimension_for_each_factor_is_1_also_twice() -> None:
    """It asks dimensions, so it does not matter that two tell of one factor."""
    assert modularity(TRUE, FACTORS).value == pytest.approx(1)
    assert modularity(np.repeat(TRUE, 2, axis=1), FACTORS).value == pytest.approx(1)


def test_a_dimension_of_two_factors_has_a_half_of_three() -> None:
    """1 - I^2 / ((3 - 1) I^2)."""
    assert modularity(TRUE[:, :1] + 2 * TRUE[:, 1:2], FACTORS).value == pytest.approx(0.5)
    assert modularity(TRUE @ [[1.0], [2.0], [4.0]], FACTORS).value == pytest.approx(0)


def test_a_dead_dimension_counts_as_a_live_one_unless_weighted() -> None:
    codes = np.concatenate([TRUE, RNG.standard_normal((N, 3))], axis=1)
    plain, weighted = modularity(codes, FACTORS), modularity(codes, FACTORS, weighted=True)
    assert plain.value < 0.9
    assert weighted.value > 0.99
    constant = np.concatenate([TRUE, np.zeros((N, 1))], axis=1)
    assert modularity(constant, FACTORS).value == pytest.approx(0.75)
    assert modularity(constant, FACTORS, weighted=True).value == pytest.approx(1)


def test_a_collapsed_code_has_0_and_one_factor_no_value() -> None:
    assert modularity(np.zeros((N, 2)), FACTORS).value == 0
    assert np.isnan(modularity(TRUE, {"a": FACTORS["a"]}).value)


def test_the_number_of_disentanglement_lib(known: KnownCodes) -> None:
    """Version 1.5, modularity_explicitness.modularity of the information by 20 bins."""
    found = modularity(known.codes, known.labels)
    assert found.value == pytest.approx(0.915822310991268, abs=1e-9)
