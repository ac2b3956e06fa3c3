"""Recipes with equal loudness, no DC, faded ends: off by default, kept in the id, labels true."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, open_corpus
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.recipes.base import Recipe
from dsounds.datasets.recipes.registry import load_recipe, names
from dsounds.datasets.recipes.sinusoids import Sinusoids
from dsounds.datasets.storage.formats import FORMATS, not_neutral
from dsounds.datasets.storage.manifest import describe, describe_as
from dsounds.errors import DsoundsError
from dsounds.synth.music.schedule import NO_FINISH

SMALL = DMelodies(count=8, octaves=(4, 5), seed=3)
FINISHED = replace(SMALL, rms_dbfs=-24.0, remove_dc=True, fade_s=0.05)


def rms_db(pcm: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.sqrt(np.mean((pcm / 32_767) ** 2, axis=1)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(FINISHED, tmp_path_factory.mktemp("finished") / "c", progress=False)


def test_a_corpus_of_equal_loudness(folder: Path) -> None:
    made = open_corpus(folder)
    pcm = made.pcm(np.arange(8))
    np.testing.assert_allclose(rms_db(pcm), -24, atol=0.01)
    assert not pcm[:, -1].any()
    assert verify(folder, sample=4).problems == []
    assert "root mean square was brought to -24 dB" in (folder / "datasheet.md").read_text()


def test_on_demand_and_counterfactuals_have_the_same_bytes(folder: Path) -> None:
    made, there = open_corpus(folder), open_corpus(FINISHED)
    np.testing.assert_array_equal(there.pcm(np.arange(8)), made.pcm(np.arange(8)))
    swapped = made.counterfactual([0, 1], instrument="trumpet")
    np.testing.assert_allclose(rms_db(swapped * 32_767), -24, atol=0.01)
    own = made.space.factor("instrument").names[made.classes[0, made.space.column("instrument")]]
    same = made.counterfactual([0], instrument=own)
    np.testing.assert_array_equal(same, made.audio([0]))


def test_neutral_settings_are_no_part_of_the_identity() -> None:
    for name in names():
        recipe = load_recipe(name)
        assert recipe.finish == NO_FINISH
        assert not {"rms_dbfs", "remove_dc", "fade_s"} & not_neutral(recipe.canonical()).keys()
    assert not_neutral(FINISHED.canonical()).items() >= {
        ("rms_dbfs", -24), ("remove_dc", True), ("fade_s", 0.05)
    }  # fmt: skip


def test_each_setting_makes_another_corpus() -> None:
    recipes = [
        SMALL,
        replace(SMALL, rms_dbfs=-24),
        replace(SMALL, remove_dc=True),
        replace(SMALL, fade_s=0.1),
    ]
    for format in FORMATS:
        assert len({describe(one, 1, format=format).id for one in recipes}) == 4, format
    old = describe(SMALL, 1, format="dsounds corpus 3")
    assert describe_as(SMALL, old.id).id == old.id
    assert describe_as(recipes[3], old.id).id != old.id  # a folder of format 3 is not resumed by it


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (DMelodies, {"levels": (-6.0, 0.0)}, "levels give clips a level of their own"),
        (DMelodies, {"levels": (-6.0,)}, "levels give clips a level"),
        (DMelodies, {"velocities": (64, 100)}, "velocities give clips a level"),
        (Sinusoids, {"levels": (-30.0,)}, "levels give clips a level"),
    ],
)
def test_equal_loudness_is_refused_where_level_is_a_factor(
    kind: type[Recipe], settings: dict, message: str
) -> None:
    kind(**settings, remove_dc=True, fade_s=0.01)  # these leave the level as it is labelled
    with pytest.raises(DsoundsError, match=message):
        kind(**settings, rms_dbfs=-30.0)


def test_velocity_alone_and_crescendo_may_have_equal_loudness() -> None:
    assert DMelodies(velocities=(64,), crescendos=(-12, 12), rms_dbfs=-30).finish.rms_dbfs == -30


def test_level_is_as_labelled_where_ends_fade() -> None:
    corpus = open_corpus(DMelodies(count=4, levels=(-12.0, 0.0), remove_dc=True, fade_s=0.1))
    peak_db = 20 * np.log10(np.abs(corpus.audio(np.arange(4))).max(axis=1))
    np.testing.assert_allclose(peak_db, corpus.values[:, corpus.space.column("level")], atol=0.01)


def test_the_command_line(tmp_path: Path, capsys) -> None:
    short = ["generate", "dmelodies", "--count", "3", "--out", str(tmp_path / "c")]
    assert main([*short, "--fade-s", "2"]) == 2
    assert main([*short, "--rms-dbfs", "-1"]) == 2
    assert "lower rms_dbfs by that, or by more" in capsys.readouterr().err
    assert main([*short, "--rms-dbfs", "-24", "--remove-dc", "True", "--fade-s", "0.05"]) == 0
