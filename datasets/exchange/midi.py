"""A folder of MIDI files, one for each clip, with metadata.csv."""

from __future__ import annotations

from pathlib import Path

from . import table
from .choice import Choice
from .place import new_folder
from .wav import file_name


def write(choice: Choice, out: Path, progress: bool = False) -> None:
    """Write the folder `out`.

    Raises DsoundsError when it exists or cannot be written, or where the corpus is of recordings.
    """
    corpus = choice.corpus
    corpus.manifest.typed_recipe()  # recordings have no notes: say so before a folder is made
    with new_folder(out) as place, open(place / table.FILE, "w", encoding="utf-8") as file:
        rows = table.writer(file, choice)
        for clips in choice.batches(progress):
            for clip, row in zip(clips, table.rows(choice, clips), strict=True):
                name = file_name(clip, len(corpus), ".mid")
                corpus.midi(int(clip)).write(str(place / name))
                rows.writerow([name, *row])
