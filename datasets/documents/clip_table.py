"""clips.csv: a row for each clip of a corpus, with the columns of an export's metadata.csv.

`file_name` is the clip's shard. Of generated clips the labels follow from the recipe, so that no
shard is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...hashing import file_sha256
from ..export import metadata_csv
from ..export.selection import choose
from ..reading.backends import OnDemand, Shards, Source
from ..reading.corpus import Corpus
from ..reading.sound import Sound
from ..storage import atomic_files
from ..storage.manifest import Manifest

FILE = "clips.csv"
_BATCH_CLIPS = 4096  # labels alone: sound would take a MB for each clip


@dataclass(frozen=True)
class ClipTable:
    """The table as it lies on the disk; `columns` has the type of each: string, int64, float64."""

    file: str
    bytes: int
    sha256: str
    columns: Mapping[str, str]


def write_clips(folder: Path, manifest: Manifest) -> ClipTable:
    """Write the table of the corpus in a folder. One that cannot be written raises DsoundsError."""
    source: Source = Shards(folder, manifest) if manifest.recorded else OnDemand(Sound(manifest))
    selection = choose(Corpus(folder, manifest, source))
    path = folder / FILE
    with atomic_files.atomic_write(path) as place, open(place, "w", encoding="utf-8") as file:
        out = metadata_csv.writer(file, selection)
        for clips in selection.batches(_BATCH_CLIPS):
            rows = metadata_csv.rows(selection, clips)
            out.writerows(
                [manifest.shards[clip // manifest.shard_size]["file"], *row]
                for clip, row in zip(clips, rows, strict=True)
            )
    kinds = metadata_csv.types(selection).items()
    columns = {name: kind if isinstance(kind, str) else "int64" for name, kind in kinds}
    columns = {metadata_csv.columns(selection)[0]: "string", **columns}
    return ClipTable(FILE, path.stat().st_size, file_sha256(path), columns)
