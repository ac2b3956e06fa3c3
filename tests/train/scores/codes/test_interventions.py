"""The beta-VAE and the FactorVAE score on known codes, and values of public implementations."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.beta_vae_score import beta_vae_score
from dsounds.train.scores.codes.factor_vae_score import factor_vae_score
from dsounds.train.scores.codes.intervention import ALONE, UNSHARED

BOTH = [beta_vae_score, factor_vae_score]
RNG = np.random.default_rng(5)
N = 600
FACTORS = {
    "instrument": RNG.integers(0, 2, N),
    "octave": RNG.integers(0, 3, N),
    "scale": RNG.integers(0, 4, N),
}
PERFECT = np.stack([one / one.std() for one in FACTORS.values()], axis=1)
POINTS = {"points": 1000}


@pytest.mark.parametrize(
    ("score", "options", "golden"),
    [
        (beta_vae_score, {"pairs": 64}, 0.857),
        (beta_vae_score, {"pairs": 2}, 0.582),
        (factor_vae_score, {"batch": 64}, 0.760),
        (factor_vae_score, {"batch": 5}, 0.614),
    ],
)
def test_the_values_of_disentanglement_lib(crossed, score, options, golden) -> None:
    """Commit 86a644d, scikit-learn 1.9.1, 20,000 points: all combinations, linearly mixed."""
    codes = crossed @ np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1], [0, 0, 0.7]])
    found = score(codes, crossed, train=(codes, crossed), **options)
    assert found.value == pytest.approx(golden, abs=0.025)


@pytest.mark.parametrize("score", BOTH)
def test_a_perfect_code_is_1_and_noise_is_chance(score) -> None:
    assert score(PERFECT, FACTORS, **POINTS).value == pytest.approx(1)
    found = score(RNG.normal(size=(N, 4)), FACTORS, permutations=4, bootstraps=5, **POINTS)
    assert found.value == pytest.approx(1 / 3, abs=0.12)
    assert found.floor == pytest.approx(1 / 3, abs=0.12)
    assert found.interval is not None
    assert found.value == pytest.approx(np.mean(list(found.factors.values())))


@pytest.mark.parametrize("score", BOTH)
def test_order_and_sign_of_dimensions_and_names_of_classes_do_not_matter(score) -> None:
    codes = PERFECT @ [[1, 0.7, 0], [0, 1, 0.7], [0.7, 0, 1]] + RNG.normal(size=PERFECT.shape)
    size = {"pairs": 8} if score is beta_vae_score else {"batch": 8}
    expected = score(codes, FACTORS, **size)
    assert 0.4 < expected.value < 0.95
    moved = -codes[:, ::-1] + 5
    assert score(moved, FACTORS, **size).value == pytest.approx(expected.value, abs=0.01)
    renamed = {name: 3 * one + 2 for name, one in FACTORS.items()}
    assert score(codes, renamed, **size).factors == expected.factors
    assert score(codes, FACTORS, seed=1, **size).factors != expected.factors


def test_the_units_of_dimensions_do_not_matter_to_votes() -> None:
    codes = PERFECT + 0.5 * RNG.normal(size=PERFECT.shape)
    expected = factor_vae_score(codes, FACTORS, batch=6).factors
    assert factor_vae_score(codes * [1e-3, 1, 1e3], FACTORS, batch=6).factors == expected


def test_sums_of_factors_saturate_one_score_and_not_the_other() -> None:
    """The known weakness: a linear classifier unmixes what the least variance does not tell."""
    sums = PERFECT + np.roll(PERFECT, 1, axis=1)
    assert beta_vae_score(sums, FACTORS).value > 0.95
    assert factor_vae_score(sums, FACTORS, batch=64).value < 0.85


def test_the_points_of_training_and_test_are_of_their_own_samples() -> None:
    """A classifier that was fitted to exchanged factors guesses them exchanged."""
    exchanged = dict(zip(("octave", "instrument"), list(FACTORS.values())[:2], strict=True))
    two = {name: FACTORS[name] for name in ("instrument", "octave")}
    for score in BOTH:
        assert score(PERFECT[:, :2], two, train=(PERFECT[:, :2], exchanged), **POINTS).value < 0.05


def test_a_point_of_pairs_is_the_mean_distance() -> None:
    """With the pairs drawn naively, one after the other, a classifier is as often right."""
    rng = np.random.default_rng(0)
    codes = PERFECT @ [[1, 0.7, 0], [0, 1, 0.7], [0.7, 0, 1]] + rng.normal(size=PERFECT.shape)

    def points(count: int) -> tuple[list[np.ndarray], list[int]]:
        out, which = [], []
        for _ in range(count):
            k = int(rng.integers(3))
            classes = list(FACTORS.values())[k]
            first = rng.integers(0, N, 8)
            second = [rng.choice(np.flatnonzero(classes == classes[i])) for i in first]
            out.append(np.abs(codes[first] - codes[second]).mean(axis=0))
            which.append(k)
        return out, which

    naive = LogisticRegression().fit(*points(1500)).score(*points(1500))
    given = {"train": (codes, FACTORS), "points": 2400}
    assert beta_vae_score(codes, FACTORS, pairs=8, **given).value == pytest.approx(naive, abs=0.04)


@pytest.mark.parametrize("score", BOTH)
def test_factors_that_cannot_be_drawn_or_guessed(score) -> None:
    factors = {**FACTORS, "clip": np.arange(N), "level": RNG.normal(size=N)}
    found = score(PERFECT, factors, **POINTS)
    assert found.left_out == {"clip": UNSHARED, "level": "it is continuous"}
    assert list(found.factors) == list(FACTORS)
    alone = score(PERFECT, {"octave": FACTORS["octave"]}, permutations=1, bootstraps=1)
    assert np.isnan(alone.value)
    assert alone.left_out == {"octave": ALONE}
    assert alone.floor is None
    assert np.isnan(score(PERFECT[:2], {"a": [0, 1], "b": [1, 0]}).value)


def test_constant_dimensions_do_not_vote() -> None:
    padded = np.concatenate([PERFECT, np.ones((N, 1))], axis=1)
    assert factor_vae_score(padded, FACTORS, **POINTS).value == pytest.approx(1)
    assert factor_vae_score(np.ones((N, 3)), FACTORS, **POINTS).value == 0


@pytest.mark.parametrize(
    ("score", "options", "says"),
    [
        (beta_vae_score, {"pairs": 0}, "pairs is 0: at least 1"),
        (beta_vae_score, {"points": 1}, "points is 1: at least 2"),
        (factor_vae_score, {"batch": 1}, "batch is 1: at least 2"),
        (factor_vae_score, {"points": 0}, "points is 0: at least 2"),
    ],
)
def test_bad_options(score, options, says) -> None:
    with pytest.raises(DsoundsError, match=says):
        score(PERFECT, FACTORS, **options)
