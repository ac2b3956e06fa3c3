"""Exports by the name of their format."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from ...errors import DsoundsError, suggestion
from ..documents import write
from ..reading.corpus import Corpus
from . import joined_hdf5, midi, msd, npz, wav
from .selection import choose

Format = Literal["wav", "msd", "npz", "midi", "hdf5", "croissant"]
FORMATS: tuple[str, ...] = get_args(Format)


def export(
    corpus: Corpus,
    format: Format,
    out: str | Path | None = None,
    split: str | None = None,
    clips: str | None = None,
    features: msd.Features = "audio",
    progress: bool = False,
) -> Path:
    """Write a corpus in another format. Returns where it is.

    format: wav (a folder that Hugging Face's audiofolder loads), msd (the HDF5 layout of the MSD
    benchmark), npz (as dSprites), midi (a folder), hdf5 (one file that joins the shards),
    croissant (croissant.json and datasheet.md in the corpus's own folder).
    out: a new file or folder; None for croissant only. split: name of the split that decides the
    parts; clips: "A:B"; features: what msd holds. Raises DsoundsError when `out` exists or cannot
    be written, or when the corpus cannot be had in that format.
    """
    if format not in FORMATS:
        raise DsoundsError(
            f"unknown format {format!r}{suggestion(format, FORMATS)}: "
            f"{', '.join(FORMATS)} are known"
        )
    if features != "audio" and format != "msd":
        raise DsoundsError(f"features are for format msd: leave them out for {format}")
    choice = choose(corpus, split, clips)
    if format == "croissant":
        return _document(corpus, out, choice.whole)
    if out is None:
        raise DsoundsError(f"format {format} needs --out: a new file or folder")
    match format:
        case "wav":
            wav.write(choice, Path(out), progress)
        case "msd":
            msd.write(choice, Path(out), features, progress)
        case "npz":
            npz.write(choice, Path(out), progress)
        case "midi":
            midi.write(choice, Path(out), progress)
        case "hdf5":
            joined_hdf5.write(choice, Path(out))
    return Path(out)


def _document(corpus: Corpus, out: str | Path | None, whole: bool) -> Path:
    if corpus.folder is None:
        raise DsoundsError(
            "croissant describes the files of a corpus, and one that is read from its recipe has "
            "none: generate it first"
        )
    if out is not None or not whole:
        raise DsoundsError(
            "croissant goes into the corpus's own folder: leave out --out and --clips"
        )
    return write.write_documents(corpus.folder)
