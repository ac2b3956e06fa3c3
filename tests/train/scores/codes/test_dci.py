"""DCI on codes whose answers are known, and the values of a public implementation."""

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.dci import dci

RNG = np.random.default_rng(2)
N = 900
FACTORS = {"instrument": RNG.integers(0, 2, N), "octave": RNG.integers(0, 4, N)}
BOTH = np.stack(list(FACTORS.values()), axis=1).astype(float)
PERFECT = np.concatenate([BOTH, RNG.normal(size=(N, 2))], axis=1)


def values(*given, **options) -> dict[str, float]:
    return {name: one.value for name, one in dci(*given, **options).items()}


@pytest.mark.parametrize(("trees", "within"), [("boosting", 0.005), ("forest", 0.03)])
def test_the_values_of_disentanglement_lib(mixed, trees, within) -> None:
    """Its `_compute_dci` of commit 86a644d, boosted trees, with scikit-learn 1.9.1."""
    found = values(*mixed.test, train=mixed.train, trees=trees)
    golden = {"disentanglement": 0.45495, "completeness": 0.38717, "informativeness": 0.8825}
    assert found == pytest.approx(golden, abs=within)


def test_a_perfect_code_is_1_in_all_three() -> None:
    """disent 0.8.0 has 1.000 for D and C of 2,000 such codes."""
    expected = {"disentanglement": 1, "completeness": 1, "informativeness": 1}
    assert values(PERFECT, FACTORS) == pytest.approx(expected, abs=1e-3)


def test_noise_knows_nothing() -> None:
    """disent 0.8.0 has 0.005 for D and C of 2,000 such codes."""
    found = dci(RNG.normal(size=(N, 4)), FACTORS, permutations=3)
    assert found["disentanglement"].value < 0.05
    assert found["disentanglement"].floor < 0.05
    assert found["completeness"].value < 0.15
    assert found["informativeness"].factors["octave"] == pytest.approx(0.25, abs=0.1)


def test_disentanglement_and_completeness_are_told_apart() -> None:
    """A dimension for two factors is complete, not disentangled; two for one are the reverse."""
    merged = (BOTH[:, 0] + 2 * BOTH[:, 1])[:, None]
    found = values(np.concatenate([merged, np.zeros((N, 1))], axis=1), FACTORS)
    assert found["completeness"] == pytest.approx(1, abs=1e-6)
    assert found["disentanglement"] < 0.1
    split = np.concatenate([BOTH + 0.5 * RNG.normal(size=BOTH.shape) for _ in range(2)], axis=1)
    found = values(split, FACTORS)
    assert found["disentanglement"] > 0.8
    assert found["completeness"] < 0.6


def test_the_equations_written_out() -> None:
    codes = PERFECT @ np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    found = dci(codes, FACTORS)
    r = found["disentanglement"].matrix  # (factors, dimensions)
    assert r.sum(axis=1) == pytest.approx([1, 1])
    d = 0.0
    for dimension in range(4):
        p = r[:, dimension] / r[:, dimension].sum()
        entropy = -sum(one * np.log(one) / np.log(2) for one in p if one > 0)
        d += (1 - entropy) * r[:, dimension].sum() / r.sum()
    assert found["disentanglement"].value == pytest.approx(d, abs=1e-6)
    c = [1 + sum(one * np.log(one) / np.log(4) for one in row if one > 0) for row in r]
    assert list(found["completeness"].factors.values()) == pytest.approx(c, abs=1e-6)
    assert found["completeness"].value == pytest.approx(np.mean(c), abs=1e-6)


def test_order_units_and_names_do_not_matter() -> None:
    codes = PERFECT + 0.3 * RNG.normal(size=PERFECT.shape)
    expected = values(codes, FACTORS)
    moved = codes[:, ::-1] * [-3, 100, 0.1, 1] + 7
    renamed = {name: 9 - one for name, one in FACTORS.items()}
    assert values(moved, FACTORS) == pytest.approx(expected, abs=0.06)
    assert values(codes, renamed) == pytest.approx(expected, abs=0.06)
    assert values(codes, FACTORS) == expected


def test_continuous_factors_have_trees_of_their_own() -> None:
    level = RNG.normal(size=N)
    found = dci(
        np.stack([level, BOTH[:, 0]], axis=1),
        {"level": level, "instrument": BOTH[:, 0].astype(int)},
    )
    assert found["informativeness"].factors["level"] > 0.95
    assert found["disentanglement"].value > 0.98
    noise = dci(RNG.normal(size=(N, 2)), {"level": level})
    assert noise["informativeness"].value < 0.1


def test_what_has_no_value_or_no_interval() -> None:
    alone = dci(PERFECT, {"octave": FACTORS["octave"]}, bootstraps=10, permutations=1)
    assert np.isnan(alone["disentanglement"].value)
    assert alone["completeness"].value == pytest.approx(1, abs=1e-3)
    assert alone["completeness"].interval is None
    noisy = dci(PERFECT + RNG.normal(size=PERFECT.shape), FACTORS, bootstraps=20)
    low, high = noisy["informativeness"].interval
    assert low < noisy["informativeness"].value < high
    assert np.isnan(dci(PERFECT[:, :1], FACTORS)["completeness"].value)
    assert values(np.zeros((N, 3)), FACTORS)["disentanglement"] == pytest.approx(0, abs=1e-6)


def test_other_trees_are_refused() -> None:
    with pytest.raises(DsoundsError, match="trees is 'birch': forest, boosting are allowed"):
        dci(PERFECT, FACTORS, trees="birch")  # type: ignore[arg-type]
