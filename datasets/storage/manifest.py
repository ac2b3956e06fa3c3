"""corpus.json: what a corpus is made of, and the hashes of its shards.

A corpus is identified by what decides its bytes: the recipe and the clips that it chose, renderer,
FluidSynth's version and the SoundFont's sha256. Worker count and shard size are not part of that.
The file ends with a checksum of all the rest of its content.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...soundfonts.catalogue import CATALOGUE, find_font
from ...synth.rendering import fluidsynth
from ..factors.space import FactorSpace
from ..recipes.base import Recipe
from ..recipes.registry import from_dict, to_dict
from ..symbols.vocabulary import Vocabulary, vocabulary_of
from . import atomic_files

FILE = "corpus.json"
FORMAT = "dsounds corpus 3"
RENDERERS = ("notes", "direct")
CHECKSUM = "checksum"
RECORDINGS = "recordings"  # kind of a corpus that was imported: `exchange.importing`


@dataclass(frozen=True)
class Manifest:
    """The content of corpus.json; `shards` are those that are done."""

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
    format: str = FORMAT

    def identity(self) -> str:
        """The id: a hash of what decides the bytes of the clips."""
        decisive = {
            "format": self.format,
            "recipe": self.portable_recipe(),
            "renderer": self.renderer,
            "fluidsynth": self.fluidsynth,
            "soundfont_sha256": self.soundfont_sha256,
            "choice_sha256": self.choice_sha256,
            "symbols": self.symbols,
        }
        if self.recorded:  # nothing of this follows from the recipe
            names = ("factors", "clips", "clip_samples", "splits")
            decisive |= {name: getattr(self, name) for name in names}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]

    def portable_recipe(self) -> dict[str, Any]:
        """The recipe without the place of its SoundFont, which counts by its hash."""
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
        """What brings a lost or damaged shard back, in words."""
        if self.recorded:
            return "dsounds import makes the corpus again, in another folder"
        return "dsounds generate --repair makes it again"

    def typed_recipe(self) -> Recipe:
        """The recipe as its dataclass. Raises DsoundsError where the clips are recordings."""
        if self.recorded:
            raise DsoundsError(
                f"the clips of corpus {self.id} are recordings (dsounds import): they have no "
                "notes, and cannot be rendered again or changed"
            )
        return from_dict(self.recipe)


def describe(recipe: Recipe, shard_size: int, renderer: str = "notes") -> Manifest:
    """The manifest of a corpus that is to be made here and now, without shards.

    Raises DsoundsError when the SoundFont or libfluidsynth is missing.
    """
    fluidsynth.binding()
    font = find_font(recipe.soundfont)
    plain = to_dict(recipe.canonical())
    if recipe.soundfont not in CATALOGUE:
        plain["soundfont"] = str(font.resolve())
    manifest = Manifest(
        recipe=plain,
        renderer=renderer,
        fluidsynth=fluidsynth.version(),
        soundfont_sha256=file_sha256(font),
        choice_sha256=choice_sha256(recipe),
        clips=recipe.clips,
        clip_samples=recipe.clip_samples,
        sample_rate_hz=fluidsynth.SAMPLE_RATE_HZ,
        shard_size=shard_size,
        factors=recipe.space.table(),
        splits=list(recipe.split_names),
        joint=recipe.joint(),
        symbols=vocabulary_of(recipe.space).table(),
        versions={name: metadata.version(name) for name in ("dsounds", "numpy", "h5py")},
        id="",
    )
    return replace(manifest, id=manifest.identity())


def choice_sha256(recipe: Recipe) -> str:
    """Hash of which clips a recipe takes, and of its splits. NumPy's choice from one seed may
    change between its versions, and then the corpus is another."""
    found = hashlib.sha256()
    if recipe.sampling == "all":  # may be too many to write down; each melody's part says it all
        found.update(recipe.parts(recipe.split_names[0])[:: recipe.renditions].tobytes())
    else:
        found.update(recipe.positions(np.arange(recipe.clips)).astype("<i8").tobytes())
        for name in recipe.split_names:
            found.update(recipe.parts(name).tobytes())
    return found.hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Write corpus.json."""
    atomic_files.write_json(folder / FILE, _content(manifest))


def create(folder: Path, manifest: Manifest) -> bool:
    """Write corpus.json where there is none; returns False, and changes nothing, where there is."""
    return atomic_files.create_json(folder / FILE, _content(manifest))


def stands(folder: Path, manifest: Manifest) -> bool:
    """Whether corpus.json is exactly what `write` would write."""
    try:
        return (folder / FILE).read_bytes() == atomic_files.json_text(_content(manifest)).encode()
    except OSError:
        return False


def _content(manifest: Manifest) -> dict[str, Any]:
    content = asdict(manifest)
    return content | {CHECKSUM: _checksum(content)}


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class DamagedManifest(DsoundsError):
    """corpus.json cannot be read, or is not what was written."""


def read(folder: Path) -> Manifest:
    """Read corpus.json. Raises DsoundsError when it is missing or of another format.

    Raises DamagedManifest when it is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        why = f"there is no {FILE} in it" if folder.is_dir() else "there is no such folder"
        raise DsoundsError(f"{folder} holds no corpus: {why}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        checksum = content.pop(CHECKSUM, None)
        as_written = checksum == _checksum(content)
        if content["format"] != FORMAT and (as_written or checksum is None):
            raise DsoundsError(
                f"{path} has format {content['format']!r}, this version reads {FORMAT!r}"
            )
        manifest = Manifest(**content)
        fault = _fault(manifest) if as_written else "its checksum is another"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = f"{type(error).__name__}: {error}"
    except OSError as error:
        fault = atomic_files.reason(error)
    if fault:
        raise DamagedManifest(
            f"{path} is damaged ({fault}): the command that generated the corpus makes it again "
            "with --repair"
        )
    return manifest


def _fault(manifest: Manifest) -> str:
    """What does not fit together in a manifest, or ""."""
    stored = (manifest.clips, manifest.clip_samples, manifest.space, manifest.splits)
    derived = stored
    if not manifest.recorded:
        recipe = manifest.typed_recipe()
        if to_dict(recipe) != manifest.recipe:
            return "the recipe is not whole"
        if recipe.joint() != manifest.joint:
            return "the joint distribution is not the recipe's"
        derived = (recipe.clips, recipe.clip_samples, recipe.space, list(recipe.split_names))
    if derived != stored or manifest.identity() != manifest.id:
        return "recipe, factors and id do not belong together"
    for shard in manifest.shards:
        start, stop, size = int(shard["start"]), int(shard["stop"]), manifest.shard_size
        whole = start % size == 0 and stop == min(start + size, manifest.clips)
        if not whole or shard["file"] != shard_name(start // size):
            return f"the entry of {shard['file']} does not fit"
        if len(shard["sha256"]) != 64 or int(shard["bytes"]) < 0:
            return f"the entry of {shard['file']} is not whole"
    starts = [shard["start"] for shard in manifest.shards]
    return "" if starts == sorted(set(starts)) else "shards are not in order"


def shard_name(number: int) -> str:
    """File name of a shard."""
    return f"shard-{number:05d}.h5"
