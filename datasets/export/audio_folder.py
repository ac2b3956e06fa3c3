"""Folders of sound files as Hugging Face's audiofolder loads them, in any format of libsndfile.

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
from ..storage.destination import check_space
from . import metadata_csv
from .selection import Selection


def write(selection: Selection, place: Path, suffix: str) -> None:
    """Fill the folder `place` with sound files of a suffix, such as ".wav"."""
    corpus = selection.corpus
    check_space(place, len(selection) * corpus.clip_samples * 2)
    with ExitStack() as stack:
        tables: dict[str, Any] = {}
        for clips in selection.batches():
            parts = corpus.parts(selection.split)[clips]
            batch = zip(
                clips, parts, corpus.pcm(clips), metadata_csv.rows(selection, clips), strict=True
            )
            for clip, part, pcm, row in batch:
                folder = place / PARTS[part]
                if folder.name not in tables:
                    folder.mkdir()
                    file = stack.enter_context(
                        open(folder / metadata_csv.FILE, "w", encoding="utf-8")
                    )
                    tables[folder.name] = metadata_csv.writer(file, selection)
                name = selection.file_name(clip, suffix)
                soundfile.write(folder / name, pcm, corpus.sample_rate_hz, subtype="PCM_16")
                tables[folder.name].writerow([name, *row])
