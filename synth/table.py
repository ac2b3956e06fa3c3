"""A table of notes: each (program, pitch, velocity, length) rendered once by FluidSynth.

With reverb and chorus off FluidSynth's mix is linear, and a voice does not depend on where it
starts, up to whole blocks: so a clip is the sum of its notes (`render.NoteRenderer`). A row holds
a note from its onset to its last sample that is not zero, release included.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..soundfonts.errors import DsoundsError
from .fluid import BLOCK_SAMPLES, Font
from .melody import pitch_name
from .midi import program_name

NoteKey = tuple[int, int, int, int]  # program, pitch, velocity, length in samples

_NOTE_POLYPHONY = 32  # more than the layers of any preset in use
_SILENT_PEAK = 1e-5  # a note of 1/1000 of the usual level; sounding presets are far above
_CHUNK_BLOCKS = 125


def note_codes(notes: np.ndarray, programs: np.ndarray) -> np.ndarray:
    """One integer per note that stands for its NoteKey.

    notes: (N, K) of dtype NOTE; programs: (N,). Returns (N, K) int64.
    """
    length = (notes["offset_sample"] - notes["onset_sample"]).astype(np.int64)
    code = np.asarray(programs, np.int64)[:, None] * 128 + notes["pitch"]
    return ((code * 128 + notes["velocity"]) << 24) + length


def _key(code: int) -> NoteKey:
    head, length = divmod(int(code), 1 << 24)
    head, velocity = divmod(head, 128)
    return head // 128, head % 128, velocity, length


@dataclass(frozen=True)
class NoteTable:
    """Rows of notes laid end to end.

    samples: (S,) float32 mono; codes: (R,) sorted int64 from `note_codes`; starts: (R + 1,) where
    each row begins, and the end of the last.
    """

    samples: np.ndarray
    codes: np.ndarray
    starts: np.ndarray

    def rows(self, notes: np.ndarray, programs: np.ndarray) -> np.ndarray:
        """Row of each note: (N, K). Raises KeyError when the table lacks one."""
        codes = note_codes(notes, programs)
        rows = np.searchsorted(self.codes, codes).clip(max=len(self.codes) - 1)
        if not np.array_equal(self.codes[rows], codes):
            missing = codes[self.codes[rows] != codes][0]
            raise KeyError(f"no row for (program, pitch, velocity, samples) = {_key(missing)}")
        return rows

    def save(self, folder: Path) -> None:
        """Write `samples.npy` (to be memory-mapped) and `rows.json` into an existing folder."""
        np.save(folder / "samples.npy", self.samples)
        rows = {"codes": self.codes.tolist(), "starts": self.starts.tolist()}
        (folder / "rows.json").write_text(json.dumps(rows))

    @classmethod
    def load(cls, folder: Path) -> NoteTable:
        """Open a saved table; its samples are memory-mapped and shared between processes."""
        rows = json.loads((folder / "rows.json").read_text())
        samples = np.load(folder / "samples.npy", mmap_mode="r")
        return cls(samples, np.array(rows["codes"]), np.array(rows["starts"]))


def build_table(
    font: Font,
    codes: Iterable[int],
    clip_samples: int,
    advance: Callable[[], object] = lambda: None,
) -> NoteTable:
    """Render each note once.

    codes: from `note_codes`; rows are as long as the note sounds, at most `clip_samples`;
    advance: called after each note. Raises DsoundsError, naming preset and pitch, when a note is
    silent.
    """
    codes = np.unique(np.fromiter(codes, np.int64))
    rows = [np.zeros(0, np.float32)]
    for code in codes:
        rows.append(render_note(font, _key(code), clip_samples))
        advance()
    starts = np.cumsum([len(row) for row in rows]).astype(np.int64)
    return NoteTable(np.concatenate(rows), codes, starts)


def render_note(font: Font, key: NoteKey, max_samples: int) -> np.ndarray:
    """One note, mono = (L + R) / 2, from its onset to its last sound: (samples,) float32."""
    program, pitch, velocity, length = key
    with font.player(program, polyphony=_NOTE_POLYPHONY, pitch=pitch) as player:
        player.note_on(pitch, velocity)
        parts = [player.render(length)]
        player.note_off(pitch)
        done = length
        while done < max_samples and player.voices():
            step = min(_CHUNK_BLOCKS * BLOCK_SAMPLES, max_samples - done)
            parts.append(player.render(step))
            done += step
    row = mono(np.concatenate(parts, axis=1))[:max_samples]
    if np.abs(row).max(initial=0) < _SILENT_PEAK:
        raise DsoundsError(
            f"preset {program} ({program_name(program)}) of {font.path.name} is silent at pitch "
            f"{pitch} ({pitch_name(pitch)}): the recipe needs an instrument with that range"
        )
    return np.trim_zeros(row, "b")


def mono(stereo: np.ndarray) -> np.ndarray:
    """(2, samples) to (samples,): the mean of left and right."""
    return (stereo[0] + stereo[1]) * np.float32(0.5)
