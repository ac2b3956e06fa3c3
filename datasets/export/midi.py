"""A folder of MIDI files, one for each clip, with metadata.csv."""

from __future__ import annotations

from pathlib import Path

from ..storage.destination import new_folder
from . import metadata_csv
from .selection import Selection
from .wav import file_name


def write(choice: Selection, out: Path, progress: bool = False) -> None:
    """Write the folder `out`.

    Raises DsoundsError when it exists or cannot be written, or where the corpus is of recordings.
    """
    corpus = choice.corpus
    corpus.manifest.typed_recipe()  # recordings have no notes: say so before a folder is made
    with new_folder(out) as place, open(place / metadata_csv.FILE, "w", encoding="utf-8") as file:
        rows = metadata_csv.writer(file, choice)
        for clips in choice.batches(progress):
            for clip, row in zip(clips, metadata_csv.rows(choice, clips), strict=True):
                name = file_name(clip, len(corpus), ".mid")
                corpus.midi(int(clip)).write(str(place / name))
                rows.writerow([name, *row])
