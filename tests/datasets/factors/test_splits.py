"""Parts of a corpus: no melody on two sides, shares as asked for, regions kept out of training."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsounds.datasets import Factor, FactorSpace
from dsounds.datasets.factors.sampling import correlated, melodies_first, stratified, uniform
from dsounds.datasets.factors.splits import (
    PARTS,
    TEST,
    TRAIN,
    VALIDATION,
    Region,
    at_random,
    by_unit,
    held_out,
)
from dsounds.errors import DsoundsError

SPACE = FactorSpace(
    [
        Factor("tonic", "static", (0, 1, 2), ("C", "C#", "D")),
        Factor("octave", "static", (4, 5, 6, 7), ("4", "5", "6", "7")),
        Factor("rhythm_bar1", "dynamic", (0, 1), ("x..x", "x=|!")),
        Factor(
            "instrument",
            "static",
            (0, 56, 73, 80),
            ("acoustic grand piano", "trumpet", "flute", "lead 1 (square)"),
        ),
    ]
)
CLASSES = SPACE.classes(np.arange(len(SPACE)))
seeds = st.integers(0, 2**40)
shares = st.sampled_from([(0.2, 0.0), (0.1, 0.1), (0.15, 0.25), (0.0, 0.3), (0.0, 0.0), (0.5, 0.4)])


def digest(parts: np.ndarray) -> str:
    assert parts.dtype == np.uint8
    return hashlib.sha256(parts.tobytes()).hexdigest()[:16]


def per_rendition(
    index: np.ndarray, renditions: int, parts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Units of each rendition of first appearance, and those for validation and test.

    Returns (R,) and (2, R).
    """
    _, first = np.unique(index // renditions, return_index=True)
    rendition, part = index[first] % renditions, parts[first]
    return np.bincount(rendition, minlength=renditions), np.array(
        [np.bincount(rendition[part == p], minlength=renditions) for p in (VALIDATION, TEST)]
    )


# by unit


@given(st.integers(1, 300), st.integers(1, 12), st.booleans(), shares, seeds, st.data())
def test_units_stay_whole_and_renditions_have_the_shares(
    units: int,
    renditions: int,
    dealt: bool,
    shares: tuple[float, float],
    seed: int,
    data: st.DataObject,
) -> None:
    count = data.draw(st.integers(1, units * renditions))
    index = (
        melodies_first(units, renditions, count, seed)
        if dealt
        else uniform(units * renditions, count, seed)
    )
    parts = by_unit(index, renditions, *shares, seed)
    assert parts.shape == (count,)
    sides = {(u, p) for u, p in zip(index // renditions, parts, strict=True)}
    assert len(sides) == len(np.unique(index // renditions))
    asked, taken = per_rendition(index, renditions, parts)
    validation, test = shares
    assert abs(taken[1] - asked * test).max() < 1
    assert abs(taken[0] - asked * validation).max() < 1 + validation / (1 - test)
    assert (abs(taken.sum(1) - asked.sum() * np.array(shares)) <= 3).all()


@pytest.mark.parametrize("renditions", [1, 2, 128, 2048])
@pytest.mark.parametrize("way", [melodies_first, lambda u, r, n, s: uniform(u * r, n, s)])
def test_shares_of_large_corpora(way, renditions: int) -> None:
    index = way(1_354_752, renditions, 20_000, 0)
    parts = by_unit(index, renditions, 0.2, 0.1, 0)
    asked, taken = per_rendition(index, renditions, parts)
    assert (abs(taken - asked * [[0.2], [0.1]]) < 1.3).all()
    assert (abs(taken.sum(1) - asked.sum() * np.array([0.2, 0.1])) < 4).all()


def test_the_papers_split() -> None:
    index = melodies_first(7056, 2, 3000, 0)
    parts = by_unit(index, 2, 0.2, 0, 0)
    np.testing.assert_array_equal(np.bincount(parts), [2400, 600])
    np.testing.assert_array_equal(np.bincount(index[parts == VALIDATION] % 2), [300, 300])
    assert digest(parts) == "df1d67f011abeee8"


@given(st.integers(1, 400), st.integers(1, 10), shares, seeds)
def test_a_small_corpus_has_the_beginning_of_the_split(
    count: int, renditions: int, shares: tuple[float, float], seed: int
) -> None:
    for index in (melodies_first(100, renditions, 100 * renditions, seed), uniform(400, 400, seed)):
        parts = by_unit(index, renditions, *shares, seed)
        np.testing.assert_array_equal(
            by_unit(index[:count], renditions, *shares, seed), parts[:count]
        )
    whole = at_random(400, *shares, seed)
    np.testing.assert_array_equal(at_random(count, *shares, seed), whole[:count])


def test_a_grid_in_order_is_not_split_along_a_factor() -> None:
    parts = by_unit(np.arange(0, 4000), 1, 0.25, 0, 0)
    last = np.arange(4000) % 4  # a factor whose period is that of the share
    assert np.bincount(last[parts == VALIDATION]).min() > 200


@given(st.sampled_from(["stratified", "correlated"]), seeds)
def test_other_samplings(way: str, seed: int) -> None:
    index = (
        stratified(SPACE, 50, seed)
        if way == "stratified"
        else correlated(SPACE, ("octave", "instrument"), 0.3, 40, seed)
    )
    parts = by_unit(index, 4, 0.2, 0.2, seed)
    units = [set(index[parts == part] // 4) for part in range(3)]
    assert not units[0] & units[1] | units[0] & units[2] | units[1] & units[2]


# at random


@given(st.integers(0, 5000), shares, seeds)
def test_clips_at_random(count: int, shares: tuple[float, float], seed: int) -> None:
    parts = at_random(count, *shares, seed)
    assert parts.shape == (count,)
    validation, test = shares
    assert abs((parts == TEST).sum() - count * test) < 1
    assert abs((parts == VALIDATION).sum() - count * validation) < 1 + validation / (1 - test)


def test_splits_depend_on_the_seed_only() -> None:
    assert digest(at_random(1000, 0.2, 0.1, 7)) == "3db9f734d74e8cb1"
    assert (at_random(1000, 0.2, 0.1, 7) != at_random(1000, 0.2, 0.1, 8)).any()
    tests = [at_random(1000, validation, 0.1, 7) == TEST for validation in (0, 0.2, 0.5)]
    assert (tests[0] == tests[1]).all()
    assert (tests[0] == tests[2]).all()


@pytest.mark.parametrize("shares", [(0.6, 0.4), (-0.1, 0.2), (0.2, -0.1), (float("nan"), 0)])
def test_shares_that_leave_no_training(shares: tuple[float, float]) -> None:
    with pytest.raises(DsoundsError, match="from 0 to below 1 in all"):
        at_random(10, *shares, 0)


# cells


@pytest.mark.parametrize(
    ("text", "spelled", "expected"),
    [
        ("octave=5", "octave=5", lambda t, o, r, i: o == 1),
        ("octave >= 6", "octave>=6", lambda t, o, r, i: o >= 2),
        ("octave>5.5", "octave>5.5", lambda t, o, r, i: o >= 2),
        ("octave<5", "octave<5", lambda t, o, r, i: o < 1),
        ("octave<=6.0 octave!=4", "octave!=4 octave<=6", lambda t, o, r, i: (o == 1) | (o == 2)),
        (
            "instrument=trumpet octave=5",
            "octave=5 instrument=trumpet",
            lambda t, o, r, i: (i == 1) & (o == 1),
        ),
        (
            "instrument=flute|trumpet|flute tonic=C#",
            "tonic=C# instrument=trumpet|flute",
            lambda t, o, r, i: ((i == 1) | (i == 2)) & (t == 1),
        ),
        (
            'instrument="acoustic grand piano"',
            'instrument="acoustic grand piano"',
            lambda t, o, r, i: i == 0,
        ),
        (
            "instrument = acoustic grand piano | lead 1 (square) tonic!=C|D",
            'tonic!=C|D instrument="acoustic grand piano"|"lead 1 (square)"',
            lambda t, o, r, i: ((i == 0) | (i == 3)) & (t == 1),
        ),
        ("instrument=73", "instrument=flute", lambda t, o, r, i: i == 2),
        ("instrument>=flute", "instrument>=flute", lambda t, o, r, i: i >= 2),
        ('rhythm_bar1="x=|!"', 'rhythm_bar1="x=|!"', lambda t, o, r, i: r == 1),
        ("rhythm_bar1!=x..x", "rhythm_bar1!=x..x", lambda t, o, r, i: r == 1),
    ],
)
def test_conditions(text: str, spelled: str, expected) -> None:
    cells = Region.parse(text, SPACE)
    np.testing.assert_array_equal(cells.contains(CLASSES), expected(*CLASSES.T))
    assert cells.text == spelled
    assert Region.parse(cells.text, SPACE) == cells


names = st.sampled_from(SPACE.factors).flatmap(
    lambda f: st.tuples(st.just(f), st.lists(st.sampled_from(range(len(f))), min_size=1))
)


@given(names, st.sampled_from(["=", "!="]))
def test_any_values_can_be_named(chosen: tuple[Factor, list[int]], sign: str) -> None:
    factor, classes = chosen
    text = f"{factor.name}{sign}" + "|".join(f'"{factor.names[c]}"' for c in classes)
    if len(set(classes)) == len(factor):
        with pytest.raises(DsoundsError, match="everything" if sign == "=" else "nothing"):
            Region.parse(text, SPACE)
        return
    cells = Region.parse(text, SPACE)
    inside = np.isin(CLASSES[:, SPACE.column(factor.name)], classes)
    np.testing.assert_array_equal(cells.contains(CLASSES), inside == (sign == "="))
    assert Region.parse(cells.text, SPACE) == cells


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("octav=5", "unknown factor 'octav', did you mean 'octave'"),
        ("octave=9", "octave has no value '9': 4, 5, 6, 7 are allowed"),
        ("octave>=high", "octave has no value 'high'"),
        ("octave=5.5", "octave has no value '5.5'"),
        ("instrument=trompet", "did you mean 'trumpet'"),
        ("octave=>6", "unknown operator '=>' after octave, did you mean '>='"),
        ("octave==6", "did you mean '='"),
        ("octave=!6", "unknown operator '=!' after octave: = !="),
        ("octave>=5|6", r"octave>=5\|6: one value is needed after >="),
        ("octave=", "a value is missing after octave="),
        ("octave=5|", "a value is missing after octave="),
        ("octave=|5", "a value is missing after octave="),
        ("octave= =5", "a value is missing after octave="),
        ("octave=5 =6", "a value is missing after octave="),
        ("", "'' has no condition: write conditions such as octave>=5"),
        ("trumpet", "'trumpet' has no condition"),
        ("=5", "must start with one factor"),
        ("the octave=5", "must start with one factor"),
        ('instrument="trumpet', "a quote is not closed"),
        ("octave>=4", "'octave>=4' holds everything"),
        ("octave>7", "'octave>7' holds nothing"),
        ("octave=5 octave=6", "holds nothing"),
    ],
)
def test_conditions_that_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        Region.parse(text, SPACE)


def test_classes_of_another_space() -> None:
    cells = Region.parse("octave=5", SPACE)
    with pytest.raises(DsoundsError, match=r"classes must be \(..., 4\)"):
        cells.contains(CLASSES[:, :3])
    with pytest.raises(DsoundsError, match="class -1 of octave is out of range"):
        cells.contains(np.array([[0, -1, 0, 0]]))


# held out


@given(st.integers(30, len(SPACE)), st.sampled_from([0.0, 0.1, 0.3]), seeds)
def test_held_out_cells_are_the_test(count: int, validation: float, seed: int) -> None:
    texts = ("instrument=trumpet octave=5", "octave>=7")
    cells = [Region.parse(text, SPACE) for text in texts]
    index = uniform(len(SPACE), count, seed)
    classes = SPACE.classes(index)
    parts = held_out(classes, cells, index, 4, validation, seed)
    _, octave, _, instrument = classes.T
    np.testing.assert_array_equal(
        parts == TEST, (octave == 3) | ((instrument == 1) & (octave == 1))
    )
    units = [set(index[parts == part] // 4) for part in (TRAIN, VALIDATION)]
    assert not units[0] & units[1]
    total = len(units[0] | units[1])
    assert abs(len(units[1]) - validation * total) <= 2


def test_range_extrapolation() -> None:
    index = melodies_first(24, 4, 24, 0)
    parts = held_out(SPACE.classes(index), [Region.parse("octave>=6", SPACE)], index, 4, 0.25, 0)
    assert [(parts == part).sum() for part in range(len(PARTS))] == [9, 3, 12]


def test_cells_that_no_clip_or_every_clip_is_in() -> None:
    index = np.flatnonzero(CLASSES[:, 1] == 1)
    for text, says in [("octave>5", "no clip of 24 is in 'octave>5'"), ("octave=5", "every clip")]:
        with pytest.raises(DsoundsError, match=says):
            held_out(CLASSES[index], [Region.parse(text, SPACE)], index, 4, 0.2, 0)
    with pytest.raises(DsoundsError, match="no clip of 24 is in no cells"):
        held_out(CLASSES[index], [], index, 4, 0.2, 0)
