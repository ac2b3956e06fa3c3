"""The pitches of a SoundFont's programs, measured: `storage.pitch_table` has what they mean.

Every second key from C4 to A#6 is played for half a second, as loud as in corpora, and heard after
its attack. A program has a pitch where two thirds of the keys that sound agree on the octave, and
their cents hardly scatter; effects and drums have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...soundfonts.catalogue import SINUSOIDS
from ...synth.music.midi import PROGRAM_NAMES, program_name
from ...synth.music.schedule import Voice
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ, Font
from ...synth.rendering.note_table import NoteKey, render_note
from ..reading.frames import midi_to_hz
from ..storage.pitch_table import (
    HARMONIC,
    INHARMONIC,
    NONE,
    REGISTERS,
    PitchTable,
    ProgramPitch,
    beside_keys,
    check_own_table,
    known_pitches,
    table_path,
    write_pitches,
)
from .analysis.key_pitch import KeyPitch, key_pitch

KEYS = range(60, 96, 2)
_VELOCITY = 90
_HELD_SAMPLES = SAMPLE_RATE_HZ // 2
_HEARD = slice(SAMPLE_RATE_HZ // 10, SAMPLE_RATE_HZ * 9 // 20)
_AGREE = 2 / 3
_SCATTER_CENTS = 15.0  # half of the keys lie nearer; those of a noise, 30 within what is searched


def tabulate(
    font: Path, measure: bool = False, out: Path | None = None, progress: bool = True
) -> tuple[PitchTable, Path | None]:
    """Return the table of a SoundFont, measured where it was not yet, and where it was written.

    Parameters
    ----------
    font
        The SoundFont's file.
    measure
        Whether it is measured even if it was measured before.
    out
        The file of the table; beside a font of the catalogue, or in the cache, when None.

    Raises
    ------
    DsoundsError
        If a table is damaged, cannot be written, or would replace what somebody else wrote.
    """
    sha256 = file_sha256(font)
    table = None if measure else known_pitches(sha256)
    if (measure or out) and sha256 == SINUSOIDS.sha256:
        raise DsoundsError(f"{font.name} is made to sound as its keys say: there is no table of it")
    if table is not None and out is None:
        return table, None
    place = out or table_path(sha256)
    check_own_table(place)
    table = table or measure_pitches(font, progress)
    write_pitches(table, place)
    return table, place


def table_lines(table: PitchTable) -> list[str]:
    """Return a table for people to read, a line for each program."""
    if table.in_tune:
        return ["every preset sounds as its keys say"]
    registers = "".join(f"{name:>10}" for name in ("to B4", "C5 to B5", "from C6"))
    lines = [
        f"  {'what sounds, beside the keys':<44}{'octaves':>7}{'cents of keys':>30}",
        f"  {'program':<32}{'partials':<19}{registers}{'spread':>9}",
    ]
    for row in table.programs.values():
        name = f"{row.program:>3}  {row.name}"
        if not row.pitched:
            lines.append(f"  {name:<32}{beside_keys(row)}")
            continue
        cents = "".join(f"{one:>+10.1f}" for one in (row.cents_4, row.cents_5, row.cents_6))
        octaves = f"{row.octaves:>+7.0f}" if row.octaves else f"{0:>7}"
        lines.append(f"  {name:<32}{row.sound:<12}{octaves}{cents}{row.spread_cents:>9.1f}")
    return lines


def measure_pitches(path: Path, progress: bool = False) -> PitchTable:
    """Return the table of a SoundFont, bank 0. One that cannot be loaded raises DsoundsError."""
    with Font(path) as font:
        programs = [
            program
            for program in range(len(PROGRAM_NAMES))
            if font.preset_name(program) is not None
        ]
        rows = [
            program_pitch(font, program)
            for program in tqdm(programs, desc="programs", disable=not progress)
        ]
    return PitchTable(file_sha256(path), {row.program: row for row in rows})


def program_pitch(font: Font, program: int) -> ProgramPitch:
    """Return at which pitch a program sounds."""
    voice, found = Voice(program), []
    for key in KEYS:
        note = NoteKey(0, key, _VELOCITY, _HELD_SAMPLES)
        sound = render_note(font, voice, note, _HEARD.stop)[_HEARD]
        if sound.any():
            found.append((key, key_pitch(sound, float(midi_to_hz(np.array(key))))))
    return row_of(program, found)


def row_of(program: int, found: Sequence[tuple[int, KeyPitch | None]]) -> ProgramPitch:
    """Return the row of a program, from what was heard of its keys: None where nothing was."""
    none = ProgramPitch(program, program_name(program), NONE)
    octaves = [heard.octaves for _, heard in found if heard]
    if not octaves:
        return none
    octave = max(sorted(set(octaves)), key=octaves.count)
    agreeing = [(key, heard) for key, heard in found if heard and heard.octaves == octave]
    periods = [
        (key, heard.period_cents) for key, heard in agreeing if heard.period_cents is not None
    ]
    harmonic = len(periods) > len(agreeing) / 2
    chosen = periods if harmonic else [(key, heard.line_cents) for key, heard in agreeing]
    cents = np.array([one for _, one in chosen])
    register = np.searchsorted(REGISTERS, [key for key, _ in chosen], "right")
    middles = _middles(cents, register)
    off = np.abs(cents - middles[register])
    if len(agreeing) < _AGREE * len(found) or np.median(off) > _SCATTER_CENTS:
        return none
    cents_4, cents_5, cents_6 = middles.tolist()
    spread = float(np.quantile(off, 0.9))
    sound = HARMONIC if harmonic else INHARMONIC
    return ProgramPitch(program, none.name, sound, octave, cents_4, cents_5, cents_6, spread)


def _middles(cents: np.ndarray, register: np.ndarray) -> np.ndarray:
    """Return the median of each register; that of the nearest one where a register has no key."""
    there = np.unique(register)
    own = {int(one): float(np.median(cents[register == one])) for one in there}
    every = np.arange(len(REGISTERS) + 1)
    return np.array([own[int(there[np.abs(there - one).argmin()])] for one in every])
