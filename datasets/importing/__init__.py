"""Labelled recordings as a corpus: `dsounds import`."""

from .importer import Imported, import_recordings
from .labels import Recording, keep, read_labels
from .layouts import PRESETS
from .segment_plan import ImportSettings

__all__ = [
    "PRESETS",
    "ImportSettings",
    "Imported",
    "Recording",
    "import_recordings",
    "keep",
    "read_labels",
]
