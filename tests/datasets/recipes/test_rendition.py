"""Rows of the factors of a rendition and of sinusoids: all else about a factor follows."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import DMelodies, Sinusoids
from dsounds.datasets.recipes import rendition, sinusoid_factors
from dsounds.datasets.symbols.vocabulary import vocabulary_of
from dsounds.datasets.symbols.words import WORDS
from dsounds.errors import DsoundsError

CORPORA = Path(__file__).parents[3] / "docs" / "corpora.md"
VALUED = [setting for setting in rendition.ROWS if setting != "crossfade"]
ONE = {"rhythms_bar1": ("xx.xx.xx",), "rhythms_bar2": ("xx.xx.xx",), "directions": ("up",)}


def ends(setting: str) -> tuple[float, float]:
    """The lowest and the highest value, as integers."""
    row = rendition.ROWS[setting]
    return int(row.lowest), int(row.highest)


def test_neutral_settings_are_no_factors() -> None:
    assert DMelodies().space.names[-1] == "instrument"


def test_factors_come_in_the_order_of_the_settings() -> None:
    own = {setting: ends(setting) for setting in VALUED}
    space = DMelodies(**own, crossfade=True).space
    assert space.names[10:] == tuple(row.name for row in rendition.ROWS.values())
    assert [f.unit for f in space.factors[10:]] == [r.unit for r in rendition.ROWS.values()]
    names = [field.name for field in fields(DMelodies)]
    assert names[-len(rendition.ROWS) :] == list(rendition.ROWS)


@pytest.mark.parametrize("setting", VALUED)
def test_a_value_is_in_its_range(setting: str) -> None:
    low, high = ends(setting)
    assert DMelodies(**{setting: (low, high)}).space.factors[-1].values == (low, high)
    for value in (low - 1, high + 1):
        with pytest.raises(DsoundsError, match=f"{value} of {setting} is not allowed: {low} to"):
            DMelodies(**{setting: (value,)})


@pytest.mark.parametrize("setting", [s for s in VALUED if rendition.ROWS[s].generator])
def test_a_generator_is_added_to_the_voice(setting: str) -> None:
    row, (low, high) = rendition.ROWS[setting], ends(setting)
    recipe = DMelodies(**{setting: (low, high)}, instruments=("violin",), **ONE)
    values = recipe.space.values(recipe.space.classes(np.arange(2)))
    voices = [recipe.voices[number] for number in recipe.schedule(values).voices[:, 0]]
    expected = [((row.generator, amount),) if amount else () for amount in (low, high)]
    assert [voice.generators for voice in voices] == expected


def test_every_row_says_how_it_is_made() -> None:
    assert all(bool(row.made_by) != bool(row.generator) for row in rendition.ROWS.values())


def test_words_of_rows_are_known() -> None:
    words = {word.name for row in rendition.ROWS.values() for word in row.words}
    assert {"soft", "slow", "steady", "dark", "gentle", "sharp"} <= words
    assert words <= {word.name for word in WORDS}
    assert {"slow", "fast"} <= set(vocabulary_of(DMelodies(tempos=(60, 140)).space).names)


def test_the_table_of_the_docs_is_that_of_the_rows() -> None:
    lines = re.findall(
        r"^\| (\w+) \| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", CORPORA.read_text(), re.M
    )
    expected = [
        (
            row.name,
            setting,
            row.unit,
            f"{row.lowest}, {row.highest}" if setting in VALUED else "as instrument",
            row.made_by or f"generator {row.generator}",
        )
        for setting, row in rendition.ROWS.items()
    ]
    assert lines == expected


def test_sinusoids_come_in_the_order_of_their_parts() -> None:
    recipe = Sinusoids(
        count=1, seconds=4, pitches=(60,), notes=(4,), tremolos=(3,), decays=(1,), levels=(-20,)
    )
    assert recipe.space.names == (
        "pitch", "notes", "contour", "density", "crescendo", "level", "tilt", "decay", "tremolo",
    )  # fmt: skip
    assert {f.name for f in recipe.space.factors if f.kind == "dynamic"} == {
        "notes", "contour", "density", "crescendo",
    }  # fmt: skip
    assert recipe.renditions == 1
    assert {row.measured for row in sinusoid_factors.ROWS.values()} >= {"tilt_db", "attack_s"}
