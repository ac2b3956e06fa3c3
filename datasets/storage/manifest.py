"""corpus.json: what a corpus is made of, and the hashes of its shards.

A corpus is identified by what decides its sound, by the rule of its format (`formats.py`). Worker
count and shard size are not part of that. The file ends with a checksum of all the rest of its
content. What does not decide the sound (words, units, names of values) is read as it was stored.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from ...errors import DsoundsError
from ...files import MOST_TEXT_BYTES, open_plain
from ...hashing import file_sha256, plain_sha256
from ...settings import NewerFile, field_names, shortly, unknown_keys
from ...soundfonts.catalogue import CATALOGUE, find_font
from ...synth.rendering import fluidsynth
from ..factors.space import Factor, FactorSpace
from ..recipes.base import Recipe
from ..recipes.registry import from_dict
from ..symbols.vocabulary import Vocabulary, vocabulary_of
from . import atomic_files, formats

FILE = "corpus.json"
# What a file raises that is JSON, and has other values than those that are written.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
RENDERERS = ("notes", "direct")
CHECKSUM = "checksum"
RECORDINGS = "recordings"  # the kind of a corpus that was imported (`importing`)


@dataclass(frozen=True)
class Manifest:
    """The content of corpus.json.

    `shards` are those that were made; of `splits` the first is meant where none is named.
    """

    recipe: dict[str, Any]
    renderer: str
    fluidsynth: str
    soundfont_sha256: str
    choice_sha256: str
    clips: int
    clip_samples: int
    sample_rate_hz: int
    shard_size: int
    factors: list[dict[str, Any]]
    splits: list[str]
    versions: dict[str, str]
    id: str
    joint: dict[str, Any] | None = None
    symbols: list[dict[str, Any]] = field(default_factory=list)
    shards: list[dict[str, Any]] = field(default_factory=list)
    format: str = formats.LATEST

    def portable_recipe(self) -> dict[str, Any]:
        """Return the recipe without the place of its SoundFont, which counts by its hash."""
        return {name: value for name, value in self.recipe.items() if name != "soundfont"}

    @property
    def complete(self) -> bool:
        """Whether every shard was written."""
        return sum(shard["stop"] - shard["start"] for shard in self.shards) == self.clips

    @property
    def space(self) -> FactorSpace:
        """The factor space."""
        return FactorSpace.from_table(self.factors)

    @property
    def vocabulary(self) -> Vocabulary:
        """The symbols of the clips' concepts."""
        return Vocabulary.from_table(self.symbols, self.space)

    @property
    def recorded(self) -> bool:
        """Whether the clips are recordings that were imported."""
        return self.recipe.get("kind") == RECORDINGS

    @property
    def again(self) -> str:
        """The command that makes a lost or damaged shard again, in words."""
        if self.recorded:
            return "dsounds import makes the corpus again, in another folder"
        return "dsounds generate --repair makes it again"

    def typed_recipe(self) -> Recipe:
        """Return the recipe as its dataclass. Clips that are recordings raise DsoundsError."""
        if self.recorded:
            raise DsoundsError(
                f"the clips of corpus {self.id} are recordings (dsounds import): they have no "
                "notes, and cannot be rendered again or changed"
            )
        return from_dict(self.recipe, f"the recipe of corpus {self.id}", stored=True)

    def same_choice(self, recipe: Recipe) -> bool:
        """Return whether a recipe takes the corpus's clips, in the same parts, with this NumPy."""
        chosen = formats.choice_sha256(recipe, self.format, self.splits)
        return chosen == self.choice_sha256


_TYPES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(hint) for name, hint in get_type_hints(Manifest).items()
} | {
    "factors": TypeAdapter(Annotated[list[Factor], Field(min_length=1)]),
    "splits": TypeAdapter(Annotated[list[str], Field(min_length=1)]),
}


def describe(
    recipe: Recipe,
    shard_size: int,
    renderer: str = "notes",
    format: str = formats.LATEST,
    **stored: Any,
) -> Manifest:
    """Describe a corpus that is to be made here and now, without shards.

    Parameters
    ----------
    stored
        What was stored of the corpus and counts instead of today's: `splits`, `symbols`, `factors`.

    Raises
    ------
    DsoundsError
        If the SoundFont or libfluidsynth is missing.
    """
    fluidsynth.binding()
    font, canonical = find_font(recipe.soundfont), recipe.canonical()
    if recipe.soundfont not in CATALOGUE:
        canonical = replace(canonical, soundfont=str(font.resolve()))
    splits = stored.pop("splits", list(recipe.splits_by_default))
    words = formats.FORMATS[format].words
    known = vocabulary_of(recipe.space, words) if words else vocabulary_of(recipe.space)
    manifest = Manifest(
        recipe=formats.FORMATS[format].recipe(canonical),
        renderer=renderer,
        fluidsynth=fluidsynth.version(),
        soundfont_sha256=file_sha256(font),
        choice_sha256=formats.choice_sha256(recipe, format, splits),
        clips=recipe.clips,
        clip_samples=recipe.clip_samples,
        sample_rate_hz=fluidsynth.SAMPLE_RATE_HZ,
        shard_size=shard_size,
        factors=formats.plain_numbers(recipe.space.table()),
        splits=splits,
        joint=recipe.joint(),
        symbols=known.table(),
        versions={name: metadata.version(name) for name in ("dsounds", "numpy", "h5py")},
        format=format,
        id="",
    )
    manifest = replace(manifest, **stored)
    return replace(manifest, id=formats.identity(manifest))


