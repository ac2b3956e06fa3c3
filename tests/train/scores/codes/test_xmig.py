"""XMIG on codes whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dsounds.train.scores.codes.mig import mig
from dsounds.train.scores.codes.xmig import xmig

if TYPE_CHECKING:
    from .conftest import KnownCodes

N = 2000
RNG = np.random.default_rng(0)
INSTRUMENT = RNG.integers(0, 3, N)
OCTAVE = np.where(RNG.random(N) < 0.8, INSTRUMENT, RNG.integers(0, 3, N))
FACTORS = {"instrument": INSTRUMENT, "octave": OCTAVE}


def test_dependence_between_factors_does_not_lower_it() -> None:
    codes = np.stack([INSTRUMENT, OCTAVE, RNG.standard_normal(N)], axis=1)
    assert xmig(codes, FACTORS).value > 0.98
    assert mig(codes, FACTORS).value < 0.5


def test_what_a_dimension_without_a_factor_tells_lowers_it() -> None:
    codes = np.stack([INSTRUMENT, OCTAVE, INSTRUMENT], axis=1)
    found = xmig(codes, FACTORS, assignment={"instrument": 0, "octave": 1}).factors
    assert found["instrument"] == pytest.approx(0)
    assert 0 < found["octave"] < 0.7


def test_the_rest_of_a_wrong_assignment_tells_more() -> None:
    codes = np.stack([RNG.standard_normal(N), OCTAVE, INSTRUMENT], axis=1)
    found = xmig(codes, FACTORS, assignment={"instrument": 0, "octave": 1}).factors
    assert found["instrument"] == pytest.approx(-1, abs=0.02)


def test_it_needs_more_dimensions_than_factors() -> None:
    found = xmig(np.stack([INSTRUMENT, OCTAVE], axis=1), FACTORS, permutations=3)
    assert np.isnan(found.value)
    assert found.floor is None
    why = "all 2 dimensions are a factor's own: more are needed"
    assert found.left_out == dict.fromkeys(FACTORS, why)


def test_the_numbers_of_latte(known: KnownCodes) -> None:
    """Version 0.0.1-alpha6, xmig with reg_dim [0, 1]."""
    given = {"factor_0": 0, "factor_1": 1}
    found = xmig(known.of_numbers, known.numbers, estimator="neighbours", assignment=given)
    expected = [0.22158606013574825, 0.20813318678128484]
    assert list(found.factors.values()) == pytest.approx(expected, abs=1e-6)
