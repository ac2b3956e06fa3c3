"""Exports by the name of their format. A format is a module of this folder with a FORMAT row."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from ...registry import Registry
from ...settings import from_table
from ..reading.corpus import Corpus
from ..storage.destination import new_file, new_folder
from .export_format import ExportFormat
from .selection import Selection, choose

FORMATS = Registry(__package__, "FORMAT", ExportFormat, "export format")


def export(
    corpus: Corpus,
    format: str,
    out: str | Path | None = None,
    split: str | None = None,
    clips: str | None = None,
    progress: bool = False,
    **settings: Any,
) -> Path:
    """Write a corpus in another format.

    Parameters
    ----------
    format
        The name of the format: a module of this folder, or `package.module:FORMAT`.
    out
        The new file or folder. It is left out for a format that writes into the corpus's folder.
    split
        The name of the split that decides the parts (default: the corpus's first).
    clips
        "A:B", from clip A to before clip B (default: all).
    settings
        The format's own settings, such as `features="log-mel"` of msd.

    Returns
    -------
    Path
        The file or folder that was written.

    Raises
    ------
    DsoundsError
        If `out` exists or cannot be written, if the format or a setting is unknown, or if the
        corpus cannot be had in that format.
    """
    row = FORMATS.load(format)
    own = asdict(from_table(row.settings, settings, f"format {format}"))
    selection = choose(corpus, split, clips, progress)
    if row.whole:
        _check_whole(format, selection)
    if row.target == "corpus":
        return _into_corpus(row, format, selection, out, own)
    if out is None:
        raise DsoundsError(f"format {format} needs --out: a new {row.target}")
    make = new_file if row.target == "file" else new_folder
    with make(Path(out)) as place:
        row.write(selection, place, **own)
    return Path(out)


def _check_whole(format: str, selection: Selection) -> None:
    if selection.corpus.folder is None:
        raise DsoundsError(
            f"format {format} needs the shards of a corpus, and one that is read from its recipe "
            "has none: generate it first"
        )
    if not selection.whole:
        raise DsoundsError(f"format {format} takes the whole corpus: leave out --clips")


def _into_corpus(
    row: ExportFormat, format: str, selection: Selection, out: str | Path | None, own: dict
) -> Path:
    folder = selection.corpus.folder
    assert folder is not None  # a format of the corpus's folder is one of whole corpora
    if out is not None:
        raise DsoundsError(f"format {format} goes into the corpus's own folder: leave out --out")
    row.write(selection, folder, **own)
    return folder
