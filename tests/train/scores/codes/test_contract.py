"""What every score of codes against factors keeps to; the rows are found in the registry.

What a score is not invariant to stands in `CHANGES`, with the reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.train.scores.codes import leakage
from dsounds.train.scores.codes.code_score import CodeScore
from dsounds.train.scores.registry import rows_in_order
from dsounds.train.scores.row import Score

N = 240
RNG = np.random.default_rng(7)
SIZES = {"instrument": 2, "octave": 3, "scale": 4}
FACTORS = {name: RNG.permutation(np.arange(N) % size) for name, size in SIZES.items()}
TOLD = np.stack([2 * one / one.max() - 1 for one in FACTORS.values()], axis=1)
CODES = np.concatenate([TOLD + 0.4 * RNG.standard_normal(TOLD.shape), RNG.normal(size=(N, 2))], 1)
NOISE = RNG.standard_normal((N, 5))

ROWS = [row for row in rows_in_order() if row.of_codes is not None]
ROWS.append(replace(leakage.SCORE, of_codes=leakage.leakage))  # the row itself asks a model alone
SHARED: dict[Any, Any] = {}  # what scores of these arrays make of them
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

# Score and change -> why its number is another one afterwards.
CHANGES = {
    ("infom", "units"): "dimensions of a small range count as inactive",
    ("infoc", "units"): "dimensions of a small range count as inactive",
    ("irs", "units"): "dimensions are weighted by how far they reach",
    ("beta_vae_score", "units"): "the penalty of its classifier depends on them",
    ("beta_vae_score", "unit of all"): "the penalty of its classifier depends on it",
}
TOLERANCE = 1e-6
LOOSE = {
    "infoe": 2e-3,  # its classifier stops before it is at its best
    "dci": 0.05,  # trees choose at random among splits that are as good
}
# Least deviation of a floor that is made of two shuffles, as each is a fit.
ROUGH = {"sap": 0.05, "explicitness": 0.05, "linear_probe": 0.05, "factor_vae_score": 0.05}
ROUGH["leakage"] = 0.05  # it has no floor but 0


def numbers(
    row: Score, codes: Any = CODES, factors: Any = FACTORS, kind: str = "ordinal", **options: Any
) -> dict[str, CodeScore]:
    """Return the numbers of a score: one has no name."""
    assert row.of_codes is not None
    kinds = dict.fromkeys(factors, kind) if isinstance(factors, Mapping) else None
    found = row.of_codes(codes, factors, **{"kinds": kinds, **options})
    return {"": found} if isinstance(found, CodeScore) else dict(found)


def assert_same(row: Score, change: str, one: Mapping[str, CodeScore], other: Any) -> None:
    if (row.name, change) in CHANGES:
        pytest.skip(CHANGES[row.name, change])
    tolerance = LOOSE.get(row.name, TOLERANCE)
    assert one.keys() == other.keys()
    for name, found in one.items():
        for a, b in ((found.value, other[name].value), (found.factors, other[name].factors)):
            assert b == pytest.approx(a, abs=tolerance, nan_ok=True), name


def test_there_are_scores() -> None:
    assert {"mig", "dmig", "xmig", "dlig", "modularity", "infom", "infoc", "infoe"} <= {
        row.name for row in ROWS
    }


@each_row
def test_the_order_of_dimensions_does_not_matter(row: Score) -> None:
    moved = numbers(row, CODES[:, [3, 1, 4, 0, 2]])
    assert_same(row, "order of dimensions", numbers(row), moved)


@each_row
def test_units_of_dimensions_do_not_matter(row: Score) -> None:
    units = numbers(row, CODES * [1000.0, 1.0, 0.01, 5.0, 30.0] + [0, 1, 2, -300, 4])
    assert_same(row, "units", numbers(row), units)


@each_row
def test_one_unit_of_all_dimensions_does_not_matter(row: Score) -> None:
    assert_same(row, "unit of all", numbers(row), numbers(row, -8 * CODES + 5))


@each_row
def test_names_of_classes_do_not_matter(row: Score) -> None:
    orders = {"instrument": [1, 0], "octave": [2, 0, 1], "scale": [3, 0, 2, 1]}
    renamed = {name: np.array(orders[name])[one] for name, one in FACTORS.items()}
    texts = {name: np.array(list("dbca"))[one] for name, one in FACTORS.items()}
    expected = numbers(row, kind="categorical")
    for factors in (renamed, texts):
        assert_same(row, "names of classes", expected, numbers(row, CODES, factors, "categorical"))


@each_row
def test_the_order_of_factors_does_not_matter(row: Score) -> None:
    turned = dict(reversed(FACTORS.items()))
    assert_same(row, "order of factors", numbers(row), numbers(row, CODES, turned))


@each_row
def test_the_same_seed_gives_the_same_numbers(row: Score) -> None:
    first, again = (numbers(row, permutations=2, bootstraps=2, seed=5) for _ in range(2))
    for name, found in first.items():
        other = again[name]
        assert (found.value, found.factors) == (other.value, other.factors)
        assert (found.floor, found.interval) == (other.floor, other.interval)


@each_row
def test_what_scores_share_does_not_change_them(row: Score) -> None:
    options = {"permutations": 2, "bootstraps": 2, "seed": 5}
    alone, together = numbers(row, **options), numbers(row, **options, shared=SHARED)
    for name, found in alone.items():
        other = together[name]
        assert (found.value, found.factors) == (other.value, other.factors)
        assert (found.floor, found.interval) == (other.floor, other.interval)


@each_row
def test_codes_that_tell_more_are_better_than_noise(row: Score) -> None:
    clear = np.concatenate([TOLD + 0.02 * RNG.standard_normal(TOLD.shape), CODES[:, 3:]], axis=1)
    for name, found in numbers(row, clear).items():
        assert found.value > numbers(row, NOISE)[name].value
        assert found.value <= 1 + 1e-9


@each_row
def test_noise_is_at_its_floor(row: Score) -> None:
    for found in numbers(row, NOISE, permutations=20).values():
        floor, high = found.floor, found.floor_high
        if row.name == "leakage":
            floor = high = 0.0
        assert floor is not None
        assert high is not None
        spread = max(high - floor, ROUGH.get(row.name, 0.01))
        assert abs(found.value - floor) < 2.5 * spread


@each_row
def test_the_value_lies_where_bootstrap_samples_lie(row: Score) -> None:
    for found in numbers(row, bootstraps=10).values():
        if found.interval is not None:
            low, high = found.interval
            assert low <= high
            assert low - 0.15 < found.value < high + 0.15


@each_row
def test_constant_factors_are_left_out_by_name(row: Score) -> None:
    more = {**FACTORS, "level": np.zeros(N)}
    for name, found in numbers(row, CODES, more).items():
        assert found.left_out["level"] == "it is constant"
        assert "level" not in found.factors
        assert found.value == pytest.approx(numbers(row)[name].value, nan_ok=True)


@each_row
@pytest.mark.parametrize("constant", [[3], [0, 1, 2, 3, 4]], ids=["one", "all"])
def test_constant_dimensions_do_no_harm(row: Score, constant: list[int]) -> None:
    codes = CODES.copy()
    codes[:, constant] = 0.3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for found in numbers(row, codes, permutations=1, bootstraps=1).values():
            assert np.isnan(found.value) or -1 <= found.value <= 1 + 1e-9


@each_row
def test_two_samples_are_scored_or_refused(row: Score) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with suppress(DsoundsError):
            found = numbers(row, CODES[:2], {"octave": np.array([0, 1])})
            assert all(isinstance(one, CodeScore) for one in found.values())


def nan_in(array: np.ndarray) -> np.ndarray:
    spoilt = array.astype(float)
    spoilt[0] = np.nan
    return spoilt


BAD: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "nan": (lambda: {"codes": nan_in(CODES)}, "codes: 5 of 1200 numbers are nan"),
    "infinite": (lambda: {"codes": CODES / 0.0}, "codes: 1200 of 1200 numbers are nan or infinite"),
    "texts": (lambda: {"codes": np.full((N, 2), "x")}, "codes are no numbers"),
    "one sample": (
        lambda: {"codes": CODES[:1], "factors": {"octave": np.array([1])}},
        "need at least 2 samples: got 1",
    ),
    "no axis": (lambda: {"codes": CODES[:, 0]}, r"shape \(240,\): \(samples, dimensions\)"),
    "three axes": (lambda: {"codes": CODES[:, None]}, r"shape \(240, 1, 5\)"),
    "no dimensions": (lambda: {"codes": CODES[:, :0]}, "no dimensions"),
    "other lengths": (lambda: {"codes": CODES[:-1]}, "shape .240,., but there are 239 codes"),
    "nan in a factor": (
        lambda: {"factors": {"octave": nan_in(FACTORS["octave"])}},
        "octave: 1 of 240 numbers are nan",
    ),
    "infinite factor": (
        lambda: {"factors": {"octave": FACTORS["octave"] / 0.0}, "kinds": {}},
        "octave: 240 of 240 numbers are nan or infinite",
    ),
    "two axes of a factor": (
        lambda: {"factors": {"octave": TOLD[:, :2]}},
        r"octave has the shape \(240, 2\), but there are 240 codes",
    ),
    "one axis of all factors": (
        lambda: {"factors": FACTORS["octave"]},
        r"factors have the shape \(240,\): \(samples, factors\)",
    ),
    "constant factors": (
        lambda: {"factors": {"octave": np.ones(N), "scale": np.zeros(N)}},
        "none of the 2 factors varies",
    ),
    "no factors": (lambda: {"factors": {}}, "there are no factors"),
    "more factors than samples": (
        lambda: {"codes": CODES[:3], "factors": TOLD.T[:, :4]},
        "4 factors but 3 samples: more samples are needed",
    ),
    "kinds": (lambda: {"kinds": {"octave": "nominal"}}, "the kind 'nominal': categorical"),
    "kind of no factor": (lambda: {"kinds": {"pitch": "ordinal"}}, "has pitch, which are no fac"),
    "order of texts": (
        lambda: {"factors": {"octave": np.array(list("abc") * 80)}},
        "octave is text: it can only be categorical",
    ),
    "groups": (lambda: {"groups": np.zeros(3)}, "groups have the shape"),
    "permutations": (lambda: {"permutations": -1}, "cannot be negative"),
    "bootstraps": (lambda: {"bootstraps": -1}, "cannot be negative"),
}


@each_row
@pytest.mark.parametrize("fault", BAD)
def test_bad_input_has_one_clear_error(row: Score, fault: str) -> None:
    make, message = BAD[fault]
    with np.errstate(divide="ignore", invalid="ignore"):
        given = make()
    with pytest.raises(DsoundsError, match=message) as error:
        numbers(row, **given)
    assert "\n" not in str(error.value)
