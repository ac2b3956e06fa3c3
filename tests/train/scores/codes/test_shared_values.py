"""Draws of samples that share a class: from two groups, as often as the class is there."""

import numpy as np

from dsounds.train.scores.codes.shared_values import SharedValues

RNG = np.random.default_rng(4)
CLASSES = np.array([0] * 60 + [1] * 30 + [2] * 10 + [3])
ORDER = RNG.permutation(len(CLASSES))
SHUFFLED = CLASSES[ORDER]


def test_pairs_share_a_class_and_are_never_one_sample() -> None:
    first, second = SharedValues(SHUFFLED, None).pairs(20_000, RNG)
    assert (SHUFFLED[first] == SHUFFLED[second]).all()
    assert (first != second).all()
    shares = np.bincount(SHUFFLED[first], minlength=4) / 20_000
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1, 0], atol=0.02)
    partners = np.bincount(second[SHUFFLED[first] == 2], minlength=len(SHUFFLED))
    there = partners[SHUFFLED == 2] / partners.sum()
    np.testing.assert_allclose(there, 0.1, atol=0.04)  # each of the ten as often as the others


def test_pairs_are_of_two_groups() -> None:
    groups = RNG.integers(0, 12, len(SHUFFLED))
    first, second = SharedValues(SHUFFLED, groups).pairs(5000, RNG)
    assert (SHUFFLED[first] == SHUFFLED[second]).all()
    assert (groups[first] != groups[second]).all()


def test_batches_are_of_one_class_each() -> None:
    drawn = SharedValues(SHUFFLED, None).batches(4000, 5, RNG)
    assert drawn.shape == (4000, 5)
    classes = SHUFFLED[drawn]
    assert (classes == classes[:, :1]).all()
    shares = np.bincount(classes[:, 0], minlength=4) / 4000
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1, 0], atol=0.03)
    assert set(drawn[classes == 2].ravel()) == set(np.flatnonzero(SHUFFLED == 2))


def test_what_cannot_be_drawn() -> None:
    assert not SharedValues(np.arange(9), None).usable
    assert not SharedValues(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])).usable
    assert SharedValues(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])).usable
