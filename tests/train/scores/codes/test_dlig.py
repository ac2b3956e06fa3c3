"""DLIG on codes whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dsounds.train.scores.codes.dlig import dlig

if TYPE_CHECKING:
    from .conftest import KnownCodes

N = 2000
RNG = np.random.default_rng(0)
INSTRUMENT = RNG.integers(0, 3, N)
OCTAVE = np.where(RNG.random(N) < 0.8, INSTRUMENT, RNG.integers(0, 3, N))
FACTORS = {"instrument": INSTRUMENT, "octave": OCTAVE}


def test_the_true_factors_have_1_although_they_depend_on_each_other() -> None:
    codes = np.stack([OCTAVE, INSTRUMENT, RNG.standard_normal(N)], axis=1)
    assert dlig(codes, FACTORS).factors == pytest.approx(dict.fromkeys(FACTORS, 1))


def test_a_dimension_that_tells_more_of_another_factor_is_negative() -> None:
    """z is the octave, and was made for the instrument: (I - H(octave)) / H(i given o) = -1."""
    codes = np.stack([OCTAVE, INSTRUMENT], axis=1)
    found = dlig(codes, FACTORS, assignment={"instrument": 0, "octave": 1}).factors
    share = {name: np.bincount(one) / N for name, one in FACTORS.items()}
    h = {name: -(p * np.log(p)).sum() for name, p in share.items()}
    both = np.bincount(3 * INSTRUMENT + OCTAVE) / N
    joint = -(both[both > 0] * np.log(both[both > 0])).sum()
    told = h["instrument"] + h["octave"] - joint
    assert found["instrument"] == pytest.approx((told - h["octave"]) / (joint - h["octave"]))
    assert found["octave"] == pytest.approx((told - h["instrument"]) / (joint - h["instrument"]))


def test_an_exact_entropy_divides_the_gap() -> None:
    codes = np.stack([INSTRUMENT, OCTAVE], axis=1)
    pair, plain = ("instrument", "octave"), dlig(codes, FACTORS).factors
    halved = dlig(codes, FACTORS, conditional_entropy={pair: 4.0}).factors
    size = dlig(codes, FACTORS, conditional_entropy={pair: 1.0}).factors["instrument"]
    assert halved["instrument"] == pytest.approx(size / 4)
    assert halved["octave"] == plain["octave"]


def test_one_factor_has_no_other() -> None:
    found = dlig(INSTRUMENT[:, None], {"instrument": INSTRUMENT})
    assert np.isnan(found.value)
    assert found.left_out == {"instrument": "no other factor varies: two are needed"}


def test_the_numbers_of_latte(known: KnownCodes) -> None:
    """Version 0.0.1-alpha6, dlig with reg_dim [0, 1]."""
    given = {"factor_0": 0, "factor_1": 1}
    found = dlig(known.of_numbers, known.numbers, estimator="neighbours", assignment=given)
    expected = [0.18224767191522973, 0.17838881257629363]
    assert list(found.factors.values()) == pytest.approx(expected, abs=1e-6)
