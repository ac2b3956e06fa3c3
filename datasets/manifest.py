"""corpus.json: what a corpus is made of, and the hashes of its shards.

A corpus is identified by what decides its bytes: recipe, renderer, FluidSynth's version and the
SoundFont's sha256. Worker count and shard size are not part of that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from ..soundfonts.catalogue import file_sha256, find_font
from ..soundfonts.errors import DsoundsError
from ..synth import fluid
from . import files
from .recipe import Recipe, from_dict, to_dict
from .space import FactorSpace

FILE = "corpus.json"
FORMAT = "dsounds corpus 1"
RENDERERS = ("notes", "direct")


@dataclass(frozen=True)
class Manifest:
    """The content of corpus.json; `shards` are those that are done."""

    recipe: dict[str, Any]
    renderer: str
    fluidsynth: str
    soundfont_sha256: str
    clips: int
    clip_samples: int
    sample_rate_hz: int
    shard_size: int
    factors: list[dict[str, Any]]
    versions: dict[str, str]
    id: str
    shards: list[dict[str, Any]] = field(default_factory=list)
    format: str = FORMAT

    @property
    def complete(self) -> bool:
        """Whether every shard was written."""
        return sum(shard["stop"] - shard["start"] for shard in self.shards) == self.clips

    @property
    def space(self) -> FactorSpace:
        """The factor space."""
        return FactorSpace.from_table(self.factors)

    def typed_recipe(self) -> Recipe:
        """The recipe as its dataclass."""
        return from_dict(self.recipe)


def describe(recipe: Recipe, shard_size: int, renderer: str = "notes") -> Manifest:
    """The manifest of a corpus that is to be made here and now, without shards.

    Raises DsoundsError when the SoundFont or libfluidsynth is missing.
    """
    fluid.binding()
    sha256 = file_sha256(find_font(recipe.soundfont))
    identity = {
        "format": FORMAT,
        "recipe": {k: v for k, v in _canonical(recipe).items() if k != "soundfont"},
        "renderer": renderer,
        "fluidsynth": fluid.version(),
        "soundfont_sha256": sha256,
    }
    return Manifest(
        recipe=_canonical(recipe),
        renderer=renderer,
        fluidsynth=fluid.version(),
        soundfont_sha256=sha256,
        clips=recipe.count,
        clip_samples=recipe.clip_samples,
        sample_rate_hz=fluid.SAMPLE_RATE_HZ,
        shard_size=shard_size,
        factors=recipe.space.table(),
        versions={name: metadata.version(name) for name in ("dsounds", "numpy", "h5py")},
        id=hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16],
    )


def _canonical(recipe: Recipe) -> dict[str, Any]:
    """The recipe with its choices spelled as the factor table does, in its order."""
    plain = to_dict(recipe)
    for key, factor in (
        ("tonics", "tonic"),
        ("octaves", "octave"),
        ("scales", "scale"),
        ("instruments", "instrument"),
    ):
        if key in plain:
            names = recipe.space.factor(factor).names
            plain[key] = [int(n) for n in names] if key == "octaves" else list(names)
    return plain


def write(folder: Path, manifest: Manifest) -> None:
    """Write corpus.json."""
    files.write_json(folder / FILE, asdict(manifest))


def read(folder: Path) -> Manifest:
    """Read corpus.json. Raises DsoundsError when it is missing, damaged or of another format."""
    path = folder / FILE
    if not path.is_file():
        raise DsoundsError(f"{folder} holds no corpus: there is no {FILE} in it")
    try:
        content = json.loads(path.read_text())
        if content["format"] != FORMAT:
            raise DsoundsError(
                f"{path} has format {content['format']!r}, this version reads {FORMAT!r}"
            )
        manifest = Manifest(**content)
        from_dict(manifest.recipe)
        manifest.space  # noqa: B018  # refuses a damaged factor table
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DsoundsError(f"{path} is damaged: {error}") from None
    return manifest
