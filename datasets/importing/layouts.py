"""Layouts of recordings that dsounds knows: URMP, NSynth, and the audiofolder of Hugging Face.

URMP (Li et al. 2019): NN_Piece_instr_instr/AuSep_K_instr_NN_Piece.wav, one for each player. The
factor is the instrument; a piece, whatever its arrangement, stays on one side of a split.
As in Luo et al. 2022, sec. 5.1, the level is that of the instrument's recordings, and segments with
a pitch confidence below 0.85 are dropped.

NSynth (Engel et al. 2017): examples.json and audio/*.wav, in one folder or in the three of its
parts (nsynth-train, nsynth-valid, nsynth-test). Each recording is one note of 4 s with pitch,
velocity, instrument_family and instrument_source; it has a label for its pitch, so nothing is
dropped for lack of one. Where there is only one folder, an instrument stays on one side of a split.

An audiofolder has metadata.csv or metadata.jsonl in it, or in a folder for each part, with a column
file_name; `dsounds export --format wav` writes one. Nothing is dropped for lack of a pitch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from ...files import MOST_TEXT_BYTES, open_plain
from ..factors.splits import PARTS
from ..storage.atomic_files import reason
from .label_tables import as_text, read_labels
from .labels import Recording
from .segment_plan import ImportSettings

URMP_INSTRUMENTS = {
    "vn": "violin",
    "va": "viola",
    "vc": "cello",
    "db": "double bass",
    "fl": "flute",
    "ob": "oboe",
    "cl": "clarinet",
    "sax": "saxophone",
    "bn": "bassoon",
    "tpt": "trumpet",
    "hn": "horn",
    "tbn": "trombone",
    "tba": "tuba",
}
NSYNTH_FACTORS = {  # factor to its key in examples.json
    "pitch": "pitch",
    "velocity": "velocity",
    "instrument_family": "instrument_family_str",
    "instrument_source": "instrument_source_str",
}
_URMP_FILE = re.compile(r"AuSep_\d+_(?P<code>[a-z]+)_\d+_(?P<piece>.+)\.wav")
_NSYNTH_PARTS = {"train": PARTS[0], "valid": PARTS[1], "test": PARTS[2]}
_FOLDER_PARTS = {  # what Hugging Face calls the folders of parts
    **dict.fromkeys(("train", "training"), PARTS[0]),
    **dict.fromkeys(("validation", "valid", "val", "dev"), PARTS[1]),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), PARTS[2]),
}


@dataclass(frozen=True)
class Preset:
    """How a known layout is read, and the settings of its import where none are given."""

    read: Callable[[Path], list[Recording]]
    settings: ImportSettings


def urmp(folder: Path) -> list[Recording]:
    """Return the separate tracks of a folder of URMP. DsoundsError is raised if there are none."""
    found = []
    for path in sorted(folder.rglob("AuSep_*.wav")):
        match = _URMP_FILE.fullmatch(path.name)
        if match is None or match["code"] not in URMP_INSTRUMENTS:
            raise DsoundsError(
                f"{path} is not named as URMP's tracks are (AuSep_1_vn_01_Jupiter.wav): the "
                f"instrument is one of {', '.join(URMP_INSTRUMENTS)}"
            )
        name = URMP_INSTRUMENTS[match["code"]]
        file = path.relative_to(folder).as_posix()
        found.append(Recording(path, file, {"instrument": name}, group=name, unit=match["piece"]))
    if not found:
        raise DsoundsError(f"{folder} has no track of URMP: no AuSep_*.wav in it or below")
    return found


def nsynth(folder: Path) -> list[Recording]:
    """Return the notes of a folder of NSynth. DsoundsError is raised if there are none."""
    tables = sorted({*folder.glob("examples.json"), *folder.glob("*/examples.json")})
    if not tables:
        raise DsoundsError(f"{folder} is not as NSynth: no examples.json in it or one folder below")
    try:
        return [one for table in tables for one in _notes(folder, table)]
    except OSError as error:
        raise DsoundsError(f"{folder} cannot be read: {reason(error)}") from None


def _notes(folder: Path, table: Path) -> Iterator[Recording]:
    try:
        with open_plain(table, MOST_TEXT_BYTES) as file:
            content: dict[str, Any] = json.load(file)
        rows = sorted(content.items())
        for name, row in rows:
            path = table.parent / "audio" / f"{name}.wav"
            labels = {factor: as_text(row[key]) for factor, key in NSYNTH_FACTORS.items()}
            yield Recording(
                path,
                path.relative_to(folder).as_posix(),
                labels,
                part=_nsynth_part(folder, table),
                group=labels["instrument_family"],
                unit=as_text(row["instrument_str"]),
            )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DsoundsError(f"{table} is not as NSynth's: {type(error).__name__}: {error}") from None


def _nsynth_part(folder: Path, table: Path) -> str:
    """Return the part that a sub-folder's name says, "" for a table in the folder itself."""
    if table.parent == folder:
        return ""
    for word, part in _NSYNTH_PARTS.items():
        if table.parent.name.endswith(word):
            return part
    raise DsoundsError(
        f"{table.parent} is not one of NSynth's parts: names end in train, valid or test"
    )


def audio_folder(folder: Path) -> list[Recording]:
    """Return the recordings of an audiofolder. DsoundsError is raised where it has no table."""
    tables = sorted(
        table
        for place in ("", "*/")
        for end in ("csv", "jsonl")
        for table in folder.glob(f"{place}metadata.{end}")
    )
    if not tables:
        raise DsoundsError(
            f"{folder} is no audiofolder: no metadata.csv in it or one folder below; other tables "
            "are given with --labels"
        )
    return [
        _in_part(one, table.parent.relative_to(folder))
        for table in tables
        for one in read_labels(table.parent, table)
    ]


def _in_part(one: Recording, place: Path) -> Recording:
    """Return a recording named as seen from the audiofolder, in the part that its path begins with.

    `place` is the folder of its table, as seen from the audiofolder.
    """
    file = (place / one.file).as_posix()
    part = one.part or _FOLDER_PARTS.get(Path(file).parts[0], "")
    return replace(one, file=file, part=part, unit=file if one.unit == one.file else one.unit)


PRESETS = {
    "urmp": Preset(urmp, ImportSettings(normalise="group")),
    "nsynth": Preset(nsynth, ImportSettings(confidence=0.0)),
    "audiofolder": Preset(audio_folder, ImportSettings(confidence=0.0)),
}
