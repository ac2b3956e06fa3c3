"""Folders of sound files as Hugging Face's audiofolder loads them, in any format of libsndfile.

    OUT/README.md
    OUT/train/metadata.csv, OUT/train/clip-00000.wav ..., the same for validation and test
    OUT/train/notes.csv, OUT/train/frames.npz, where clips were generated: see `frame_labels`

Source of the layout: the documentation of Hugging Face datasets, "Create an audio dataset": one
folder for each part, in it a metadata.csv whose file_name leads to the files; README.md has the
types of its columns. The files are 16-bit PCM with the very samples of the corpus, so n stands for
n / 32,767 of full scale.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from ..factors.splits import PARTS
from ..storage.destination import check_space
from . import dataset_card, metadata_csv
from .frame_labels import FRAMES, NOTES, write_frames, write_notes
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
    _describe(selection, place, suffix, list(tables))


def _describe(selection: Selection, place: Path, suffix: str, parts: list[str]) -> None:
    """Write README.md, and of generated clips the notes and frame labels."""
    card = dataset_card.card(selection, suffix, parts)
    (place / dataset_card.FILE).write_text(card, encoding="utf-8")
    if selection.corpus.manifest.recorded:
        return
    numbers = selection.parts()
    for part in parts:
        clips = selection.start + np.flatnonzero(numbers == PARTS.index(part))
        write_notes(selection, clips, suffix, place / part / NOTES)
        write_frames(selection.corpus, clips, place / part / FRAMES)
