"""A folder of MIDI files, one for each clip, with metadata.csv."""

from __future__ import annotations

from pathlib import Path

from . import metadata_csv
from .export_format import ExportFormat
from .selection import Selection


def write(selection: Selection, place: Path) -> None:
    """Fill the folder `place`. A corpus of recordings raises DsoundsError."""
    corpus = selection.corpus
    corpus.manifest.typed_recipe()  # recordings have no notes
    with open(place / metadata_csv.FILE, "w", encoding="utf-8") as file:
        rows = metadata_csv.writer(file, selection)
        for clips in selection.batches():
            for clip, row in zip(clips, metadata_csv.rows(selection, clips), strict=True):
                name = selection.file_name(clip, ".mid")
                corpus.midi(int(clip)).write(str(place / name))
                rows.writerow([name, *row])


FORMAT = ExportFormat("folder", write)
