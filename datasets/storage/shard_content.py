"""What a shard holds: plain data sets of its corpus, inside the file.

HDF5 can show as a data set what lies in another file: in external storage, behind a link, in a
virtual data set. A corpus that somebody gave away could so publish a file of the reader's. So a
shard is read only where every data set lies in the shard itself, and has the shape, the type and
the range of values that its corpus gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ...errors import DsoundsError
from ...synth.music.schedule import NOTE
from ..factors.splits import PARTS
from .manifest import Manifest

CONFIDENCE = "confidence"  # recordings have it alone
# What h5py raises of files that are not as they should be.
_BY_H5PY = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError)
_looked_through: set[tuple[object, ...]] = set()


class ForeignShard(DsoundsError):
    """A shard that is not as its corpus's shards are."""


@contextmanager
def foreign(path: Path) -> Iterator[None]:
    """Raise ForeignShard, with the reason, for what h5py cannot read in the block."""
    try:
        yield
    except _BY_H5PY as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ForeignShard(f"shard {path} is not as this corpus's shards are: {reason}") from None


def open_shard(path: Path, manifest: Manifest, start: int, stop: int) -> h5py.File:
    """Open the shard of clips `start` to `stop`; ForeignShard is raised where it is another's.

    Its content is looked through once while the file's size and time stay the same.
    """
    with foreign(path):
        stat = path.stat()
        wanted = tuple(columns(manifest, stop - start).items())
        key = (str(path), stat.st_size, stat.st_mtime_ns, manifest.space.sizes, wanted)
        file = h5py.File(path, "r")
        try:
            if key not in _looked_through:
                _check(file, manifest, stop - start)
                _looked_through.add(key)
        except BaseException:
            file.close()
            raise
    return file


def columns(manifest: Manifest, count: int) -> dict[str, tuple[tuple[int | None, ...], np.dtype]]:
    """Return the shape and the type of each data set of a shard of `count` clips.

    A length is None where it depends on the clips.
    """
    factors, symbols = len(manifest.factors), len(manifest.symbols)
    found: dict[str, tuple[tuple[int | None, ...], str | np.dtype]] = {
        "audio": ((count, manifest.clip_samples), "<i2"),
        "classes": ((count, factors), "<i8"),
        "values": ((count, factors), "<f8"),
        "concepts": ((count, symbols), "u1"),
        "notes": ((count, None), NOTE),
        "index": ((count,), "<i8"),
        "peak": ((count,), "<f4"),
        **{f"splits/{name}": ((count,), "u1") for name in manifest.splits},
    }
    if manifest.recorded:
        found[CONFIDENCE] = ((count,), "<f4")
    return {name: (shape, np.dtype(kind)) for name, (shape, kind) in found.items()}


def plain(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a data set that lies in the file itself; another one raises ValueError."""
    group: Any = file
    for part in name.split("/"):
        if not isinstance(group, h5py.Group) or part not in group:
            raise ValueError(f"there is no data set {name}")
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} is a link")
        group = group[part]
    if not isinstance(group, h5py.Dataset):
        raise ValueError(f"{name} is no data set")
    if group.is_virtual or group.external:
        raise ValueError(f"{name} lies in another file")
    return group


def _check(file: h5py.File, manifest: Manifest, count: int) -> None:
    """Raise ValueError for a data set that is not as the corpus has it."""
    for name, (shape, kind) in columns(manifest, count).items():
        data = plain(file, name)
        if data.dtype != kind:
            raise ValueError(f"{name} is of type {data.dtype}, not {kind}")
        if data.id.get_storage_size() != data.size * kind.itemsize:
            raise ValueError(f"{name} is compressed, or not all of it is there")
        lengths = zip(data.shape or (), shape, strict=False)
        if data.ndim != len(shape) or any(want not in (None, got) for got, want in lengths):
            wanted = ", ".join("any" if one is None else str(one) for one in shape)
            raise ValueError(f"{name} is of shape {data.shape}, not ({wanted})")
    space = manifest.space
    classes, index = file["classes"][()], file["index"][()]
    _check_range("classes", (classes >= 0) & (classes < np.array(space.sizes)))
    _check_range("index", (index >= 0) & (index < len(space)))
    _check_range("values", np.isfinite(file["values"][()]))
    peak = file["peak"][()]
    _check_range("peak", np.isfinite(peak) & (peak >= 0))
    _check_range("concepts", file["concepts"][()] <= 1)
    for name in manifest.splits:
        _check_range(f"splits/{name}", file[f"splits/{name}"][()] < len(PARTS))
    notes = file["notes"][()]
    onset, offset = notes["onset_sample"], notes["offset_sample"]
    _check_range("notes", (onset >= 0) & (onset <= offset) & (offset <= manifest.clip_samples))
    _check_range("notes", (notes["pitch"] < 128) & (notes["velocity"] < 128))


def _check_range(name: str, right: np.ndarray) -> None:
    if not right.all():
        row = int(np.argwhere(~right)[0, 0])
        raise ValueError(f"{name} of its row {row} are out of range")
