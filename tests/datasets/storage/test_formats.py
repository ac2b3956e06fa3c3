"""What is stored outlives the code: words, units, settings and splits may come, corpora stay.

The files of tests/golden are opened, resumed and repaired by a code that has grown: a setting more
in each kind of recipe, a split more, factors with other units, a word more and some fewer.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from dsounds.datasets import DMelodies, Recipe, features, generate, load_recipe, open_corpus
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.concepts import concept_file
from dsounds.datasets.factors.space import FactorSpace
from dsounds.datasets.generation.generate import repair
from dsounds.datasets.recipes import registry
from dsounds.datasets.storage import formats, manifest
from dsounds.datasets.symbols import vocabulary
from dsounds.datasets.symbols.words import WORDS, Word
from dsounds.errors import DsoundsError
from dsounds.hashing import file_sha256, plain_sha256
from dsounds.settings import NewerFile, settings
from dsounds.soundfonts import find_font
from dsounds.synth.features import LogMelSettings
from dsounds.synth.rendering import fluidsynth

GOLDEN = Path(__file__).parents[2] / "golden"
EXPECTED = {
    form: json.loads((GOLDEN / form / "expected.json").read_text())
    for form in ("format3", "format4")
}
NAMES = [f"{form}/{name}" for form in EXPECTED for name in ("melodies", "tones", "unfinished")]


def about(name: str) -> dict[str, Any]:
    form, own = name.split("/")
    return EXPECTED[form]["corpora"].get(own) or EXPECTED[form]["unfinished"]


def recipe_of(name: str) -> Recipe:
    return load_recipe(GOLDEN / f"{name}.toml")


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN, tmp_path / "golden"))


def need_same_sound(name: str) -> None:
    try:
        here = fluidsynth.version(), file_sha256(find_font(recipe_of(name).soundfont))
    except DsoundsError:
        here = "", ""
    if here != (about(name)["fluidsynth"], about(name)["soundfont_sha256"]):
        pytest.skip(f"{name} was made with another FluidSynth or SoundFont")


def grown(kind: type[Recipe]) -> type[Recipe]:
    """A kind of recipe as a later version may have it."""

    @settings
    class Grown(kind):  # type: ignore[misc, valid-type]
        glissandos: tuple[float, ...] = (0.0,)
        # a new setting, neutral at 0

        @property
        def space(self) -> FactorSpace:
            return FactorSpace([replace(f, unit=f"new {f.unit}") for f in super().space.factors])

        @property
        def split_names(self) -> tuple[str, ...]:
            return (*super().split_names, "new")

        def parts(self, split: str) -> np.ndarray:
            return np.zeros(self.clips, np.uint8) if split == "new" else super().parts(split)

    return Grown


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version of the code."""
    for name, kind in dict(registry.KINDS).items():
        monkeypatch.setitem(registry.KINDS, name, grown(kind))
    new = Word("ours", "new", (("octave", ("5",)),))
    words = (new, *WORDS[:3], *WORDS[5:])
    monkeypatch.setattr(vocabulary.vocabulary_of, "__defaults__", (words,))


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("name", NAMES)
def test_a_later_version_reads_a_corpus(golden: Path, name: str) -> None:
    """It keeps its id, words, units and splits."""
    stored = json.loads((golden / name / manifest.FILE).read_text())
    found = manifest.read(golden / name)
    assert found.id == stored["id"]
    assert found.vocabulary.table() == stored["symbols"]
    assert [factor.unit for factor in found.space.factors] == [
        row["unit"] for row in stored["factors"]
    ]
    if found.complete:
        corpus = open_corpus(golden / name)
        assert list(corpus.splits) == list(about(name)["splits"])
        assert corpus.concepts.shape == (len(corpus), len(stored["symbols"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_has_the_id_of_its_corpus_in_each_format(golden: Path, name: str) -> None:
    """Runs name corpora on demand by their ids, and those of format 3 are hashes of words."""
    need_same_sound(name)
    stored = manifest.read(golden / name)
    described = manifest.describe(recipe_of(name), 1, stored.renderer, stored.format)
    if stored.format == "dsounds corpus 3":
        assert described.symbols == stored.symbols
        assert described.id == stored.id
    else:
        assert manifest.describe_as(recipe_of(name), stored.id).id == stored.id


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("name", NAMES)
def test_a_later_version_resumes_and_repairs_a_corpus(golden: Path, name: str) -> None:
    """A lost shard, a lost corpus.json and shards that were never made: all as it was before."""
    need_same_sound(name)
    folder = golden / name
    generate(recipe_of(name), folder, progress=False)
    before = {path.name: path.read_bytes() for path in folder.glob("*.*")}
    assert open_corpus(folder).id == about(name)["id"]
    assert verify(folder, sample=0).problems == []
    for lost in before:
        if lost.startswith(("shard", "corpus")):
            (folder / lost).unlink()
            assert repair(recipe_of(name), folder, progress=False) == [lost]
            if lost.startswith("shard"):
                assert (folder / lost).read_bytes() == before[lost]
    rebuilt, stored = (
        json.loads((folder / manifest.FILE).read_text()),
        json.loads(before[manifest.FILE]),
    )
    unknown = {
        "checksum",
        "versions",
        "splits",
    }  # a shard tells neither versions nor an earlier order
    unknown |= {"shard_size"} if len(stored["shards"]) == 1 else set()
    assert {key for key in stored if stored[key] != rebuilt[key]} <= unknown


@pytest.mark.parametrize("name", NAMES)
def test_a_new_shard_of_a_later_version_is_what_the_earlier_one_would_make(
    golden: Path, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    need_same_sound(name)
    first, second = golden / name, Path(shutil.copytree(golden / name, tmp_path / "second"))
    for path in (*first.glob("shard-*"), *second.glob("shard-*")):
        path.unlink()
    for folder in (first, second):  # corpus.json knows no shard: no sha256 is recorded
        manifest.write(folder, replace(manifest.read(folder), shards=[]))
    generate(recipe_of(name), first, progress=False)
    request.getfixturevalue("later")
    generate(recipe_of(name), second, progress=False)
    shards = sorted(path.name for path in first.glob("shard-*"))
    assert [(second / one).read_bytes() for one in shards] == [
        (first / one).read_bytes() for one in shards
    ]


@pytest.mark.parametrize("name", ["melodies", "tones", "unfinished"])
def test_a_recipe_has_one_id_before_and_after(name: str, request: pytest.FixtureRequest) -> None:
    need_same_sound(f"format4/{name}")
    before = manifest.describe(recipe_of(f"format4/{name}"), 1)
    request.getfixturevalue("later")
    after = manifest.describe(recipe_of(f"format4/{name}"), 1)
    assert (before.id, before.recipe) == (after.id, after.recipe)
    assert (before.symbols, before.splits) != (after.symbols, after.splits)


@pytest.mark.parametrize("name", ["melodies", "tones"])
def test_a_recipe_on_demand_is_known_by_its_id_of_format_3(name: str) -> None:
    need_same_sound(f"format3/{name}")
    recipe, own = recipe_of(f"format3/{name}"), about(f"format3/{name}")["id"]
    assert open_corpus(recipe, own).id == own
    assert open_corpus(recipe, "0123456789abcdef").id == open_corpus(recipe).id != own


def test_a_setting_that_is_not_neutral_tells_of_a_newer_version(
    golden: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        kind = grown(DMelodies)
        patch.setitem(registry.KINDS, "dmelodies", kind)
        recipe = recipe_of("format4/melodies")
        plain, changed = (
            manifest.describe(one, 2)
            for one in (recipe, replace(recipe, glissandos=(600.0,)))  # type: ignore[call-arg]
        )
        assert plain.id != changed.id
        assert changed.recipe["glissandos"] == [600]
    unknown = replace(plain, recipe=plain.recipe | {"scales": ["dorian"]})
    for stored, says in ((changed, r"\['glissandos'\]"), (unknown, "no value 'dorian'")):
        manifest.write(golden, replace(stored, id=formats.identity(stored)))
        with pytest.raises(NewerFile, match=f"made by a newer dsounds.*{says}"):
            open_corpus(golden)


@pytest.mark.parametrize(
    ("own", "says"), [({"splits": ["random", "odd"]}, "odd"), ({"renderer": "torch"}, "torch")]
)
def test_a_split_or_renderer_of_a_newer_version_is_named_and_left(
    golden: Path, own: dict[str, Any], says: str
) -> None:
    folder = golden / "format4" / "tones"
    stored = replace(manifest.read(folder), **own)
    manifest.write(folder, replace(stored, id=formats.identity(stored)))
    before = (folder / manifest.FILE).read_bytes()
    with pytest.raises(NewerFile, match=rf"made by a newer dsounds: .*\['{says}'\]"):
        open_corpus(folder)
    need_same_sound("format4/tones")
    with pytest.raises(NewerFile, match=says):
        repair(recipe_of("format4/tones"), folder, progress=False)
    assert (folder / manifest.FILE).read_bytes() == before


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change corpus.json as another version would, with a right checksum."""
    path = folder / manifest.FILE
    content = json.loads(path.read_text())
    del content["checksum"]
    edit(content)
    path.write_text(json.dumps(content | {"checksum": plain_sha256(content)}))


@pytest.mark.parametrize("form", EXPECTED)
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            lambda c: c.update(factorss=[]),
            r"edited by hand: .* does not know \['factorss'\], did you mean 'factors'\?",
        ),
        (lambda c: c["factors"][0].update(colour="red"), r"does not know \['colour'\]"),
        (
            lambda c: c.update(format="dsounds corpus 12"),
            "has format 'dsounds corpus 12', this version reads 'dsounds corpus 3' and "
            "'dsounds corpus 4'",
        ),
    ],
    ids=["key", "key of a factor", "format"],
)
def test_a_newer_corpus_json_is_named_and_left(
    golden: Path, form: str, edit: Callable[[dict[str, Any]], object], says: str
) -> None:
    need_same_sound(f"{form}/tones")
    folder = golden / form / "tones"
    change(folder, edit)
    before = (folder / manifest.FILE).read_bytes()
    for act in (
        open_corpus,
        verify,
        lambda place: generate(recipe_of(f"{form}/tones"), place, progress=False),
        lambda place: repair(recipe_of(f"{form}/tones"), place, progress=False),
    ):
        with pytest.raises(NewerFile, match=f"made by a newer dsounds.*{says}"):
            act(folder)
    assert (folder / manifest.FILE).read_bytes() == before


@pytest.mark.parametrize("form", EXPECTED)
def test_more_is_known_of_a_shard(golden: Path, form: str) -> None:
    need_same_sound(f"{form}/tones")
    folder = golden / form / "tones"
    change(folder, lambda content: content["shards"][0].update(mirror="elsewhere"))
    (folder / "shard-00001.h5").unlink()
    assert repair(recipe_of(f"{form}/tones"), folder, progress=False) == ["shard-00001.h5"]
    assert manifest.read(folder).shards[0]["mirror"] == "elsewhere"
    assert open_corpus(folder).id == about(f"{form}/tones")["id"]


@pytest.mark.parametrize("stored", ["defaults", "neutral"])
def test_neutral_values_are_a_promise(stored: str) -> None:
    """A corpus that leaves a setting out means these values: settings may come, none may change."""
    for kind, promised in EXPECTED["format4"][stored].items():
        recipe = registry.KINDS[kind]()
        today = registry.to_dict(recipe if stored == "defaults" else recipe.canonical())
        assert {name: today.get(name) for name in promised} == promised


@pytest.mark.parametrize(
    "other",
    [
        {"count": 3000},
        {"rhythms_bar1": DMelodies().canonical().rhythms_bar1},
        {"tempos": (120.0,), "velocities": (100, 100)},
        {"instruments": ("trumpet", "violin"), "directions": ("down", "up")},
        {"test": 0, "validation": 0.2},
    ],
    ids=["count", "rhythms", "numbers", "order", "whole float"],
)
def test_neutral_settings_are_not_stored(other: dict[str, Any]) -> None:
    assert formats.not_neutral(DMelodies(**other).canonical()) == {"kind": "dmelodies"}


@pytest.mark.parametrize("name", [*registry.names(), *registry.KINDS])
def test_a_recipe_is_stored_whole(name: str) -> None:
    recipe = load_recipe(name)
    stored = formats.not_neutral(recipe.canonical())
    again = registry.from_dict(json.loads(json.dumps(stored)), stored=True)
    assert again.canonical() == recipe.canonical()
    assert len(stored) <= len(fields(recipe)) - 5


def test_what_makes_another_corpus_is_named(golden: Path) -> None:
    need_same_sound("format3/tones")
    tones = recipe_of("format3/tones")
    for other, says in (
        (replace(tones, seed=2), r"its seed is 1, not 2"),
        (recipe_of("format3/melodies"), "its kind is sinusoids, not dmelodies"),
    ):
        with pytest.raises(DsoundsError, match=rf"holds another corpus \({says}\)"):
            generate(other, golden / "format3" / "tones", progress=False)
    with pytest.raises(DsoundsError, match="its clips are recordings"):
        generate(tones, golden / "format3" / "recordings", progress=False)


def test_a_newer_file_of_concepts(golden: Path) -> None:
    path = golden / "format3" / "concepts.h5"
    with h5py.File(path, "r+") as file:
        recipe = json.loads(file.attrs["recipe"])
        file.attrs["recipe"] = json.dumps(recipe | {"mood": "blue"})
    with pytest.raises(NewerFile, match=r"concepts.h5 was made by a newer dsounds.*\['mood'\]"):
        concept_file.read(path)
    with h5py.File(path, "r+") as file:
        file.attrs["format"] = "dsounds concepts 2"
    with pytest.raises(NewerFile, match="it has format 'dsounds concepts 2'"):
        concept_file.read(path)


def test_a_newer_table_of_recordings(golden: Path) -> None:
    folder = golden / "format4" / "recordings"
    found = manifest.read(folder)
    changed = replace(found, recipe=found.recipe | {"table": "dsounds recordings 2"})
    manifest.write(folder, replace(changed, id=formats.identity(changed)))
    with pytest.raises(NewerFile, match=r"recordings.csv .* has format 'dsounds recordings 2'"):
        verify(folder)


def test_the_key_of_log_mel_outlives_a_new_setting() -> None:
    @settings
    class Grown(LogMelSettings):
        exponent: float = 2.0

    assert Grown(bands=40).key == LogMelSettings(bands=40).key
    assert len({Grown(exponent=1.0).key, Grown().key, Grown(bands=40).key}) == 3


def test_damaged_log_mel_is_named_and_made_again(golden: Path) -> None:
    corpus = open_corpus(golden / "format4" / "tones")
    before = features(corpus).copy()
    (path,) = (golden / "format4" / "tones" / "features").iterdir()
    content = path.read_bytes()
    for position in (len(content) - 2, len(content) - 30, len(content) // 2):
        damaged = bytearray(content)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        with pytest.warns(UserWarning, match=r"\.npy is damaged"):
            np.testing.assert_array_equal(features(corpus), before)
        assert path.read_bytes() == content
