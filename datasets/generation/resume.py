"""What a folder already holds, and whether a corpus can go on in it.

The shards that are there decide the size of shards; corpus.json, where it is damaged or lost, can
be made again from the recipe and the seals of the shards. A folder with another corpus, or with
files that are none, is refused and left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ...errors import DsoundsError
from ..storage import checksum
from ..storage import manifest as manifests
from ..storage.manifest import Manifest


def agree(
    out: Path, wanted: Manifest, shard_size: int | None, fixed: bool = False, repair: bool = False
) -> Manifest:
    """The manifest with which to go on in a folder: `wanted`, or that with what is there.

    shard_size: what was asked for; fixed: no other size than that of corpus.json, even while there
    is no shard; repair: corpus.json may be missing or damaged. Raises DsoundsError when the folder
    holds something else.
    """
    begun = any(_h5_files(out))  # looked at first, since corpus.json is written before them
    try:
        found = manifests.read(out) if (out / manifests.FILE).exists() else None
    except manifests.DamagedManifest:
        if not repair:
            raise
        found = None
    if found is None:
        if repair:
            return _rebuilt(out, wanted, shard_size)
        if begun:
            raise DsoundsError(
                f"{out} holds .h5 files but no {manifests.FILE}: choose an empty folder (or, if "
                "they are this corpus's shards, add --repair)"
            )
        return wanted
    if found.id != wanted.id:
        raise DsoundsError(
            f"{out} holds another corpus ({_difference(found, wanted)}); choose "
            "another folder, or remove this one first"
        )
    if not fixed and not found.shards and not any(_shards(out)):
        return wanted if shard_size else replace(wanted, shard_size=found.shard_size)
    _same_size(out, found.shard_size, shard_size)
    return replace(
        wanted, shard_size=found.shard_size, shards=found.shards, versions=found.versions
    )


def _h5_files(out: Path) -> Iterator[Path]:
    return out.glob("*.h5") if out.is_dir() else iter(())


def _shards(out: Path) -> Iterator[tuple[int, Path]]:
    """Files with a shard's name, by number."""
    for path in sorted(_h5_files(out)):
        if found := re.fullmatch(r"shard-(\d{5,})\.h5", path.name):
            yield int(found[1]), path


def _same_size(out: Path, there: int, asked: int | None) -> None:
    if asked not in (None, there):
        raise DsoundsError(
            f"{out} holds this corpus in shards of {there}, not {asked}: leave "
            "out --shard-size to go on with it, or choose another folder"
        )


def _difference(found: Manifest, wanted: Manifest) -> str:
    """The first thing in which two corpora differ, in words."""
    for key in sorted(found.recipe.keys() | wanted.recipe.keys()):
        here, there = found.recipe.get(key), wanted.recipe.get(key)
        if here != there and key != "soundfont":
            return f"its {key} is {here}, not {there}"
    for key in ("renderer", "fluidsynth", "soundfont_sha256", "choice_sha256"):
        if getattr(found, key) != getattr(wanted, key):
            return f"its {key} is {getattr(found, key)}, not {getattr(wanted, key)}"
    return f"its id is {found.id}, not {wanted.id}"


def _rebuilt(out: Path, wanted: Manifest, shard_size: int | None) -> Manifest:
    """The manifest of a corpus whose corpus.json is lost; one of its shards tells their size.

    Raises DsoundsError when there is no whole one.
    """
    for number, path in _shards(out):
        try:
            checked = checksum.check(path)
        except OSError:
            continue  # told of later, by its name: see `condition`
        own = checked.seal
        if own is None or not checked.unbroken or own.corpus_id != wanted.id:
            continue
        size = own.start // number if number else own.stop
        if own.stop == wanted.clips and number == 0:  # the only one, however large it might be
            size = max(size, wanted.shard_size)
        _same_size(out, size, shard_size)
        return replace(wanted, shard_size=size)
    raise DsoundsError(
        f"{out} has no {manifests.FILE} that can be read, and no whole shard of this corpus (id "
        f"{wanted.id}) to tell that it belongs there: there is nothing to repair, or the recipe is "
        "another"
    )
