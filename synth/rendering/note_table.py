"""Notes, each rendered once by FluidSynth, as rows of a table.

With reverb and chorus off FluidSynth's mix is linear, and a voice does not depend on where it
starts, up to whole blocks: so a clip is the sum of its notes (`render.NoteRenderer`). A row holds
a note from its onset to its last sample that is not zero, release included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...errors import DsoundsError
from ..music.melody import pitch_name
from ..music.midi import program_name
from ..music.schedule import Schedule, Voice
from .fluidsynth import BLOCK_SAMPLES, Font

_NOTE_POLYPHONY = 32  # more than the layers of any preset in use
_SILENT_PEAK = 1e-5  # 1/1000 of a note's usual level; notes that sound are far above it
_CHUNK_BLOCKS = 125
_LENGTH_BITS = 24


class NoteKey(NamedTuple):
    """The settings that decide the sound of a note; the voice is a number in a list of voices."""

    voice: int
    pitch: int
    velocity: int
    length_samples: int


def note_codes(schedule: Schedule) -> np.ndarray:
    """Return one integer for each voice and note that stands for its NoteKey: (N, L, K) int64.

    The integer is -1 where there is no note.
    """
    notes = schedule.notes[:, None, :]
    length = (notes["offset_sample"] - notes["onset_sample"]).astype(np.int64)
    code = schedule.voices[:, :, None] * 128 + notes["pitch"]
    code = ((code * 128 + notes["velocity"]) << _LENGTH_BITS) + length
    return np.where(notes["velocity"] > 0, code, -1)


def codes_in(schedule: Schedule) -> np.ndarray:
    """Return the different codes of the notes of some clips, in ascending order."""
    codes = np.unique(note_codes(schedule))
    return codes[codes >= 0]


def key_of(code: int) -> NoteKey:
    """Return the key that a code stands for."""
    head, length = divmod(int(code), 1 << _LENGTH_BITS)
    head, velocity = divmod(head, 128)
    return NoteKey(head // 128, head % 128, velocity, length)


def code_of(key: NoteKey) -> int:
    """Return the code of a key; this is the inverse of `key_of`."""
    head = (key.voice * 128 + key.pitch) * 128 + key.velocity
    return (head << _LENGTH_BITS) + key.length_samples


def voice_step() -> int:
    """Return the number to add to a code to have the same note by the next voice."""
    return code_of(NoteKey(1, 0, 0, 0))


@dataclass(frozen=True)
class NoteTable:
    """Rows of notes in one array of samples.

    Parameters
    ----------
    samples
        (S,) float32: mono sound of all rows.
    codes
        (R,) int64: codes from `note_codes`, sorted.
    starts, stops
        (R,): where each row lies. A row of no samples is a note that the SoundFont keeps silent.
    """

    samples: np.ndarray
    codes: np.ndarray
    starts: np.ndarray
    stops: np.ndarray

    def rows(self, codes: np.ndarray) -> np.ndarray:
        """Return the row of each code, of the same shape.

        Raises
        ------
        KeyError
            If the table lacks a code.
        """
        if not codes.size:
            return np.zeros(codes.shape, np.int64)
        if not len(self.codes):
            raise KeyError("the table is empty")
        rows = np.searchsorted(self.codes, codes).clip(max=len(self.codes) - 1)
        missing = codes[self.codes[rows] != codes]
        if missing.size:
            raise KeyError(f"no row for {key_of(missing[0])}")
        return rows

    def places(self, schedule: Schedule, clip_samples: int) -> np.ndarray:
        """Return where each note goes in its clip, and what is added there.

        Returns
        -------
        ndarray
            (N, L, K, 4) int64: the onset and the end in the clip, the first and the last in
            `samples`. Where there is no note, nothing is added: the onset is equal to the end.

        Raises
        ------
        KeyError
            If the table lacks a note.
        """
        codes = note_codes(schedule)
        there = codes >= 0
        rows = np.zeros(codes.shape, np.intp)
        rows[there] = self.rows(codes[there])
        out = np.empty((*codes.shape, 4), np.int64)
        onset, end, first, last = np.moveaxis(out, -1, 0)
        onset[:] = schedule.notes["onset_sample"][:, None]
        first[:] = self.starts[rows]
        length = np.minimum(self.stops[rows] - first, clip_samples - onset)
        length = np.maximum(length, 0) * there
        np.add(onset, length, out=end)
        np.add(first, length, out=last)
        return out

    def silent(self, codes: np.ndarray) -> np.ndarray:
        """Return those of the codes (n,) whose notes have no sound."""
        rows = self.rows(codes)
        return codes[self.stops[rows] == self.starts[rows]]


def build_table(
    font: Font,
    voices: Sequence[Voice],
    codes: Iterable[int],
    max_samples: int,
    advance: Callable[[], object] = lambda: None,
) -> NoteTable:
    """Render each note once, and return the table.

    Parameters
    ----------
    voices
        The voices whose numbers the codes hold.
    codes
        Codes from `note_codes`.
    max_samples
        The most samples that a row holds.
    advance
        It is called after each note.
    """
    codes = np.unique(np.fromiter(codes, np.int64))
    rows = [np.zeros(0, np.float32)]
    for code in codes[codes >= 0]:
        key = key_of(code)
        rows.append(render_note(font, voices[key.voice], key, max_samples))
        advance()
    ends = np.cumsum([len(row) for row in rows]).astype(np.int64)
    return NoteTable(np.concatenate(rows), codes[codes >= 0], ends[:-1], ends[1:])


def render_note(font: Font, voice: Voice, key: NoteKey, max_samples: int) -> np.ndarray:
    """Return one note, mono = (L + R) / 2, from its onset to its last sound: (samples,) float32.

    The result is empty where the preset is silent at that pitch.
    """
    with font.player(voice, polyphony=_NOTE_POLYPHONY, pitch=key.pitch) as player:
        player.note_on(key.pitch, key.velocity)
        parts = [player.render(key.length_samples)]
        player.note_off(key.pitch)
        done = key.length_samples
        while done < max_samples and player.voices():
            step = min(_CHUNK_BLOCKS * BLOCK_SAMPLES, max_samples - done)
            parts.append(player.render(step))
            done += step
    row = mono(np.concatenate(parts, axis=1))[:max_samples]
    return np.trim_zeros(row, "b") if np.abs(row).max(initial=0) >= _SILENT_PEAK else row[:0]


def silence(font: str, voice: Voice, key: NoteKey) -> DsoundsError:
    """Return the error to raise where a clip needs a note that has no sound.

    `font` is the name of the SoundFont's file.
    """
    return DsoundsError(
        f"preset {voice.program} ({program_name(voice.program)}) of {font} is silent at pitch "
        f"{key.pitch} ({pitch_name(key.pitch)}): the recipe needs an instrument with that range"
    )


def mono(stereo: np.ndarray) -> np.ndarray:
    """Return the mean of left and right: (2, samples) to (samples,)."""
    return (stereo[0] + stereo[1]) * np.float32(0.5)
