"""Notes and frame labels of exported clips: notes.csv and frames.npz beside the sound files.

    notes.csv: file_name, note (from 0), onset_sample, offset_sample, pitch (MIDI), velocity
    frames.npz: clip (n,), in the order of metadata.csv; then each array of `Frames`, (n, frames)

Frames are those of log-mel with its default settings, centred on multiples of 256 samples. Pitch
and f0_hz are nominal, those of the key; f0_sounding_hz is the fundamental that sounds.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..reading.corpus import Corpus
from .npz import append
from .selection import Selection

NOTES, FRAMES = "notes.csv", "frames.npz"
_COLUMNS = ("onset_sample", "offset_sample", "pitch", "velocity")
_BATCH_CLIPS = 256


def write_notes(selection: Selection, clips: np.ndarray, suffix: str, path: Path) -> None:
    """Write the notes of some clips, a row for each."""
    with open(path, "w", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["file_name", "note", *_COLUMNS])
        for some in _batches(clips):
            for clip, notes in zip(some, selection.corpus.notes(some), strict=True):
                name = selection.file_name(int(clip), suffix)
                for number, note in enumerate(notes[notes["velocity"] > 0]):
                    out.writerow([name, number, *(int(note[column]) for column in _COLUMNS)])


def write_frames(corpus: Corpus, clips: np.ndarray, path: Path) -> None:
    """Write the frame labels of some clips."""
    first: dict[str, Any] = vars(corpus.frames(clips[:1]))
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        append(archive, "clip", "<i8", clips.shape, iter([clips]))
        for name, one in first.items():
            parts = (vars(corpus.frames(some))[name] for some in _batches(clips))
            append(archive, name, one.dtype.str, (len(clips), *one.shape[1:]), parts)


def _batches(clips: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(clips), _BATCH_CLIPS):
        yield clips[start : start + _BATCH_CLIPS]
