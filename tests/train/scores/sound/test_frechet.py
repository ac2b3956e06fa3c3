"""The Fréchet distance against closed forms, SciPy's matrix root and a public implementation."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from dsounds.errors import DsoundsError
from dsounds.train.scores.sound.frechet import (
    frechet_distance,
    frechet_infinite,
    gaussian_distance,
)


def gaussian(n: int, seed: int, dimensions: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, dimensions))


def test_of_diagonal_gaussians_it_is_that_of_each_dimension() -> None:
    """(mu1 - mu2)^2 + (s1 - s2)^2, with deviations s."""
    mean, s1, s2 = np.array([1.0, 0, -2]), np.array([1.0, 2, 3]), np.array([2.0, 2, 0])
    found = gaussian_distance(mean, np.diag(s1**2), np.zeros(3), np.diag(s2**2))
    assert found == pytest.approx(1 + 4 + (1 + 0 + 9))


def test_it_has_the_root_of_the_product() -> None:
    a, b = gaussian(200, 0), gaussian(90, 1) @ gaussian(6, 2) + 0.3
    s1, s2 = np.cov(a.T), np.cov(b.T)
    shift = a.mean(axis=0) - b.mean(axis=0)
    expected = shift @ shift + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_a_public_implementation_has_the_same_value() -> None:
    """frechet-audio-distance, commit 02f468e, its calculate_frechet_distance, SciPy 1.17."""
    rng = np.random.default_rng(2026)
    a, b = rng.standard_normal((60, 5)), rng.standard_normal((50, 5)) * 1.3 + 0.4
    assert frechet_distance(a, b) == pytest.approx(1.6180274097414546, rel=1e-9)


def test_a_shift_costs_its_square_and_a_scale_that_of_the_deviations() -> None:
    a = gaussian(300, 0)
    assert frechet_distance(a, a + np.array([3.0, 0, 4, 0, 0, 0])) == pytest.approx(25)
    moved = 2 * (a - a.mean(axis=0)) + a.mean(axis=0)
    assert frechet_distance(a, moved) == pytest.approx(np.trace(np.cov(a.T)))
    assert frechet_distance(a, a[::-1]) == pytest.approx(0, abs=1e-9)


def test_it_is_symmetric_and_knows_no_axes() -> None:
    a, b = gaussian(80, 0), 1.5 * gaussian(50, 1) + 1
    turn = np.linalg.qr(gaussian(6, 2))[0]
    expected = frechet_distance(a, b)
    for one, other in ((b, a), (a @ turn, b @ turn), (a[:, ::-1] + 7, b[:, ::-1] + 7)):
        assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * expected)


@pytest.mark.parametrize("windows", [2, 4])
def test_few_windows_have_a_finite_distance(windows: int) -> None:
    """Covariances are singular; the distance to one's own mirror image has no root of noise."""
    a = gaussian(windows, 0, 40)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert 0 < frechet_distance(a, gaussian(3, 1, 40)) < 200


@pytest.mark.parametrize(("windows", "expected"), [(150, 57.5), (600, 14.2), (2400, 3.55)])
def test_two_draws_of_one_law_are_as_far_apart_as_their_number_says(
    windows: int, expected: float
) -> None:
    """d (d + 5) / 2n, by the first terms in 1 / n: 14.19 for n = 600."""
    a, b = gaussian(windows, 0, 128), gaussian(windows, 1, 128)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(("windows", "expected"), [(150, 32.6), (600, 7.5), (2400, 2.0)])
def test_against_twenty_thousand_windows(windows: int, expected: float) -> None:
    a, b = gaussian(windows, 0, 128), gaussian(20_000, 1, 128)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=0.05)


def test_infinitely_many_clips_have_no_bias() -> None:
    a, b = gaussian(600, 0, 128), gaussian(600, 1, 128)
    assert frechet_distance(a, b) > 13
    assert abs(frechet_infinite(a, b)) < 1.5
    assert frechet_infinite(a, b + np.eye(128)[0] * 6) == pytest.approx(36, abs=3)
    assert frechet_infinite(a, 2 * b) == pytest.approx(128, abs=4)


def test_the_line_is_over_clips_not_over_their_windows() -> None:
    """Eight windows of a clip that are the same tell no more than one of them."""
    a, b = gaussian(400, 0, 20), gaussian(300, 1, 20)
    once = frechet_infinite(a, b, np.random.default_rng(5))
    again = frechet_infinite(
        *(np.repeat(one[:, None], 8, axis=1) for one in (a, b)), np.random.default_rng(5)
    )
    assert again == pytest.approx(once, abs=0.02)
    assert abs(once) < 0.3
    assert frechet_distance(a, b) > 0.5


def test_the_infinite_value_is_that_of_a_line_through_more_and_more_clips() -> None:
    """Written out: 8 shares of the clips, from a half, in the order of the generator."""
    a, b = gaussian(40 * 3, 0).reshape(40, 3, 6), gaussian(25 * 2, 1).reshape(25, 2, 6) + 0.2
    rng = np.random.default_rng(7)
    ordered, other = rng.permutation(a), rng.permutation(b)
    x, y = [], []
    for k in range(8):
        n, m = (round((7 + k) / 14 * len(one)) for one in (a, b))
        x.append(1 / n + 1 / m)
        y.append(frechet_distance(ordered[:n], other[:m]))
    expected = np.polyfit(x, y, 1)[1]
    assert frechet_infinite(a, b, np.random.default_rng(7)) == pytest.approx(expected, rel=1e-6)


def test_the_order_of_clips_comes_from_the_generator() -> None:
    a, b = gaussian(100, 0), gaussian(100, 1)
    assert frechet_infinite(a, b) == frechet_infinite(a, b)
    assert frechet_infinite(a, b) != frechet_infinite(a, b, np.random.default_rng(1))


A = gaussian(20, 0)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (A, np.where(A > 2, np.nan, A) * np.nan, "second embeddings have values that are not fin"),
        (A[:1], A, "first embeddings have 1 windows: at least 2 are needed"),
        (A, A[:, :5], "embeddings of 6 and of 5 dimensions: as many are needed"),
        (A[0], A, r"first embeddings have shape \(6,\)"),
        (A, A[:, :0], r"second embeddings have shape \(20, 0\)"),
        (A[:0], A, "first embeddings have 0 windows"),
    ],
)
def test_what_has_no_distance_is_refused(first, second, message: str) -> None:
    with pytest.raises(DsoundsError, match=message):
        frechet_distance(first, second)
    with pytest.raises(DsoundsError, match=message):
        frechet_infinite(first, second)


def test_too_few_clips_have_no_infinite_value() -> None:
    with pytest.raises(DsoundsError, match="10 clips of 1 windows are too few: 4 clips and 12"):
        frechet_infinite(A[:10], A)
    with pytest.raises(DsoundsError, match="3 clips of 10 windows are too few"):
        frechet_infinite(A, gaussian(30, 0).reshape(3, 10, 6))
