"""General MIDI programs by name, and clips as MIDI files."""

import re
from collections.abc import Sequence

import numpy as np
import pretty_midi

from ...errors import DsoundsError, suggestion
from ...settings import shortly, whole_number
from ..rendering.fluidsynth import SAMPLE_RATE_HZ
from .melody import TEMPO_BPM, slot_samples

PROGRAM_NAMES = tuple(name.lower() for name in pretty_midi.INSTRUMENT_MAP)
_TICKS_PER_BEAT = 480
_NEARLY = 1e-6  # part of a slot; rounding up to a block makes events late, never early


def program_name(program: int) -> str:
    """Return the General MIDI name of a program number (0 to 127), in lower case."""
    return PROGRAM_NAMES[program]


def program_number(instrument: str | int) -> int:
    """Return the General MIDI program number (0 to 127) of an instrument.

    Parameters
    ----------
    instrument
        A name or a number. A name may be part of the full one if only one instrument has all its
        words: "nylon guitar" is "acoustic guitar (nylon)".

    Raises
    ------
    DsoundsError
        If the instrument is unknown, or the name fits several instruments.
    """
    text = str(instrument).strip()
    if re.fullmatch(r"-?\d+", text):
        number = whole_number(text.removeprefix("-"))
        if number > 127 or (number and text.startswith("-")):
            raise DsoundsError(
                f"program {shortly(text)[1:-1]} is out of range: 0 to 127 are allowed"
            )
        return number
    if text.lower() in PROGRAM_NAMES:
        return PROGRAM_NAMES.index(text.lower())
    words = set(re.findall(r"\w+", text.lower()))
    fits = [p for p, name in enumerate(PROGRAM_NAMES) if words <= set(re.findall(r"\w+", name))]
    if len(fits) == 1:
        return fits[0]
    if words and fits:
        names = ", ".join(f"{program_name(p)!r} ({p})" for p in fits[:8])
        raise DsoundsError(f"instrument {text!r} is ambiguous, it fits {names}")
    raise DsoundsError(
        f"unknown instrument {text!r}{suggestion(text, PROGRAM_NAMES)}: "
        "give a General MIDI name or a program number, 0 to 127"
    )


def to_midi(
    notes: np.ndarray, programs: Sequence[int], tempo_bpm: float | None = TEMPO_BPM
) -> pretty_midi.PrettyMIDI:
    """Return one clip as MIDI.

    Parameters
    ----------
    notes
        (K,) of dtype NOTE: the notes of the clip.
    programs
        The General MIDI programs that play the notes, with a track for each.
    tempo_bpm
        The tempo of the grid of slots on which the notes are put. The grid leaves out FluidSynth's
        delay to its next block, which a player through FluidSynth adds again. With None the notes
        stay where they are played.
    """
    tempo = TEMPO_BPM if tempo_bpm is None else tempo_bpm
    midi = pretty_midi.PrettyMIDI(resolution=_TICKS_PER_BEAT, initial_tempo=tempo)
    slot_s = 1 / SAMPLE_RATE_HZ if tempo_bpm is None else slot_samples(tempo) / SAMPLE_RATE_HZ
    for program in dict.fromkeys(programs):
        part = pretty_midi.Instrument(program, name=program_name(program))
        for note in notes[notes["velocity"] > 0]:
            start, end = (
                int(note[field] / SAMPLE_RATE_HZ / slot_s + _NEARLY) * slot_s
                for field in ("onset_sample", "offset_sample")
            )
            pitch, velocity = int(note["pitch"]), int(note["velocity"])
            part.notes.append(pretty_midi.Note(velocity, pitch, start, end))
        midi.instruments.append(part)
    return midi
