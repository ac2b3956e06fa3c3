"""What is made of a judge's probabilities: known figures, the equations written out, faults."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.train.scores.judging import probabilities as of

RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.ones(4), 50), RNG.dirichlet(np.ones(4), 50)
SURE = np.eye(6)[RNG.integers(0, 6, 30)]


@pytest.mark.parametrize(("floor", "nats"), [(1e-4, 5.9), (1e-8, 13.6), (1e-16, 28.9)])
def test_kl_of_a_uniform_guess_hangs_on_the_floor(floor: float, nats: float) -> None:
    """log(1/6) - 1/6 log(1 - 5 floor) - 5/6 log(floor)."""
    closed = math.log(1 / 6) - math.log(1 - 5 * floor) / 6 - 5 / 6 * math.log(floor)
    assert of.kl_random(of.floored(SURE, floor)) == pytest.approx(closed)
    assert closed == pytest.approx(nats, abs=0.05)


def test_a_floor_keeps_the_sum_and_the_order() -> None:
    floored = of.floored(P, 0.01)
    assert floored.min() >= 0.01
    np.testing.assert_allclose(floored.sum(axis=1), 1)
    np.testing.assert_array_equal(floored.argsort(axis=1), P.argsort(axis=1))
    np.testing.assert_array_equal(of.floored(P, 0), P)


def test_the_equations_written_out() -> None:
    """Bai et al.'s code sums p (log p - log p(y)) for the Inception Score."""
    weights = RNG.random(50)
    kl, differ, inside, score = 0.0, 0, 0.0, 0.0
    share = weights / weights.sum()
    mean = sum(w * p for w, p in zip(share, P, strict=True))
    for p, q, w in zip(P, Q, share, strict=True):
        kl += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True)) / 50
        differ += list(p).index(max(p)) != list(q).index(max(q))
        inside -= w * sum(a * math.log(a) for a in p)
        score += w * sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, mean, strict=True))
    assert of.kl(P, Q) == pytest.approx(kl)
    assert of.disagreement(P, Q) == pytest.approx(differ / 50)
    assert of.conditional_entropy(P, weights) == pytest.approx(inside)
    assert of.marginal_entropy(P, weights) == pytest.approx(-sum(a * math.log(a) for a in mean))
    assert of.inception_score(P, weights) == pytest.approx(math.exp(score))
    assert of.kl_random(Q) == pytest.approx(of.kl(np.full((50, 4), 1 / 4), Q))


def test_golden_values_of_the_published_code() -> None:
    """test_sprite_cls.py of JunwenBai/C-DSVAE (bb2f1f4), its functions on these probabilities."""
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    q = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.1, 0.8]])
    assert of.kl(p, q) == pytest.approx(0.4230886, abs=1e-6)
    assert of.conditional_entropy(p) == pytest.approx(0.8432501, abs=1e-6)
    assert of.marginal_entropy(p) == pytest.approx(1.0521392, abs=1e-6)
    assert of.inception_score(p) == pytest.approx(1.2323083, abs=1e-6)


def test_a_judge_that_is_sure_of_all_classes_and_one_that_knows_nothing() -> None:
    every = np.eye(5)[np.arange(20) % 5]
    assert of.inception_score(every) == pytest.approx(5)
    assert of.conditional_entropy(every) == 0
    assert of.marginal_entropy(every) == pytest.approx(math.log(5))
    one = np.eye(5)[np.zeros(20, int)]
    assert (of.inception_score(one), of.marginal_entropy(one)) == (1, 0)
    nothing = np.full((20, 5), 0.2)
    assert of.inception_score(nothing) == pytest.approx(1)
    assert of.conditional_entropy(nothing) == pytest.approx(math.log(5))
    assert (of.kl(every, every), of.disagreement(every, every)) == (0, 0)
    assert of.kl(every, one) == np.inf


def test_order_of_clips_and_of_classes_do_not_matter() -> None:
    clips, classes = RNG.permutation(50), RNG.permutation(4)
    for score in (of.kl, of.disagreement):
        assert score(P[clips][:, classes], Q[clips][:, classes]) == pytest.approx(score(P, Q))
    assert of.inception_score(P[clips][:, classes]) == pytest.approx(of.inception_score(P))


def test_weights_make_classes_count_alike() -> None:
    """Nine clips of one class and one of another: as one clip of each."""
    classes = np.array([3] * 9 + [7])
    p = np.eye(2)[(classes == 7).astype(int)]
    assert of.marginal_entropy(p, of.balanced(classes)) == pytest.approx(math.log(2))
    assert of.marginal_entropy(p) == pytest.approx(-0.9 * math.log(0.9) - 0.1 * math.log(0.1))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: of.kl(P, Q[:40]), "cannot be compared"),
        (lambda: of.disagreement(P[:, :3] / P[:, :3].sum(axis=1, keepdims=True), Q), "compared"),
        (lambda: of.inception_score(P[0]), r"\(n, classes\) is needed"),
        (lambda: of.conditional_entropy(P[:0]), "shape"),
        (lambda: of.kl_random(np.log(P)), "are these logits"),
        (lambda: of.marginal_entropy(2 * P), "add up to 1"),
        (lambda: of.marginal_entropy(np.where(P > 0.9, np.nan, P * np.nan)), "add up to 1"),
        (lambda: of.floored(P, 0.3), "0 to 1 / 4 classes is allowed"),
        (lambda: of.floored(P, -1e-4), "0 to 1 / 4"),
    ],
)
def test_what_are_no_probabilities_is_refused(call: Callable[[], float], text: str) -> None:
    with pytest.raises(DsoundsError, match=text):
        call()
