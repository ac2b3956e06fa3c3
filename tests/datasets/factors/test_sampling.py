"""Which positions a corpus takes: different, even, prefixes of each other, correlated."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score

from dsounds.datasets import Factor, FactorSpace
from dsounds.datasets.factors import sampling
from dsounds.datasets.factors.sampling import (
    correlated,
    entropies,
    joint_counts,
    melodies_first,
    stratified,
    uniform,
)
from dsounds.errors import DsoundsError

MELODIES = 1_354_752
seeds = st.integers(0, 2**40)
small = st.integers(1, 9)
rhos = st.one_of(st.sampled_from([-1, -0.5, 0, 0.3, 0.9, 1]), st.floats(-1, 1))
few = settings(max_examples=40)


def space(*sizes: int) -> FactorSpace:
    names = [tuple(f"v{i}" for i in range(n)) for n in sizes]
    return FactorSpace(
        [Factor(f"f{k}", "static", tuple(range(len(n))), n) for k, n in enumerate(names)]
    )


LARGE = space(12, 3, 3, 28, 28, 2, 2, 2, 2, 128)  # dMelodies on all instruments: 173 million


def digest(index: np.ndarray) -> str:
    assert index.dtype == np.int64
    return hashlib.sha256(index.astype("<i8").tobytes()).hexdigest()[:16]


def spread(classes: np.ndarray, size: int) -> int:
    """By how many clips the classes of a factor differ at most."""
    return int(np.ptp(np.bincount(classes, minlength=size)))


# melodies first


@given(small, small, seeds, st.data())
def test_melodies_and_renditions_are_even_at_any_count(
    units: int, renditions: int, seed: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, units * renditions))
    index = melodies_first(units, renditions, count, seed)
    assert index.shape == (count,)
    assert len(np.unique(index)) == count
    assert spread(index // renditions, units) <= 1
    assert spread(index % renditions, renditions) <= 1
    every = melodies_first(units, renditions, units * renditions, seed)
    np.testing.assert_array_equal(np.sort(every), np.arange(units * renditions))
    np.testing.assert_array_equal(index, every[:count])


@given(seeds, st.integers(1, 60))
def test_a_block_has_each_rendition_once(seed: int, renditions: int) -> None:
    index = melodies_first(60, renditions, 5 * renditions, seed) % renditions
    blocks = np.sort(index.reshape(5, renditions), axis=1)
    np.testing.assert_array_equal(blocks, np.tile(np.arange(renditions), (5, 1)))


def test_further_renditions_of_a_melody_differ_in_all_factors() -> None:
    rounds = melodies_first(1000, 40, 2000, 0).reshape(2, 1000) % 40  # 4 instruments, 10 tempos
    stay = (rounds[0] // 10 == rounds[1] // 10).mean()
    assert 0.05 < stay < 0.45  # by chance a quarter


@pytest.mark.parametrize("renditions", [1, 2, 3, 128, 2048])
def test_prefixes_in_the_whole_of_dmelodies(renditions: int) -> None:
    index = melodies_first(MELODIES, renditions, 20_000, 5)
    np.testing.assert_array_equal(melodies_first(MELODIES, renditions, 777, 5), index[:777])
    assert len(np.unique(index // renditions)) == 20_000
    assert spread(index % renditions, renditions) <= 1


def test_the_papers_corpus_is_the_one_of_version_0_1() -> None:
    assert digest(melodies_first(7056, 2, 3000, 0)) == "58e91f7a4bdc2cec"


# uniform


@few
@given(st.sampled_from([1, 10, 300, 2**13, 2**22 + 1, 10**8, 2**62]), seeds, st.data())
def test_uniform_positions(size: int, seed: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, min(size, 300)))
    index = uniform(size, 300 if size > 300 else size, seed)
    assert len(np.unique(index)) == len(index)
    assert index.min() >= 0
    assert index.max() < size
    np.testing.assert_array_equal(uniform(size, count, seed), index[:count])


def test_half_of_a_large_space_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 100_001
    monkeypatch.setattr(sampling, "_PERMUTED", size - 1)
    index = uniform(size, size // 2, 1)
    assert len(np.unique(index)) == size // 2
    for count in (1, 4096, 5000, 40_000):
        np.testing.assert_array_equal(uniform(size, count, 1), index[:count])
    np.testing.assert_allclose(np.bincount(index * 10 // size), size / 20, rtol=0.05)
    with pytest.raises(DsoundsError, match="at most half"):
        uniform(size, size // 2 + 1, 1)
    units = melodies_first(size, 3, 20_000, 1)
    np.testing.assert_array_equal(melodies_first(size, 3, 500, 1), units[:500])


@pytest.mark.parametrize("size", [2**22, 2**22 + 2])
def test_the_largest_permuted_space_and_the_next(size: int) -> None:
    np.testing.assert_array_equal(uniform(size, 9, 1), uniform(size, 10_000, 1)[:9])


def test_uniform_choice_stays_as_it_is() -> None:
    assert digest(uniform(100, 100, 1)) == "fa0de6d2e0d40c5c"
    assert digest(uniform(len(LARGE), 1000, 1)) == "7b4c9de623e91a5e"


# stratified


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), seeds, st.data())
def test_all_factors_are_even_at_once(sizes: list[int], seed: int, data: st.DataObject) -> None:
    grid = space(*sizes)
    index = stratified(grid, data.draw(st.integers(0, len(grid))), seed)
    assert len(np.unique(index)) == len(index)
    classes = grid.classes(index)
    assert all(spread(classes[:, k], n) <= 1 for k, n in enumerate(sizes))


def test_stratified_whole_and_half() -> None:
    grid = space(4, 6, 10, 5)
    np.testing.assert_array_equal(np.sort(stratified(grid, 1200, 0)), np.arange(1200))
    for count in (600, 601):
        classes = grid.classes(stratified(grid, count, 0))
        assert all(spread(classes[:, k], n) <= 1 for k, n in enumerate(grid.sizes))


def test_stratified_factors_are_independent() -> None:
    classes = LARGE.classes(stratified(LARGE, 20_000, 3))
    assert all(spread(classes[:, k], n) <= 1 for k, n in enumerate(LARGE.sizes))
    correlation = np.corrcoef(classes.T) - np.eye(len(LARGE.sizes))
    assert abs(correlation).max() < 0.04
    assert digest(LARGE.index(classes)) == "992ca73e6cb139e6"


# correlated


@few
@given(small, small, rhos, st.integers(0, 2000))
def test_joint_counts_are_the_design_rounded_up_or_down(
    a: int, b: int, rho: float, count: int
) -> None:
    counts = joint_counts((a, b), rho, count)
    assert counts.shape == (a, b)
    assert counts.dtype == np.int64
    assert counts.sum() == count
    edges = [np.arange(n + 1) / n for n in (a, b)]
    shared = np.minimum.outer(edges[0][1:], edges[1][1:]) - np.maximum.outer(
        edges[0][:-1], edges[1][:-1]
    )
    shared = shared.clip(min=0)[:, :: -1 if rho < 0 else 1]
    design = (1 - abs(rho)) / (a * b) + abs(rho) * shared
    assert abs(counts - count * design).max() < 1 + 1e-9
    assert np.ptp(counts.sum(0)) <= 1
    assert np.ptp(counts.sum(1)) <= 1


def test_whole_designs_are_met_exactly() -> None:
    np.testing.assert_array_equal(joint_counts((3, 3), 1, 300), 100 * np.eye(3))
    np.testing.assert_array_equal(joint_counts((3, 3), -1, 300), 100 * np.eye(3)[::-1])
    np.testing.assert_array_equal(joint_counts((10, 10), 0.9, 1000), 90 * np.eye(10) + 1)
    np.testing.assert_array_equal(joint_counts((2, 4), 1, 8), [[2, 2, 0, 0], [0, 0, 2, 2]])
    np.testing.assert_array_equal(joint_counts((2, 3), 0, 12), np.full((2, 3), 2))


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.3, 0.95])
def test_rho_is_the_correlation_of_the_classes(rho: float) -> None:
    counts = joint_counts((60, 60), rho, 2000)  # less than one clip for each pair
    i, j = np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0).T
    assert np.corrcoef(i, j)[0, 1] == pytest.approx(rho, abs=0.01)


@few
@given(small, small, small, rhos, seeds, st.data())
def test_correlated_corpora_have_these_counts(
    a: int, b: int, other: int, rho: float, seed: int, data: st.DataObject
) -> None:
    grid = space(a, other, b)
    count = data.draw(st.integers(0, other * max(a, b)))
    counts = joint_counts((b, a), rho, count)
    if counts.max() > other:
        with pytest.raises(DsoundsError, match=r"f2=v\d with f0=v\d, but there are only"):
            correlated(grid, ("f2", "f0"), rho, count, seed)
        return
    index = correlated(grid, ("f2", "f0"), rho, count, seed)
    assert len(np.unique(index)) == count
    found = np.zeros_like(counts)
    np.add.at(found, tuple(grid.classes(index)[:, [2, 0]].T), 1)
    np.testing.assert_array_equal(found, counts)


def test_other_factors_stay_uniform_and_independent() -> None:
    index = correlated(LARGE, ("f0", "f9"), 0.9, 20_000, 2)
    classes = LARGE.classes(index)
    correlation = np.corrcoef(classes.T) - np.eye(len(LARGE.sizes))
    assert correlation[0, 9] == pytest.approx(0.9, abs=0.01)
    correlation[[0, 9], [9, 0]] = 0
    assert abs(correlation).max() < 0.04
    np.testing.assert_allclose(np.bincount(classes[:, 3]), 20_000 / 28, rtol=0.15)
    assert digest(index) == "412cc4609f4a25b3"


@few
@given(small, small, rhos, st.integers(1, 500))
def test_entropies_are_those_of_the_samples(a: int, b: int, rho: float, count: int) -> None:
    counts = joint_counts((a, b), rho, count)
    i, j = np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0).T
    found = entropies(counts)
    rows, columns, cells = (entropy(c) for c in (counts.sum(1), counts.sum(0), counts.ravel()))
    near = {"abs": 1e-12}
    assert found.a == pytest.approx(rows, **near)
    assert found.b == pytest.approx(columns, **near)
    assert found.joint == pytest.approx(cells, **near)
    assert found.a_given_b == pytest.approx(cells - columns, **near)
    assert found.b_given_a == pytest.approx(cells - rows, **near)
    assert found.information == pytest.approx(mutual_info_score(i, j), **near)


def test_known_entropies() -> None:
    same, independent = entropies(np.eye(8, dtype=int)), entropies(np.ones((4, 8), int))
    assert (same.a_given_b, same.b_given_a) == (0, 0)
    assert same.information == same.a == same.joint == pytest.approx(np.log(8))
    assert independent.information == 0
    assert independent.a_given_b == independent.a == pytest.approx(np.log(4))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_gives_one_corpus(seed: int) -> None:
    ways = [
        lambda s: melodies_first(500, 3, 400, s),
        lambda s: uniform(10**9, 400, s),
        lambda s: stratified(LARGE, 400, s),
        lambda s: correlated(LARGE, ("f0", "f3"), 0.5, 400, s),
    ]
    for way in ways:
        np.testing.assert_array_equal(way(seed), way(seed))
        assert (way(seed) != way(seed + 1)).any()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: melodies_first(3, 2, 7, 0), "7 clips asked for, but the space has only 6"),
        (lambda: uniform(6, 7, 0), "7 clips asked for, but the space has only 6"),
        (lambda: uniform(6, -1, 0), "-1 clips asked for"),
        (lambda: uniform(10**9, 6 * 10**8, 0), "at most half of a space above 4,194,304"),
        (lambda: stratified(space(2, 3), 7, 0), "space has only 6"),
        (lambda: correlated(space(2, 3), ("f0", "f1"), 0, 7, 0), "space has only 6"),
        (lambda: correlated(space(2, 3), ("f0", "g1"), 0, 1, 0), "unknown factor 'g1'"),
        (lambda: correlated(space(2, 3), ("f0", "f0"), 0, 1, 0), "two different factors"),
        (
            lambda: correlated(space(2, 3, 4), ("f0", "f1"), 1, 13, 0),
            "13 clips with rho 1 need 5 of f0=v. with f1=v., but there are only 4",
        ),
        (lambda: joint_counts((2, 2), 1.1, 8), "rho is 1.1: -1 to 1"),
        (lambda: joint_counts((2, 2), float("nan"), 8), "rho is nan"),
        (lambda: joint_counts((2, 0), 0, 8), "8 clips for"),
        (lambda: entropies([[0, 0]]), r"got \(1, 2\) with the sum 0"),
        (lambda: entropies([[2, -1]]), "0 or more clips"),
        (lambda: entropies([1, 2]), r"a table \(A, B\)"),
        (lambda: entropies([[0.5, 0.5]]), "counts must be integers"),
    ],
)
def test_what_cannot_be_drawn(call, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        call()
