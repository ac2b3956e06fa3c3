"""Opening a corpus: by the folder of its shards, or by a recipe, for clips rendered on demand."""

from __future__ import annotations

from pathlib import Path

from ...errors import DsoundsError, suggestion
from ..recipes.base import Recipe
from ..recipes.registry import KINDS, is_recipe, load_recipe, names
from ..storage import manifest as manifests
from .backends import OnDemand, Shards
from .corpus import Corpus
from .sound import Sound


def open_corpus(place: str | Path | Recipe, known_as: str = "") -> Corpus:
    """Open the corpus in a folder; or that of a recipe, which needs no folder at all.

    Without a folder every clip is rendered when it is asked for, to the same bytes that its shard
    would hold.

    Parameters
    ----------
    place
        The folder, or the recipe.
    known_as
        The id that a recipe's corpus had in an earlier format; it keeps this id then.

    Raises
    ------
    DsoundsError
        If a folder has no corpus, or one that is not complete, or a shard is missing or has not the
        size that it was written with; for a recipe, if the SoundFont or libfluidsynth is missing.
    """
    if isinstance(place, Recipe):
        manifest = manifests.describe_as(place, known_as)
        return Corpus(None, manifest, OnDemand(Sound(manifest)))
    folder = Path(place)
    if not folder.is_dir() and is_recipe(place):
        raise DsoundsError(
            f"there is no folder {folder}: for the corpus of that recipe, "
            f"open_corpus(load_recipe({str(place)!r}))"
        )
    manifest = manifests.read(folder)
    if not manifest.complete:
        raise DsoundsError(
            f"the corpus in {folder} is not complete (generation was interrupted?): run the same "
            "dsounds generate again to finish it"
        )
    for shard in manifest.shards:
        file = folder / shard["file"]
        if not file.is_file():
            raise DsoundsError(f"shard {file} is missing: {manifest.again}")
        if file.stat().st_size != shard["bytes"]:
            raise DsoundsError(
                f"shard {file} has {file.stat().st_size:,} bytes instead of {shard['bytes']:,}: it "
                f"was cut short or altered; {manifest.again}"
            )
    return Corpus(folder, manifest, Shards(folder, manifest))


def find_corpus(place: str | Path, known_as: str = "") -> Corpus:
    """Open what a command names: the corpus in a folder; where there is none, that of a recipe.

    Parameters
    ----------
    place
        The folder, or the name or file of a recipe.
    known_as
        See `open_corpus`.

    Raises
    ------
    DsoundsError
        If `place` is neither of them, and where `open_corpus` raises it.
    """
    if Path(place).is_dir():
        return open_corpus(Path(place))
    if not is_recipe(place):
        known = (*KINDS, *names())
        raise DsoundsError(
            f"{place} is neither the folder of a corpus nor a recipe"
            f"{suggestion(str(place), known)} (dsounds recipes lists them)"
        )
    corpus = open_corpus(load_recipe(place), known_as)
    corpus.name = str(place)
    return corpus
