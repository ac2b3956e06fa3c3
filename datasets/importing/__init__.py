"""Labelled recordings as a corpus: `dsounds import`."""

from .imported import Imported
from .importer import import_recordings
from .label_tables import read_labels
from .labels import Recording, keep
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
