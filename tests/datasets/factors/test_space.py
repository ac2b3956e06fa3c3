"""Factor spaces: mixed radix, sub-spaces, sampling, and dMelodies' recipe on top of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsounds.datasets import DMelodies, Factor, FactorSpace
from dsounds.datasets.recipes.dmelodies import MELODIES
from dsounds.datasets.recipes.registry import from_dict, to_dict
from dsounds.errors import DsoundsError


def space(*sizes: int) -> FactorSpace:
    return FactorSpace(
        [
            Factor(f"f{k}", "static", tuple(range(10, 10 + n)), tuple(f"v{i}" for i in range(n)))
            for k, n in enumerate(sizes)
        ]
    )


sizes = st.lists(st.integers(1, 7), min_size=1, max_size=5)


@given(sizes, st.data())
def test_index_and_classes_are_inverse(sizes: list[int], data: st.DataObject) -> None:
    grid = space(*sizes)
    index = np.array(data.draw(st.lists(st.integers(0, len(grid) - 1), max_size=20)), int)
    classes = grid.classes(index)
    assert classes.shape == (len(index), len(sizes))
    np.testing.assert_array_equal(grid.index(classes), index)
    np.testing.assert_array_equal(grid.classes_of(grid.values(classes)), classes)


@given(sizes)
def test_last_factor_is_fastest(sizes: list[int]) -> None:
    grid = space(*sizes)
    expected = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), -1)
    np.testing.assert_array_equal(
        grid.classes(np.arange(len(grid))), expected.reshape(-1, len(sizes))
    )


@given(sizes, st.integers(0, 2**32), st.data())
def test_sampling_is_without_replacement(sizes: list[int], seed: int, data: st.DataObject) -> None:
    grid = space(*sizes)
    count = data.draw(st.integers(0, len(grid)))
    drawn = grid.sample(count, np.random.default_rng(seed))
    assert len(np.unique(drawn)) == count
    grid.classes(drawn)


def test_sampling_more_than_there_is() -> None:
    with pytest.raises(DsoundsError, match="7 clips asked for, but the space has only 6"):
        space(2, 3).sample(7, np.random.default_rng(0))


def test_sub_space_keeps_values_and_names() -> None:
    sub = space(3, 4).restrict(f1=[3, 1])
    assert sub.sizes == (3, 2)
    assert sub.factor("f1").values == (11, 13)
    assert sub.factor("f1").names == ("v1", "v3")
    np.testing.assert_array_equal(sub.values(sub.classes(1)), [10, 13])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda g: g.classes([6]), "outside the space"),
        (lambda g: g.classes([-1]), "outside the space"),
        (lambda g: g.classes([1.5]), "must be integers"),
        (lambda g: g.index([[0, 3]]), "class 3 of f1 is out of range, 0 to 2"),
        (lambda g: g.values([[0]]), r"classes must be \(..., 2\)"),
        (lambda g: g.classes_of([[10, 99]]), "f1 has no value 99"),
        (lambda g: g.restrict(f1=[]), "f1: classes"),
        (lambda g: g.restrict(f9=[0]), "did you mean|unknown factor 'f9'"),
        (lambda g: g.factor("f1").class_of("v7"), "f1 has no value 'v7'"),
    ],
)
def test_bad_positions_classes_and_names(call, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        call(space(2, 3))


def test_a_table_describes_a_space() -> None:
    assert FactorSpace.from_table(MELODIES.table()) == MELODIES
    assert len(MELODIES) == 1_354_752


def positions(recipe: DMelodies) -> np.ndarray:
    return recipe.positions(np.arange(recipe.clips))


def test_the_papers_recipe() -> None:
    recipe = DMelodies()
    assert len(recipe.space) == 7_056 * 2  # Luo et al. 2022, sec. 5.1, on two instruments
    index = positions(recipe)
    assert len(np.unique(index // 2)) == 3000  # 3,000 different melodies
    classes = recipe.space.classes(index)
    assert np.bincount(classes[:, -1]).tolist() == [1500, 1500]
    held_out = recipe.parts("melody") == 1
    assert held_out.sum() == 600
    assert np.bincount(classes[held_out, -1]).tolist() == [300, 300]
    notes = recipe.schedule(recipe.space.values(classes)).notes
    assert (notes["onset_sample"][:, 0] == 0).all()
    assert (notes["offset_sample"][:, -1] == 64_000).all()


recipes = st.builds(
    DMelodies,
    count=st.integers(1, 300),
    seed=st.integers(0, 5),
    octaves=st.sampled_from([(4,), (4, 5), (6, 4, 5)]),
    tonics=st.sampled_from([("C",), ("C#", "A"), ("all",)]),
    instruments=st.sampled_from([("violin",), ("violin", "trumpet"), ("0", "24", "73")]),
    rest_at_ends=st.booleans(),
    validation=st.sampled_from([0.0, 0.1, 0.2, 0.5]),
)


@given(recipes)
def test_choice_and_split(recipe: DMelodies) -> None:
    index = positions(recipe)
    instruments = len(recipe.space.factor("instrument"))
    assert len(np.unique(index)) == recipe.clips
    counts = np.bincount(index % instruments, minlength=instruments)
    assert counts.max() - counts.min() <= 1
    held_out = recipe.parts("melody") == 1
    melodies = index // instruments
    assert not set(melodies[held_out]) & set(melodies[~held_out])
    assert abs(held_out.sum() - recipe.validation * recipe.clips) < instruments + 1


def test_a_melody_on_several_instruments_stays_on_one_side() -> None:
    recipe = DMelodies(count=14_112)
    index = positions(recipe)
    assert len(np.unique(index)) == 14_112
    held_out = recipe.parts("melody") == 1
    assert not set(index[held_out] // 2) & set(index[~held_out] // 2)


def test_a_small_corpus_is_the_beginning_of_a_larger_one() -> None:
    small, large = DMelodies(count=600), DMelodies(count=3000)
    np.testing.assert_array_equal(positions(small), positions(large)[:600])
    for split in ("melody", "random"):
        np.testing.assert_array_equal(small.parts(split), large.parts(split)[:600])


def test_seeds_differ() -> None:
    assert (positions(DMelodies(seed=0)) != positions(DMelodies(seed=1))).any()


def test_recipe_as_plain_values() -> None:
    recipe = DMelodies(count=7, octaves=(5, 6), instruments=("flute",))
    assert from_dict(to_dict(recipe)) == recipe


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"count": 0}, "count is 0"),
        ({"count": 2.5}, "count is 2.5: an integer"),
        ({"count": 14_113}, "space has only 14,112"),
        ({"seed": -1}, "seed is -1"),
        ({"octaves": (7,)}, "octave has no value '7': 4, 5, 6"),
        ({"tonics": ("H",)}, "tonic has no value 'H'"),
        ({"scales": ("mayor",)}, "did you mean 'major'"),
        ({"instruments": ()}, "no instrument"),
        ({"instruments": ("vioolin",)}, "did you mean 'violin'"),
        ({"validation": 1.0}, "validation is 1.0"),
    ],
)
def test_bad_recipes(settings: dict, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        DMelodies(**settings)


def test_unknown_settings_are_refused_with_a_suggestion() -> None:
    with pytest.raises(DsoundsError, match="did you mean 'octaves'"):
        from_dict({"kind": "dmelodies", "octave": [4]})
    with pytest.raises(DsoundsError, match="did you mean 'dmelodies'"):
        from_dict({"kind": "dmelody"})
