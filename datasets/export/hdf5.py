"""One HDF5 file that shows all shards of a corpus as one, without copying them.

It has the data sets of a shard (`shard.py`) with all clips in order, as virtual data sets that
lead to the shards by relative paths: keep file and corpus where they are to each other. HDF5 gives
no error where a shard has gone, only filling: -32,768 in audio, which no clip has, -1 in classes
and index, nan in values and peak, 255 in splits.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..storage import hdf5
from ..storage.shard_content import columns, open_shard, plain
from .export_format import ExportFormat
from .selection import Selection


def write(selection: Selection, place: Path) -> None:
    """Write the file `place`."""
    corpus = selection.corpus
    assert corpus.folder is not None  # only whole corpora with shards come here
    folder = corpus.folder.resolve()
    shards = corpus.manifest.shards
    with hdf5.create(place) as file:
        beside = place.absolute().parent.resolve()
        names = [os.path.relpath(folder / shard["file"], beside) for shard in shards]
        first_file = folder / shards[0]["file"]
        with open_shard(
            first_file, corpus.manifest, shards[0]["start"], shards[0]["stop"]
        ) as first:
            file.attrs.update(
                {k: v for k, v in first.attrs.items() if k not in ("start", "stop")}
                | {"shards": names}
            )
            for name in columns(corpus.manifest, 0):
                column = plain(first, name)
                shape = (len(corpus), *column.shape[1:])
                if 0 in shape:  # recordings have no notes
                    file.create_dataset(name, shape, column.dtype)
                    continue
                layout = h5py.VirtualLayout(shape, column.dtype)
                for shard, source in zip(shards, names, strict=True):
                    rows = (shard["stop"] - shard["start"], *column.shape[1:])
                    layout[shard["start"] : shard["stop"]] = h5py.VirtualSource(source, name, rows)
                joined = file.create_virtual_dataset(name, layout, _filling(column.dtype))
                joined.attrs.update(column.attrs)


def _filling(dtype: np.dtype) -> Any:
    """Return what stands for a missing shard: a value that no clip has, where there is one."""
    match dtype.kind:
        case "f":
            return np.nan
        case "u":
            return np.iinfo(dtype).max
        case "i":
            return np.iinfo(dtype).min if dtype.itemsize == 2 else -1
    return None


FORMAT = ExportFormat("file", write, whole=True)
