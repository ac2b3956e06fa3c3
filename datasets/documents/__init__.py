"""Documents of a corpus: croissant.json for machines, datasheet.md for people."""

from .write import write_documents

__all__ = ["write_documents"]
