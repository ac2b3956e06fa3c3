"""The check of what a folder already holds, and whether a corpus can be resumed in it.

A folder holds the same corpus where the sound is the same, whatever format, words or units were
stored there. Then these and the corpus's id are kept, so that its shards become the very files that
they were. The shards that are there decide the size of shards. A corpus.json that is damaged or
lost is made again from the recipe and a whole shard. A folder with another corpus, or with files
that are no shards, is refused and left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py

from ...errors import DsoundsError
from ..recipes.base import Recipe
from ..recipes.registry import from_dict
from ..storage import checksum, formats
from ..storage import manifest as manifests
from ..storage.checksum import Trailer
from ..storage.manifest import Manifest
from ..storage.shard_content import plain

_OWN = ".dsounds"  # hidden files of ours: locks


def agree(
    out: Path,
    recipe: Recipe,
    wanted: Manifest,
    shard_size: int | None,
    fixed: bool = False,
    repair: bool = False,
) -> Manifest:
    """Return the manifest with which a folder is resumed: what is stored there, or `wanted`.

    Parameters
    ----------
    out
        The folder.
    recipe, wanted
        The corpus that is asked for, as a recipe and as it would be made today.
    shard_size
        The size that was asked for.
    fixed
        Whether only the size of corpus.json will do, even while there is no shard.
    repair
        Whether corpus.json may be missing or damaged.

    Raises
    ------
    DsoundsError
        If the folder holds something else.
    """
    # Looked at first, since corpus.json is written before them.
    begun, foreign = any(_h5_files(out)), _others(out)
    found = _stored(out, repair)
    if found is None:
        if repair:
            return _rebuilt(out, recipe, wanted, shard_size)
        _check_unused(out, begun, foreign)
        return wanted
    other = _difference(found, recipe, wanted)
    if other:
        raise DsoundsError(
            f"{out} holds another corpus ({other}); choose another folder, or remove this one first"
        )
    if "soundfont" in found.recipe:  # the file may lie in another place today
        place = from_dict(wanted.recipe).soundfont
        found = replace(found, recipe=found.recipe | {"soundfont": place})
    if not fixed and not found.shards and not any(_shards(out)):
        return replace(found, shard_size=shard_size or found.shard_size)
    _same_size(out, found.shard_size, shard_size)
    return found


def _stored(out: Path, repair: bool) -> Manifest | None:
    """Return the manifest in a folder; None where there is none, or a damaged one to repair."""
    try:
        return manifests.read(out) if (out / manifests.FILE).exists() else None
    except manifests.DamagedManifest:
        if not repair:
            raise
        return None


def _check_unused(out: Path, begun: bool, foreign: list[str]) -> None:
    """Raise DsoundsError where a folder without corpus.json holds shards or what is not ours."""
    if foreign and not begun:
        raise DsoundsError(
            f"{out} is not empty ({foreign[0]}), and holds neither {manifests.FILE} nor a "
            "shard: choose a new folder, or an empty one"
        )
    if begun:
        raise DsoundsError(
            f"{out} holds .h5 files but no {manifests.FILE}: choose an empty folder (or, if "
            "they are this corpus's shards, add --repair)"
        )


def _others(out: Path) -> list[str]:
    """Return the names in a folder but for what a writer that was killed leaves."""
    names = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    return [
        one for one in names if not one.endswith(".part") and not one.startswith((".probe", _OWN))
    ]


def _h5_files(out: Path) -> Iterator[Path]:
    return out.glob("*.h5") if out.is_dir() else iter(())


def _shards(out: Path) -> Iterator[tuple[int, Path]]:
    """Yield the files with a shard's name, each with its number."""
    for path in sorted(_h5_files(out)):
        if found := re.fullmatch(r"shard-(\d{5,})\.h5", path.name):
            yield int(found[1]), path


def _same_size(out: Path, there: int, asked: int | None) -> None:
    if asked not in (None, there):
        raise DsoundsError(
            f"{out} holds this corpus in shards of {there}, not {asked}: leave "
            "out --shard-size to resume it, or choose another folder"
        )


def _difference(found: Manifest, recipe: Recipe, wanted: Manifest) -> str:
    """Return the first thing in which the sound of two corpora differs, in words, or ""."""
    if found.recorded:
        return "its clips are recordings"
    other = formats.difference(found.typed_recipe(), recipe)
    for key in ("renderer", "fluidsynth", "soundfont_sha256"):
        here, there = getattr(found, key), getattr(wanted, key)
        if here != there:
            other = other or f"its {key} is {here}, not {there}"
    if not other and not found.same_choice(recipe):
        other = "this version of NumPy draws other clips from the same seed"
    return other


def _rebuilt(out: Path, recipe: Recipe, wanted: Manifest, shard_size: int | None) -> Manifest:
    """Return the manifest of a corpus whose corpus.json is lost, from one of its whole shards.

    Raises
    ------
    DsoundsError
        If there is no whole shard.
    """
    for number, path in _shards(out):
        try:
            checked = checksum.check(path)
        except OSError:
            continue  # it is named later: see `shard_state`
        own = checked.trailer
        if own is None or not checked.unbroken:
            continue
        found = _of_shard(path, own, recipe, wanted)
        if found is None:
            continue
        size = own.start // number if number else own.stop
        if own.stop == wanted.clips and number == 0:  # the only one, however large it might be
            size = max(size, wanted.shard_size)
        _same_size(out, size, shard_size)
        return replace(found, shard_size=size)
    raise DsoundsError(
        f"{out} has no {manifests.FILE} that can be read, and no whole shard of this corpus (id "
        f"{wanted.id}) to tell that it belongs there: there is nothing to repair, or the recipe is "
        "another"
    )


def _of_shard(path: Path, own: Trailer, recipe: Recipe, wanted: Manifest) -> Manifest | None:
    """Return the corpus of a whole shard, in the format whose rule gives its id; None if none."""
    try:
        stored = _annotations(path, recipe)
    except (OSError, KeyError, TypeError, ValueError, RuntimeError):
        return None  # a whole file of somebody else
    for name in formats.FORMATS:
        found = manifests.describe(recipe, wanted.shard_size, wanted.renderer, name, **stored)
        if found.id == own.corpus_id:
            return found
    return None


def _annotations(path: Path, recipe: Recipe) -> dict[str, Any]:
    """Return what a shard stores beside its sound, as corpus.json has it."""
    with h5py.File(path, "r") as file:
        return {
            "factors": json.loads(file.attrs["factors"]),
            "symbols": json.loads(plain(file, "concepts").attrs["vocabulary"]),
            "splits": [name for name in recipe.splits_by_default if name in file["splits"]],
        }
