"""A folder of WAV files that Hugging Face's audiofolder loads.

    OUT/train/metadata.csv, OUT/train/clip-00000.wav ..., the same for validation and test

Source of the layout: the documentation of Hugging Face datasets, "Create an audio dataset": one
folder for each part, in it a metadata.csv whose file_name leads to the files. The files are 16-bit
PCM with the very samples of the corpus, so n stands for n / 32,767 of full scale.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import soundfile

from ..factors.splits import PARTS
from ..storage.destination import check_space, new_folder
from . import metadata_csv
from .selection import Selection


def file_name(clip: int, count: int, suffix: str) -> str:
    """Name of a clip's file; names sort as clips do. count: clips in the corpus."""
    return f"clip-{clip:0{max(5, len(str(count - 1)))}d}{suffix}"


def write(choice: Selection, out: Path, progress: bool = False) -> None:
    """Write the folder `out`. Raises DsoundsError when it exists or cannot be written."""
    corpus = choice.corpus
    metadata_csv.columns(choice)
    check_space(out, len(choice) * corpus.clip_samples * 2)
    with new_folder(out) as place, ExitStack() as stack:
        tables: dict[str, Any] = {}
        for clips in choice.batches(progress):
            parts = corpus.parts(choice.split)[clips]
            batch = zip(
                clips, parts, corpus.pcm(clips), metadata_csv.rows(choice, clips), strict=True
            )
            for clip, part, pcm, row in batch:
                folder = place / PARTS[part]
                if folder.name not in tables:
                    folder.mkdir()
                    file = stack.enter_context(
                        open(folder / metadata_csv.FILE, "w", encoding="utf-8")
                    )
                    tables[folder.name] = metadata_csv.writer(file, choice)
                name = file_name(clip, len(corpus), ".wav")
                soundfile.write(folder / name, pcm, corpus.sample_rate_hz, subtype="PCM_16")
                tables[folder.name].writerow([name, *row])
