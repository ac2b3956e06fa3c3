"""The pitch at which each program of a SoundFont sounds beside its keys, measured and kept.

A key of MIDI pitch p stands for the nominal frequency 440 * 2^((p - 69) / 12) Hz. An organ may
sound two octaves below it, a recorder some cents above it, a helicopter anywhere. A table says it
for each General MIDI program of one SoundFont, in CSV:

    # dsounds pitches of the SoundFont of sha256 ...
    program,name,sound,octaves,cents_4,cents_5,cents_6,spread_cents
    16,drawbar organ,harmonic,-2,1.0,1.8,2.2,0.3
    dsounds pitches 1: crc32 0123abcd

`sound` is harmonic (partials are multiples of a fundamental), inharmonic (a partial lies there that
follows the keys, others are no multiples of it) or none (nothing follows the keys: there is no
pitch, and the other cells are empty). What sounds lies `octaves` above the keys and, for keys of
octave 4 and below (up to B4), of octave 5, and of octave 6 and above, so many cents beside that;
nine of ten keys lie within `spread_cents` of it. The last line has the checksum of all others.

Tables of the catalogue's fonts are files beside them, others lie in the cache, by their sha256.
`checking.program_pitch` measures them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...caches import cache_folder
from ...errors import DsoundsError
from ...soundfonts.catalogue import CATALOGUE, SINUSOIDS
from ...synth.music.midi import program_name
from ...synth.music.schedule import Voice
from . import atomic_files, checksum_line, own_files

HARMONIC, INHARMONIC, NONE = "harmonic", "inharmonic", "none"
REGISTERS = (72, 84)  # the first keys of octaves 5 and 6
KIND = "pitches"
_HEAD = "# dsounds pitches of the SoundFont of sha256 "


@dataclass(frozen=True)
class ProgramPitch:
    """A row of the table; see above. Of a program without a pitch all numbers are nan."""

    program: int
    name: str
    sound: str
    octaves: float = np.nan
    cents_4: float = np.nan
    cents_5: float = np.nan
    cents_6: float = np.nan
    spread_cents: float = np.nan

    @property
    def pitched(self) -> bool:
        """Whether there is a pitch at all."""
        return self.sound != NONE


@dataclass(frozen=True)
class PitchTable:
    """The pitches of a SoundFont's programs.

    Parameters
    ----------
    soundfont_sha256
        The SoundFont.
    programs
        A row for each program that it has in bank 0.
    in_tune
        Whether every preset of every bank sounds as its keys say, as those of sinusoids.sf2.
    """

    soundfont_sha256: str
    programs: Mapping[int, ProgramPitch] = field(default_factory=dict)
    in_tune: bool = False

    def row(self, voice: Voice) -> ProgramPitch | None:
        """Return what is known of a voice's program; None where nothing is."""
        return self.programs.get(voice.program) if voice.bank == 0 else None

    def pitchless(self, voice: Voice) -> bool:
        """Return whether a voice is known to have no pitch."""
        row = self.row(voice)
        return row is not None and not row.pitched

    def cents(self, voice: Voice, keys: np.ndarray) -> np.ndarray:
        """Return by how much the sound of keys (...) is above them, without the voice's own tuning.

        It is nan where there is no pitch, and where nothing is known.
        """
        if self.in_tune:
            return np.zeros(np.shape(keys))
        row = self.row(voice) or ProgramPitch(voice.program, "", NONE)
        cents = np.array([row.cents_4, row.cents_5, row.cents_6])
        found: np.ndarray = 1200 * row.octaves + cents[np.searchsorted(REGISTERS, keys, "right")]
        return found


def beside_keys(row: ProgramPitch) -> str:
    """Return in words in which octave a program sounds: "2 octaves below its keys"."""
    if not row.pitched:
        return "without a pitch"
    count = f"{abs(row.octaves):.0f} octave{'s' * (abs(row.octaves) != 1)}"
    return f"{count} {'below' if row.octaves < 0 else 'above'} its keys" if row.octaves else ""


def known_pitches(sha256: str) -> PitchTable | None:
    """Return the table of the SoundFont of a sha256; None where it was never measured.

    Raises
    ------
    DsoundsError
        If its file is damaged, or is that of another SoundFont.
    """
    if sha256 == SINUSOIDS.sha256:
        return PitchTable(sha256, in_tune=True)
    path = table_path(sha256)
    try:
        stat = path.stat()
    except OSError:
        return None
    return _read(path, sha256, stat.st_size, stat.st_mtime_ns)


def table_path(sha256: str) -> Path:
    """Return where the table of a SoundFont lies: beside one of the catalogue, or in the cache."""
    for font in CATALOGUE.values():
        if font.sha256 == sha256 and font.pitches:
            return Path(font.pitches)
    return cache_folder() / "pitches" / f"{sha256}.csv"


def check_own_table(path: Path) -> None:
    """Raise DsoundsError unless nothing is at `path`, or a table that dsounds wrote."""
    own_files.check_own(path, _HEAD.encode())


def write_pitches(table: PitchTable, path: Path) -> None:
    """Write a table. A file that cannot be written raises DsoundsError."""
    atomic_files.make_folder(path.parent)
    with atomic_files.atomic_write(path) as place:
        with open(place, "w", encoding="utf-8", newline="") as text:
            text.write(f"{_HEAD}{table.soundfont_sha256}\n")
            out = csv.writer(text, lineterminator="\n")
            out.writerow(_COLUMNS)
            out.writerows(_cells(row) for row in table.programs.values())
        with open(place, "r+b") as file:
            checksum_line.append(file, KIND)


_COLUMNS = [one.name for one in fields(ProgramPitch)]


def _cells(row: ProgramPitch) -> list[str]:
    program, name, sound, octaves, *cents = astuple(row)
    if not row.pitched:
        return [str(program), name, sound, *[""] * (1 + len(cents))]
    return [str(program), name, sound, f"{octaves:.0f}", *(f"{one:z.1f}" for one in cents)]


@lru_cache(maxsize=16)
def _read(path: Path, sha256: str, size: int, mtime_ns: int) -> PitchTable:
    again = "measure it again: dsounds soundfont SOUNDFONT --measure"
    try:
        whole = checksum_line.examine(path, KIND)
        head, columns, *lines = path.read_text(encoding="utf-8").splitlines()[: -1 if whole else 2]
        if head.startswith(_HEAD) and head != _HEAD + sha256:
            raise DsoundsError(f"{path} is the table of another SoundFont than {sha256}: {again}")
        if not whole or columns != ",".join(_COLUMNS):
            raise ValueError("it was altered")
        rows = [_row(cells) for cells in csv.reader(lines)]
    except (OSError, ValueError) as error:
        raise DsoundsError(f"the table of pitches {path} is damaged ({error}): {again}") from None
    return PitchTable(sha256, {row.program: row for row in rows})


def _row(cells: list[str]) -> ProgramPitch:
    """Return a row. One that is not as `write_pitches` writes it raises ValueError."""
    program, name, sound, *numbers = cells
    if len(cells) != len(_COLUMNS) or sound not in (HARMONIC, INHARMONIC, NONE):
        raise ValueError(f"row {','.join(cells)!r}")
    row = ProgramPitch(int(program), name, sound)
    if row.pitched:
        row = ProgramPitch(int(program), name, sound, *map(float, numbers))
    if not 0 <= row.program <= 127 or name != program_name(row.program):
        raise ValueError(f"row {','.join(cells)!r}")
    if row.pitched and not np.isfinite(astuple(row)[3:]).all():
        raise ValueError(f"row {','.join(cells)!r}")
    return row
