"""A folder of WAV files that Hugging Face's audiofolder loads."""

from __future__ import annotations

from functools import partial

from .audio_folder import write
from .export_format import ExportFormat

FORMAT = ExportFormat("folder", partial(write, suffix=".wav"))
