"""croissant.json, clips.csv and datasheet.md in the corpus's own folder."""

from __future__ import annotations

from pathlib import Path

from ..documents import write_documents
from .export_format import ExportFormat
from .selection import Selection


def write(selection: Selection, folder: Path) -> None:
    """Write the documents of the corpus in `folder`."""
    write_documents(folder)


FORMAT = ExportFormat("corpus", write, whole=True)
