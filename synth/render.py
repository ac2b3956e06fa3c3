"""Notes to sound: two renderers with one interface.

`DirectRenderer` has FluidSynth play the whole melody on one fresh synth: the reference.
`NoteRenderer` adds up notes from a table (`table.NoteTable`): the default, some hundred times
faster, equal to 1e-6 of the peak. Both take a batch of clips and return the sound as it left
FluidSynth, mono float32; `pcm.normalise` makes the int16 clip of it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from .fluid import Font
from .pcm import normalise
from .table import NoteTable, mono


class Renderer(Protocol):
    """Renders one clip after the other."""

    clip_samples: int

    def clips(self, notes: np.ndarray, programs: np.ndarray) -> Clips:
        """Prepare clips. notes: (N, K) of dtype NOTE; programs: (N,) General MIDI numbers."""
        ...


class Clips(Protocol):
    """A prepared batch: `render_into(n, out)` writes clip n as (clip_samples,) float32."""

    def __len__(self) -> int: ...

    def render_into(self, n: int, out: np.ndarray) -> None: ...


def render_float(renderer: Renderer, notes: np.ndarray, programs: np.ndarray) -> np.ndarray:
    """Sound of clips, not normalised: (N, clip_samples) float32."""
    clips = renderer.clips(notes, programs)
    out = np.empty((len(clips), renderer.clip_samples), np.float32)
    for n, row in enumerate(out):
        clips.render_into(n, row)
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
    clips = renderer.clips(notes, programs)
    if out is None:
        out = np.empty((len(clips), renderer.clip_samples), np.int16)
    peaks = np.empty(len(clips), np.float32)
    sound = np.empty(renderer.clip_samples, np.float32)
    for n, row in enumerate(out):
        clips.render_into(n, sound)
        peaks[n] = normalise(sound, row)
    return out, peaks


class NoteRenderer:
    """Clips as sums of notes, added in order of time (the order decides the last bit)."""

    def __init__(self, table: NoteTable, clip_samples: int) -> None:
        self.table, self.clip_samples = table, clip_samples

    def clips(self, notes: np.ndarray, programs: np.ndarray) -> NoteClips:
        return NoteClips(self, notes, programs)


class NoteClips:
    """A batch for `NoteRenderer`: for each note of a clip where it goes and what is added."""

    def __init__(self, renderer: NoteRenderer, notes: np.ndarray, programs: np.ndarray) -> None:
        table, size = renderer.table, renderer.clip_samples
        rows = table.rows(notes, programs)
        onset = notes["onset_sample"].astype(np.int64)
        start = table.starts[rows]
        length = np.minimum(table.starts[rows + 1] - start, size - onset)
        parts = np.stack([onset, onset + length, start, start + length], axis=-1)
        self._parts = parts.tolist()
        self._samples = np.asarray(table.samples)  # a plain view: slicing a memmap is slow

    def __len__(self) -> int:
        return len(self._parts)

    def render_into(self, n: int, out: np.ndarray) -> None:
        samples = self._samples
        out.fill(0)
        for onset, end, start, stop in self._parts[n]:
            place = out[onset:end]
            np.add(place, samples[start:stop], out=place)


class DirectRenderer:
    """Clips played by FluidSynth, each on a fresh synth."""

    def __init__(self, font: Font, clip_samples: int) -> None:
        self.font, self.clip_samples = font, clip_samples

    def clips(self, notes: np.ndarray, programs: np.ndarray) -> DirectClips:
        return DirectClips(self, notes, programs)


class DirectClips:
    """A batch for `DirectRenderer`."""

    def __init__(self, renderer: DirectRenderer, notes: np.ndarray, programs: np.ndarray) -> None:
        self._renderer, self._notes, self._programs = renderer, notes, programs

    def __len__(self) -> int:
        return len(self._notes)

    def render_into(self, n: int, out: np.ndarray) -> None:
        notes, done = self._notes[n], 0
        events = sorted(
            # Off before on at the same sample: a melody repeats pitches on adjacent slots.
            [(int(note["offset_sample"]), 0, note) for note in notes]
            + [(int(note["onset_sample"]), 1, note) for note in notes],
            key=lambda event: event[:2],
        )
        pitch = int(np.median(notes["pitch"]))
        with self._renderer.font.player(int(self._programs[n]), pitch=pitch) as player:
            for sample, is_onset, note in events:
                if sample > done:
                    out[done:sample] = mono(player.render(sample - done))
                    done = sample
                if is_onset:
                    player.note_on(note["pitch"], note["velocity"])
                else:
                    player.note_off(note["pitch"])
            if done < len(out):
                out[done:] = mono(player.render(len(out) - done))
