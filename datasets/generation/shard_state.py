"""The state of a shard's place: nothing, the shard, a damaged one, or something else.

A file belongs to the corpus where its trailer, or its first bytes, name the corpus. Where neither
does, it is another's file and never overwritten. A file of the corpus is whole when it has the
sha256 of corpus.json or, where corpus.json does not know it, an unbroken trailer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import h5py

from ..storage import atomic_files, checksum
from ..storage.manifest import Manifest
from ..storage.shard import entry
from ..storage.shard_content import ForeignShard, open_shard

_HEAD_BYTES = 1 << 16  # h5py writes the corpus's id to byte 2,080 or so
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SMALLEST_BYTES = 4096


class ShardState(Enum):
    """The state of a shard's place."""

    MISSING = "missing"
    WHOLE = "whole"
    DAMAGED = "damaged"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Place:
    """Where a shard of a corpus ought to be. `recorded` is its entry of corpus.json, if any.

    `manifest` is the corpus's, where the content of the shard counts, too.
    """

    path: Path
    corpus_id: str
    start: int
    stop: int
    recorded: dict[str, Any] | None = None
    manifest: Manifest | None = None


@dataclass(frozen=True)
class Found:
    """What is in a place: `says` in words, `entry` for corpus.json where the shard is whole."""

    place: Place
    condition: ShardState
    says: str = ""
    entry: dict[str, Any] | None = None


def examine_all(places: Iterable[Place], threads: int) -> Iterator[Found]:
    """Yield what is in some places, in order; every file is read from end to end."""
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(examine, places)


def examine(place: Place) -> Found:
    """Return what is in a place; its file is read from end to end."""
    path = place.path
    if not path.exists() and not path.is_symlink():
        return Found(place, ShardState.MISSING, f"shard {path} is missing")
    try:
        checked = checksum.check(path)
        own = _names(path, place.corpus_id, checked)
    except OSError as error:
        says = f"shard {path} is damaged: it cannot be read ({atomic_files.reason(error)})"
        return Found(place, ShardState.FOREIGN if path.is_dir() else ShardState.DAMAGED, says)
    fault = _fault(place, checked)
    if not fault and place.manifest is not None:
        try:
            open_shard(path, place.manifest, place.start, place.stop).close()
        except ForeignShard as error:
            return Found(place, ShardState.DAMAGED, str(error))
    if not fault:
        found = entry(path, place.start, place.stop, checked.bytes, checked.sha256)
        return Found(place, ShardState.WHOLE, entry=found)
    if own or (checked.bytes < _SMALLEST_BYTES and _is_stub(path)):
        return Found(place, ShardState.DAMAGED, f"shard {path} is damaged: {fault}")
    says = f"{path} belongs to another corpus, or is no shard at all"
    return Found(place, ShardState.FOREIGN, says)


def _fault(place: Place, checked: checksum.Checked) -> str:
    """Return what is wrong with a file as the shard of a place, or ""."""
    if place.recorded is not None:
        right = checked.sha256 == place.recorded["sha256"]
        return "" if right else "its sha256 is not the one in corpus.json"
    if checked.trailer is None:
        return "it was cut short (its last line, the checksum, is missing)"
    if not checked.unbroken:
        return "its content does not match its checksum"
    claim = (checked.trailer.corpus_id, checked.trailer.start, checked.trailer.stop)
    if claim != (place.corpus_id, place.start, place.stop):
        return f"it holds clips {checked.trailer.start} to {checked.trailer.stop}"
    return ""


def _names(path: Path, corpus_id: str, checked: checksum.Checked) -> bool:
    """Return whether a file says that it belongs to a corpus; an unbroken trailer decides."""
    if checked.trailer is not None:
        if checked.trailer.corpus_id == corpus_id:
            return True
        if checked.unbroken:
            return False
    with open(path, "rb") as file:
        return corpus_id.encode() in file.read(_HEAD_BYTES)


def _is_stub(path: Path) -> bool:
    """Return whether a short file is left of a shard: it begins as HDF5, but is not whole."""
    with open(path, "rb") as file:
        if not _HDF5.startswith(file.read(len(_HDF5))):
            return False
    try:
        h5py.File(path, "r").close()
    except OSError:
        return True
    return False
