"""The interventional robustness score on known codes, and values of a public implementation."""

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.irs import irs

RNG = np.random.default_rng(6)


@pytest.mark.parametrize(("quantile", "golden"), [(0.99, 0.5319737754), (1, 0.4350638677)])
def test_the_values_of_disentanglement_lib(mixed, quantile, golden) -> None:
    """Its `scalable_disentanglement_score` of commit 86a644d."""
    found = irs(mixed.codes, mixed.factors, quantile=quantile)
    assert found.value == pytest.approx(golden, abs=1e-9)


def test_the_equations_written_out(mixed) -> None:
    """Suter et al. 2019 in sums: expected largest effect of all else, while a factor is kept."""
    found = irs(mixed.codes, mixed.factors, quantile=1)
    scores, weights = [], []
    for z in mixed.codes.T:
        most = max(abs(one - z.mean()) for one in z)
        of_factors = []
        for g in mixed.factors.T:
            kept = [z[g == one] for one in np.unique(g)]
            effects = [max(abs(one - part.mean()) for one in part) for part in kept]
            of_factors.append(1 - sum(effects) / len(effects) / most)
        scores.append(max(of_factors))
        weights.append(most)
        np.testing.assert_allclose(found.matrix[:, len(scores) - 1], of_factors)
    assert found.value == pytest.approx(np.dot(scores, weights) / sum(weights))


def test_a_perfect_code_is_1_and_a_constant_one_0(crossed) -> None:
    assert irs(crossed, crossed).value == pytest.approx(1)
    assert irs(crossed[:, [1]], crossed).value == pytest.approx(1)
    assert irs(np.ones((len(crossed), 2)), crossed).value == 0
    padded = np.concatenate([crossed, np.ones((len(crossed), 1))], axis=1)
    assert irs(padded, crossed).value == pytest.approx(1)
    # a + b and a - b of 0, 1 and 0, 1, 2 deviate by 3/2 at most, and by 1/2 where b is kept.
    assert irs(crossed[:, :2] @ [[1, 1], [1, -1]], crossed).value == pytest.approx(2 / 3)


def test_order_units_and_names_do_not_matter_where_units_are_common(mixed) -> None:
    expected = irs(mixed.codes, mixed.factors).value
    moved = mixed.codes[:, ::-1] * [-1, 1, 1, -1, 1, 1] * 50 + 3
    assert irs(moved, 9 - mixed.factors[:, ::-1]).value == pytest.approx(expected)
    larger = mixed.codes * [1e3, 1, 1, 1, 1, 1]  # the score of the first has all the weight
    of_first = irs(mixed.codes, mixed.factors).matrix[:, 0].max()
    assert irs(larger, mixed.factors).value == pytest.approx(of_first, abs=0.01)


def test_noise_is_far_above_0_and_no_higher_than_its_floor() -> None:
    factors = RNG.integers(0, 3, (800, 2))
    found = irs(RNG.normal(size=(800, 4)), factors, permutations=10)
    assert 0.15 < found.value < 0.45
    assert found.value == pytest.approx(found.floor, abs=0.05)


def test_a_continuous_factor_is_put_into_bins() -> None:
    level = RNG.uniform(size=2000)
    found = irs(level[:, None], {"level": level})
    assert found.value == pytest.approx(1 - 1 / 20, abs=0.02)


@pytest.mark.parametrize("quantile", [0, 1.5])
def test_bad_quantiles(mixed, quantile) -> None:
    with pytest.raises(DsoundsError, match=f"quantile is {quantile}"):
        irs(*mixed, quantile=quantile)
