"""DMIG is 1 for true factors however they depend on each other; MIG is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dsounds.datasets.factors.correlation import entropies, joint_counts
from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.dmig import dmig
from dsounds.train.scores.codes.mig import mig

if TYPE_CHECKING:
    from .conftest import KnownCodes

RHOS = (0.0, 0.3, 0.6, 0.9, 0.95)
RNG = np.random.default_rng(0)


def correlated(rho: float, count: int, sizes: tuple[int, int] = (3, 4)) -> dict[str, np.ndarray]:
    """Two factors, a clip for each count of their joint table, as a corpus has them."""
    cells = joint_counts(sizes, rho, count)
    a, b = (np.repeat(one.ravel(), cells.ravel()) for one in np.indices(cells.shape))
    order = RNG.permutation(count)
    return {"instrument": a[order], "octave": b[order]}


def oracle(factors: dict[str, np.ndarray], idle: int = 2) -> np.ndarray:
    noise = RNG.standard_normal((len(next(iter(factors.values()))), idle))
    return np.concatenate([np.stack(list(factors.values()), axis=1), noise], axis=1)


@pytest.mark.parametrize("rho", RHOS)
def test_oracle_codes_of_correlated_factors_have_1(rho: float) -> None:
    factors = correlated(rho, 3000)
    found = dmig(oracle(factors), factors, bootstraps=20)
    assert found.factors == pytest.approx(dict.fromkeys(factors, 1), abs=0.02)
    assert found.interval is not None
    assert found.interval[0] - 1e-9 <= 1 <= found.interval[1] + 0.02


def test_mig_of_them_falls() -> None:
    found = []
    for rho in RHOS:
        factors = correlated(rho, 3000)
        found.append(mig(oracle(factors), factors).value)
    assert np.all(np.diff(found) < 0)
    assert found[0] > 0.98
    assert found[-1] < 0.5


def test_the_equation_written_out() -> None:
    """(I(a; z_a) - I(a; z_b)) / H(a given b) from the joint table of a and b, as z_a is a."""
    factors = correlated(0.6, 1200)
    flip = RNG.random(1200) < 0.2
    noisy = np.where(flip, RNG.integers(0, 3, 1200), factors["instrument"])
    found = dmig(np.stack([noisy, factors["octave"]], axis=1), factors).factors

    def told(one: np.ndarray, other: np.ndarray) -> float:
        table = np.zeros((4, 4), int)
        np.add.at(table, (one, other), 1)
        return entropies(table).information

    a, b = factors.values()
    left = entropies(joint_counts((3, 4), 0.6, 1200))
    expected = (told(a, noisy) - told(a, b)) / left.a_given_b
    assert found["instrument"] == pytest.approx(expected)
    assert found["octave"] == pytest.approx((left.b - told(b, noisy)) / left.b_given_a)


def test_without_dependence_it_is_mig() -> None:
    factors = correlated(0.0, 2400)
    codes = oracle(factors) + 0.5 * RNG.standard_normal((2400, 4))
    assert dmig(codes, factors).factors == pytest.approx(mig(codes, factors).factors, rel=1e-3)


def test_a_rival_that_is_no_factor_s_own_is_not_forgiven() -> None:
    """Two dimensions tell the same: the gap is 0, and the second is not the other factor's."""
    factors = correlated(0.6, 1200)
    codes = np.concatenate([oracle(factors, 0), oracle(factors, 0)], axis=1)
    assert dmig(codes, factors).factors == pytest.approx(dict.fromkeys(factors, 0), abs=1e-9)
    entangled = factors["instrument"] + 0.5 * RNG.standard_normal(1200)
    codes = np.stack([factors["instrument"], entangled, factors["octave"]], axis=1)
    given = {"instrument": 0, "octave": 2}
    expected = mig(codes, factors, assignment=given).factors["instrument"]
    assert dmig(codes, factors, assignment=given).factors["instrument"] == pytest.approx(expected)


def test_the_numbers_of_latte(known: KnownCodes) -> None:
    """Version 0.0.1-alpha6, dmig with reg_dim [0, 1] and with [1, 2]."""
    for dimensions, expected in (
        ((0, 1), [0.19542368279189368, 0.16521280169962968]),
        ((1, 2), [-0.17755468628804624, -0.22907958512582569]),
    ):
        given = dict(zip(("factor_0", "factor_1"), dimensions, strict=True))
        found = dmig(known.of_numbers, known.numbers, estimator="neighbours", assignment=given)
        assert list(found.factors.values()) == pytest.approx(expected, abs=1e-6)


def test_the_entropy_of_the_scored_part_is_what_counts() -> None:
    """A part of a corpus has another dependence than the whole declares: here more of it."""
    whole = correlated(0.95, 3000)
    near = whole["instrument"] * 4 // 3 == whole["octave"]
    kept = near | (RNG.random(3000) < 0.3)
    part = {name: one[kept] for name, one in whole.items()}
    codes, pairs = oracle(part), [("instrument", "octave"), ("octave", "instrument")]
    table = entropies(joint_counts((3, 4), 0.95, 3000))
    declared = dict(zip(pairs, (table.a_given_b, table.b_given_a), strict=True))
    counts = np.zeros((3, 4), int)
    np.add.at(counts, tuple(part.values()), 1)
    own = dict(zip(pairs, (entropies(counts).a_given_b, entropies(counts).b_given_a), strict=True))
    assert own[pairs[0]] < 0.9 * declared[pairs[0]]
    assert dmig(codes, part).value == pytest.approx(1, abs=0.02)
    assert dmig(codes, part, conditional_entropy=own).value == pytest.approx(1, abs=0.02)
    assert dmig(codes, part, conditional_entropy=declared).value < 0.95


def test_a_factor_that_another_one_determines_is_left_out() -> None:
    label = np.arange(400) % 4
    factors = {"octave": label, "register": label // 2}
    found = dmig(np.stack([label, label // 2], axis=1).astype(float), factors)
    assert found.left_out == {"register": "octave leaves nothing open"}
    assert found.factors == pytest.approx({"octave": 1})


def test_correlated_numbers_by_bins() -> None:
    """Brightness and depth, correlation 0.9: MIG is low, DMIG 1."""
    a = RNG.standard_normal(5000)
    b = 0.9 * a + np.sqrt(1 - 0.81) * RNG.standard_normal(5000)
    factors = {"brightness": a, "depth": b}
    codes = np.stack([2 * a + 1, -b], axis=1)
    assert mig(codes, factors).value < 0.75
    assert dmig(codes, factors).value == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({("instrument", "octav"): 0.5}, r"conditional_entropy has \('instrument', 'octav'\)"),
        ({"instrument": 0.5}, "a pair of the factors instrument, octave is needed"),
        ({("instrument", "octave"): -0.1}, "instrument given octave is -0.1: 0 nats or more"),
        ({("instrument", "octave"): np.nan}, "instrument given octave is nan"),
    ],
)
def test_a_conditional_entropy_that_cannot_be_is_refused(given: dict, message: str) -> None:
    factors = correlated(0.3, 60)
    with pytest.raises(DsoundsError, match=message):
        dmig(oracle(factors), factors, conditional_entropy=given)
