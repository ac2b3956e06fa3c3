"""Notes to sound: two renderers with one interface.

`DirectRenderer` has FluidSynth play the whole melody on one fresh synth: the reference.
`NoteRenderer` adds up notes from a table (`table.NoteTable`): the default, some fifty times
faster, equal to 1e-6 of the peak (but for three programs: docs/guide.md, The sound). Both give
the sound as it left FluidSynth, mono float32; `pcm.normalise` makes the int16 clip of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from .fluid import Font
from .pcm import normalise
from .table import NoteTable, mono


class Renderer(Protocol):
    """Renders clips of `clip_samples` samples."""

    clip_samples: int

    def sounds(self, notes: np.ndarray, programs: np.ndarray) -> Iterator[np.ndarray]:
        """Yield clip after clip, (clip_samples,) float32, in one buffer that is used again.

        notes: (N, K) of dtype NOTE; programs: (N,) General MIDI numbers.
        """
        ...


def render_float(renderer: Renderer, notes: np.ndarray, programs: np.ndarray) -> np.ndarray:
    """Sound of clips, not normalised: (N, clip_samples) float32."""
    out = np.empty((len(notes), renderer.clip_samples), np.float32)
    for row, sound in zip(out, renderer.sounds(notes, programs), strict=True):
        row[:] = sound
    return out


def render_pcm(
    renderer: Renderer,
    notes: np.ndarray,
    programs: np.ndarray,
    out: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Peak-normalised clips, (N, clip_samples) int16, and their peaks before that, (N,) float32.

    out: where the clips are written, a new array when None.
    """
    if out is None:
        out = np.empty((len(notes), renderer.clip_samples), np.int16)
    peaks = np.empty(len(notes), np.float32)
    for n, sound in enumerate(renderer.sounds(notes, programs)):
        peaks[n] = normalise(sound, out[n])
    return out, peaks


class NoteRenderer:
    """Clips as sums of notes, added in order of time (the order decides the last bit)."""

    def __init__(self, table: NoteTable, clip_samples: int) -> None:
        self.table, self.clip_samples = table, clip_samples

    def sounds(self, notes: np.ndarray, programs: np.ndarray) -> Iterator[np.ndarray]:
        """As `Renderer.sounds`. Raises KeyError when the table lacks a note."""
        samples = np.asarray(self.table.samples)  # a plain view: slicing a memmap is slow
        out = np.empty(self.clip_samples, np.float32)
        for clip in self._places(notes, programs).tolist():
            out.fill(0)
            for onset, end, start, stop in clip:
                place = out[onset:end]
                np.add(place, samples[start:stop], out=place)
            yield out

    def _places(self, notes: np.ndarray, programs: np.ndarray) -> np.ndarray:
        """For each note where it goes in the clip and what is added: (N, K, 4) int64."""
        rows, starts = self.table.rows(notes, programs), self.table.starts
        onset, start = notes["onset_sample"].astype(np.int64), starts[rows]
        length = np.minimum(starts[rows + 1] - start, self.clip_samples - onset)
        return np.stack([onset, onset + length, start, start + length], axis=-1)


class DirectRenderer:
    """Clips played by FluidSynth, each on a fresh synth."""

    def __init__(self, font: Font, clip_samples: int) -> None:
        self.font, self.clip_samples = font, clip_samples

    def sounds(self, notes: np.ndarray, programs: np.ndarray) -> Iterator[np.ndarray]:
        """As `Renderer.sounds`. Raises DsoundsError when the SoundFont lacks a preset."""
        out = np.empty(self.clip_samples, np.float32)
        for clip, program in zip(notes, programs, strict=True):
            self._play(clip, int(program), out)
            yield out

    def _play(self, notes: np.ndarray, program: int, out: np.ndarray) -> None:
        # Off before on at the same sample: a melody repeats pitches on adjacent slots.
        offsets = [(int(note["offset_sample"]), 0, note) for note in notes]
        onsets = [(int(note["onset_sample"]), 1, note) for note in notes]
        done = 0
        with self.font.player(program, pitch=int(np.median(notes["pitch"]))) as player:
            for sample, is_onset, note in sorted(offsets + onsets, key=lambda event: event[:2]):
                if sample > done:
                    out[done:sample] = mono(player.render(sample - done))
                    done = sample
                if is_onset:
                    player.note_on(note["pitch"], note["velocity"])
                else:
                    player.note_off(note["pitch"])
            if done < len(out):
                out[done:] = mono(player.render(len(out) - done))
