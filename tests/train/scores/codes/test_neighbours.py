"""Nearest neighbours: the equations written out, scikit-learn's figures, and known values."""

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from dsounds.train.scores.codes.neighbours import Ordered, with_classes, with_numbers

N = 500
RNG = np.random.default_rng(0)


def written_out(column: np.ndarray, classes: np.ndarray, k: int) -> float:
    """Ross 2014, eq. 2: psi(N) - <psi(N_x)> + psi(k) - <psi(m)>, a sample at a time."""
    terms, distance = [], np.abs(column[:, None] - column)
    for i, own in enumerate(classes):
        alike = np.flatnonzero(classes == own)
        near = min(k, len(alike) - 1)
        radius = np.sort(distance[i, alike])[near]
        m = (distance[i] < radius).sum()  # itself too
        terms.append(digamma(len(column)) - digamma(len(alike)) + digamma(near) - digamma(m))
    return max(0.0, float(np.mean(terms)))


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("n", [40, 200])
def test_it_is_the_equation_written_out(n: int, k: int) -> None:
    classes = np.repeat([0, 1, 2], [n // 2, n - n // 2 - 5, 5])
    columns = RNG.standard_normal((2, n)) + classes
    expected = [written_out(one, classes, k) for one in columns]
    told = with_classes(Ordered.of(columns), classes, k)
    assert told.tolist() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("k", [3, 10])
def test_it_is_that_of_scikit_learn(k: int) -> None:
    classes = RNG.integers(0, 4, N)
    columns = RNG.standard_normal((3, N)) + np.array([[0], [1], [3]]) * classes
    theirs = mutual_info_classif(columns.T, classes, n_neighbors=k, random_state=0)
    assert with_classes(Ordered.of(columns), classes, k).tolist() == pytest.approx(theirs, abs=1e-9)
    other = columns[0] + RNG.standard_normal(N)
    theirs = mutual_info_regression(columns.T, other, n_neighbors=k, random_state=0)
    assert with_numbers(columns, other, k).tolist() == pytest.approx(theirs, abs=1e-9)


def test_two_gaussians_of_known_information() -> None:
    """-log(1 - rho^2) / 2 nats."""
    a = RNG.standard_normal(4000)
    b = 0.8 * a + 0.6 * RNG.standard_normal(4000)
    assert with_numbers(a[None], b, 3)[0] == pytest.approx(-np.log(0.36) / 2, abs=0.05)


def test_classes_far_apart_have_all_their_entropy_and_noise_none() -> None:
    classes = np.arange(1000) % 4
    columns = np.stack([10.0 * classes, RNG.standard_normal(1000), np.full(1000, 7.0)])
    told = with_classes(Ordered.of(columns), classes, 3)
    assert told[0] == pytest.approx(np.log(4), abs=0.01)  # of equal numbers, too
    assert told[1] < 0.05
    assert told[2] < 0.05


def test_classes_of_one_sample_are_left_out() -> None:
    classes = np.array([0] * 50 + [1] * 50 + [2])
    column = np.append(np.arange(100.0), 1e6)[None]
    every, others = Ordered.of(column), Ordered.of(column[:, :-1])
    assert with_classes(every, classes, 3) == with_classes(others, classes[:-1], 3)
    assert with_classes(every, np.arange(101), 3).tolist() == [0]
