"""The files of a corpus that are missing or altered: every file is read and named."""

from __future__ import annotations

import os
from pathlib import Path

from ..generation.shard_state import Place, ShardState, examine_all
from ..storage import checksum
from ..storage import manifest as manifests
from ..storage.atomic_files import reason
from ..storage.manifest import Manifest


def damaged_files(folder: Path) -> list[str]:
    """Return what is wrong with the files of a corpus, each named; [] where nothing is.

    Where corpus.json is damaged, shards are checked by their checksum trailers.

    Raises
    ------
    DsoundsError
        If there is no corpus.json, or one of another format.
    """
    try:
        manifest = manifests.read(folder)
    except manifests.DamagedManifest as error:
        return [str(error), *_broken_seals(folder)]
    problems = []
    if not manifest.complete:
        problems.append(f"{folder} is not complete: run the same dsounds generate again")
    for found in examine_all(_places(folder, manifest), min(os.cpu_count() or 1, 4)):
        unknown = found.place.recorded is None and found.condition is ShardState.MISSING
        if found.condition is not ShardState.WHOLE and not unknown:
            problems.append(found.says)
    return problems


def _places(folder: Path, manifest: Manifest) -> list[Place]:
    recorded = {entry["start"]: entry for entry in manifest.shards}
    size = manifest.shard_size
    return [
        Place(
            folder / manifests.shard_name(start // size),
            manifest.id,
            start,
            min(start + size, manifest.clips),
            recorded.get(start),
            manifest,
        )
        for start in range(0, manifest.clips, size)
    ]


def _broken_seals(folder: Path) -> list[str]:
    problems = []
    for path in sorted(folder.glob("shard-*.h5")):
        try:
            if not checksum.check(path).unbroken:
                problems.append(f"shard {path} is damaged: its content is not what was sealed")
        except OSError as error:
            problems.append(f"shard {path} cannot be read: {reason(error)}")
    return problems
