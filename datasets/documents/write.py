"""The documents in a corpus's folder: croissant.json, clips.csv and datasheet.md.

They follow from corpus.json (and recordings.csv), and belong neither to the corpus's identity nor
to what `verify` checks: they may be removed, and written again, at any time.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import DsoundsError
from ..storage import atomic_files
from ..storage import manifest as manifests
from ..storage.own_files import CLIPS, CROISSANT, DATASHEET, check_own
from . import clip_table, croissant, datasheet
from .card_fields import card_fields


def write_documents(folder: str | Path) -> Path:
    """Write the documents of the corpus in a folder, and return the folder.

    Raises
    ------
    DsoundsError
        If there is no complete corpus, if they cannot be written, or would replace a file that
        somebody else wrote.
    """
    folder = Path(folder)
    manifest = manifests.read(folder)
    if not manifest.complete:
        raise DsoundsError(f"the corpus in {folder} is not complete: finish it first")
    check_own(folder / croissant.FILE, CROISSANT)
    check_own(folder / datasheet.FILE, DATASHEET)
    check_own(folder / clip_table.FILE, CLIPS)
    facts, clips = card_fields(folder, manifest), clip_table.write_clips(folder, manifest)
    content = croissant.description(manifest, facts, clips)
    atomic_files.write_json(folder / croissant.FILE, content)
    atomic_files.write_text(folder / datasheet.FILE, datasheet.datasheet(manifest, facts))
    return folder
