"""Corpora out of dsounds and recordings into it: exports, imports, descriptions.

One module for each format. What is written is whole or not there, and never takes the place of
something else. Nothing here is needed to generate or to read a corpus.
"""

from .documents import write_documents
from .export import FORMATS, export
from .importing import Imported, import_recordings
from .labels import Recording, keep, read_labels
from .plan import ImportSettings
from .presets import PRESETS

__all__ = [
    "FORMATS",
    "PRESETS",
    "ImportSettings",
    "Imported",
    "Recording",
    "export",
    "import_recordings",
    "keep",
    "read_labels",
    "write_documents",
]