def describe_as(recipe: Recipe, known_as: str) -> Manifest:
    """Describe a corpus in the format in which its id is `known_as`, or else in the latest one."""
    latest = describe(recipe, shard_size=1)
    if known_as in ("", latest.id):
        return latest
    found = (describe(recipe, 1, format=name) for name in formats.FORMATS)
    return next((one for one in found if one.id == known_as), latest)


def write(folder: Path, manifest: Manifest) -> None:
    """Write corpus.json."""
    atomic_files.write_json(folder / FILE, _content(manifest))


def create(folder: Path, manifest: Manifest) -> bool:
    """Write corpus.json where there is none; return False, and change nothing, where one is."""
    return atomic_files.create_json(folder / FILE, _content(manifest))


def stands(folder: Path, manifest: Manifest) -> bool:
    """Return whether corpus.json is exactly what `write` would write."""
    try:
        return (folder / FILE).read_bytes() == atomic_files.json_text(_content(manifest)).encode()
    except OSError:
        return False


def _content(manifest: Manifest) -> dict[str, Any]:
    content = asdict(manifest)
    return content | {CHECKSUM: plain_sha256(content)}


class DamagedManifest(DsoundsError):
    """A corpus.json that cannot be read, or is not what was written."""


def read(folder: Path) -> Manifest:
    """Read corpus.json.

    Raises
    ------
    DamagedManifest
        If it is damaged.
    NewerFile
        If a newer dsounds wrote what this one does not know.
    DsoundsError
        If it is missing, or of a format that is no longer read.
    """
    path = folder / FILE
    if not path.is_file():
        why = f"there is no {FILE} in it" if folder.is_dir() else "there is no such folder"
        raise DsoundsError(f"{folder} holds no corpus: {why}")
    try:
        with open_plain(path, MOST_TEXT_BYTES) as file:
            content = json.load(file)
        checksum = content.pop(CHECKSUM, None)
        as_written = checksum == plain_sha256(content)
        if as_written or (checksum is None and content["format"] not in formats.FORMATS):
            _check_known(path, content)
        manifest = Manifest(**content)
        fault = _fault(manifest) if as_written else "its checksum is another"
    except _MALFORMED as error:
        fault = f"{type(error).__name__}: {error}"
    except OSError as error:
        fault = atomic_files.reason(error)
    if fault:
        raise DamagedManifest(
            f"{path} is damaged ({fault}): the command that generated the corpus makes it again "
            "with --repair"
        )
    return manifest


def _check_known(path: Path, content: dict[str, Any]) -> None:
    """Raise DsoundsError where this version does not know the format or a key of corpus.json."""
    name = content["format"]
    if name not in formats.FORMATS:
        read = f"has format {name!r}, this version reads {' and '.join(map(repr, formats.FORMATS))}"
        if formats.newer(name, formats.LATEST):
            raise NewerFile(f"{path} was made by a newer dsounds: it {read}")
        raise DsoundsError(f"{path} {read}")
    known = {Manifest: [content], Factor: content["factors"]}
    foreign = [
        key
        for kind, rows in known.items()
        for row in rows
        for key in row
        if key not in field_names(kind)
    ]
    if foreign:
        raise unknown_keys(str(path), foreign, [*field_names(Manifest), *field_names(Factor)])


def _fault(manifest: Manifest) -> str:
    """Return what does not fit together in a manifest, or "".

    Only what decides the sound and the labels counts: not units, words and names of values.
    """
    for name, kind in _TYPES.items():
        value = getattr(manifest, name)
        try:
            kind.validate_json(json.dumps(value), strict=True)
        except ValidationError:
            return f"its {name} is {shortly(value)}"
    for name in ("clips", "clip_samples", "shard_size"):
        if getattr(manifest, name) < 1:
            return f"its {name} is {getattr(manifest, name)}"
    if manifest.sample_rate_hz != fluidsynth.SAMPLE_RATE_HZ:
        return f"its sample_rate_hz is {manifest.sample_rate_hz}"
    if formats.identity(manifest) != manifest.id:
        return "recipe, factors and id do not belong together"
    if not manifest.recorded:
        recipe = manifest.typed_recipe()
        foreign = [name for name in manifest.splits if name not in recipe.split_names]
        foreign += [manifest.renderer] if manifest.renderer not in RENDERERS else []
        if foreign:
            raise NewerFile(
                f"corpus {manifest.id} was made by a newer dsounds: this version does not know "
                f"{foreign}"
            )
        if _pair(recipe.joint()) != _pair(manifest.joint):
            return "the joint distribution is not the recipe's"
        stored = (manifest.clips, manifest.clip_samples, _grid(manifest.space))
        if stored != (recipe.clips, recipe.clip_samples, _grid(recipe.space)):
            return "recipe and factors do not belong together"
    for shard in manifest.shards:
        start, stop, size = int(shard["start"]), int(shard["stop"]), manifest.shard_size
        whole = start % size == 0 and stop == min(start + size, manifest.clips)
        if not whole or shard["file"] != shard_name(start // size):
            return f"the entry of {shard['file']} does not fit"
        if len(shard["sha256"]) != 64 or int(shard["bytes"]) < 0:
            return f"the entry of {shard['file']} is not whole"
    starts = [shard["start"] for shard in manifest.shards]
    if starts != sorted(set(starts)):
        return "shards are not in order"
    # Recordings are imported as a whole.
    return "" if manifest.complete or not manifest.recorded else "not all shards are in it"


def _grid(space: FactorSpace) -> list[tuple[Any, ...]]:
    return [(factor.name, factor.kind, factor.values) for factor in space.factors]


def _pair(joint: dict[str, Any] | None) -> tuple[Any, Any] | None:
    return (joint["factors"], joint["counts"]) if joint else None


def shard_name(number: int) -> str:
    """Return the file name of a shard."""
    return f"shard-{number:05d}.h5"
