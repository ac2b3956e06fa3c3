"""Schedules to sound: renderers with one interface.

`DirectRenderer` has FluidSynth play the whole clip on one fresh synth: the reference.
`NoteRenderer` adds up notes from a table (`note_table.NoteTable`): the default, some fifty times
faster, equal to 1e-6 of the peak (but for three programs: docs/guide.md, The sound). All give
the sound as it left FluidSynth, mono float32. `render_pcm` makes int16 clips of it, for sums of
notes in machine code (`mix`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from ...caches import compiling
from ...errors import DsoundsError
from ..music.schedule import NO_FINISH, Schedule, Voice, amplitude
from .finish import LOUDEST, check_loudness, finished
from .fluidsynth import Font
from .gain_curves import clips_by_move, curve, move_of, weighted_sum
from .note_table import NoteTable, build_table, codes_in, key_of, mono, silence
from .pcm import normalise, peak_of, scale_of

_FRESH_CLIPS = 64  # The notes of so many clips are held at a time: 16 MB if clips last 4 s.


class Renderer(Protocol):
    """The interface of renderers of clips of `clip_samples` samples."""

    clip_samples: int

    def sounds(self, schedule: Schedule) -> Iterator[np.ndarray]:
        """Yield clip after clip, (clip_samples,) float32, in one buffer that is used again."""
        ...

    def clips(self, schedule: Schedule, out: np.ndarray, peaks: np.ndarray) -> None:
        """Write clips with their peaks at `schedule.level_db`, and their peaks before that.

        They are finished as `schedule.finish` says; the peaks written are those of the sound as it
        left FluidSynth.

        Parameters
        ----------
        out
            (N, clip_samples) int16: the clips are written here.
        peaks
            (N,) float32: the peaks are written here.
        """
        levels = _levels(schedule)
        if schedule.finish != NO_FINISH:
            self._finished(schedule, levels, out, peaks)
            return
        for n, sound in enumerate(self.sounds(schedule)):
            peaks[n] = normalise(sound, out[n], levels[n], schedule.full_scale)

    def _finished(
        self, schedule: Schedule, levels: np.ndarray, out: np.ndarray, peaks: np.ndarray
    ) -> None:
        """Write clips and their peaks as `clips` does, with something done to their sound."""
        loudest = np.zeros(len(schedule))
        for n, sound in enumerate(self.sounds(schedule)):
            peaks[n] = peak_of(sound)
            done, full_scale = finished(sound, schedule)
            loudest[n] = peak_of(done) * levels[n] / (full_scale or np.inf)
            if schedule.finish.rms_dbfs is None or loudest[n] <= LOUDEST:
                normalise(done, out[n], levels[n], full_scale)
        check_loudness(loudest, schedule.finish)


def render_float(renderer: Renderer, schedule: Schedule) -> np.ndarray:
    """Return the sound of clips, not normalised: (N, clip_samples) float32."""
    out = np.empty((len(schedule), renderer.clip_samples), np.float32)
    for row, sound in zip(out, renderer.sounds(schedule), strict=True):
        row[:] = sound
    return out


def render_pcm(
    renderer: Renderer, schedule: Schedule, out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return clips with their peaks at `schedule.level_db`, and their peaks before that.

    Parameters
    ----------
    out
        (N, clip_samples) int16 or None: where the clips are written; a new array when None.

    Returns
    -------
    tuple
        The clips, (N, clip_samples) int16, and the peaks, (N,) float32.

    Raises
    ------
    DsoundsError
        If `out` has another shape or type.
    """
    shape = (len(schedule), renderer.clip_samples)
    if out is None:
        out = np.empty(shape, np.int16)
    if out.shape != shape or out.dtype != np.int16:
        raise DsoundsError(f"out must be {shape} int16, not {out.shape} {out.dtype}")
    peaks = np.empty(len(schedule), np.float32)
    renderer.clips(schedule, out, peaks)
    return out, peaks


def _levels(schedule: Schedule) -> np.ndarray:
    """Return the peaks that the clips shall have: (N,) float32, where 1 is full scale."""
    return amplitude(schedule.level_db).astype(np.float32)


class NoteRenderer(Renderer):
    """A renderer that adds up notes in order of time (the order decides the last bit)."""

    def __init__(self, table: NoteTable, clip_samples: int) -> None:
        self.table, self.clip_samples = table, clip_samples

    def sounds(self, schedule: Schedule) -> Iterator[np.ndarray]:
        """See `Renderer.sounds`. A note that the table lacks raises KeyError."""
        samples = np.asarray(self.table.samples)  # a plain view: slicing a memmap is slow
        layers = np.empty((schedule.voices.shape[1], self.clip_samples), np.float32)
        for n, clip in enumerate(self.table.places(schedule, self.clip_samples).tolist()):
            move = move_of(schedule, n)
            heard = layers[: 1 + move.fades]
            for out, voice in zip(heard, clip, strict=False):
                out.fill(0)
                for onset, end, first, last in voice:
                    place = out[onset:end]
                    np.add(place, samples[first:last], out=place)
            yield layers[0] if move.still else weighted_sum(heard, curve(move, self.clip_samples))

    def clips(self, schedule: Schedule, out: np.ndarray, peaks: np.ndarray) -> None:
        """See `Renderer.clips`. The clips have the bits of `sounds`; its errors are raised too."""
        if schedule.finish != NO_FINISH:
            super().clips(schedule, out, peaks)
            return
        with compiling(Path(__file__).parent):
            from . import mix  # numba takes 0.3 s to import, so it waits
        places, levels = self.table.places(schedule, self.clip_samples), _levels(schedule)
        for move, clips in clips_by_move(schedule).items():
            curves = curve(move, self.clip_samples)[: 0 if move.still else None]
            full_scale = schedule.full_scale or 0.0
            mix.render(self.table.samples, places, clips, curves, levels, full_scale, out, peaks)
        scale_of(peaks, levels, schedule.full_scale)  # raises where a clip did not fit


class FreshRenderer(Renderer):
    """A renderer that renders notes for its clips alone, for clips that share few notes."""

    def __init__(self, font: Font, voices: Sequence[Voice], clip_samples: int) -> None:
        self.font, self.voices, self.clip_samples = font, voices, clip_samples

    def sounds(self, schedule: Schedule) -> Iterator[np.ndarray]:
        """See `Renderer.sounds`. A silent note raises DsoundsError, naming preset and pitch."""
        for start in range(0, len(schedule), _FRESH_CLIPS):
            part = schedule[start : start + _FRESH_CLIPS]
            yield from self._renderer(part).sounds(part)

    def clips(self, schedule: Schedule, out: np.ndarray, peaks: np.ndarray) -> None:
        """See `Renderer.clips`. The clips have the bits of `sounds`."""
        for start in range(0, len(schedule), _FRESH_CLIPS):
            part = slice(start, start + _FRESH_CLIPS)
            self._renderer(schedule[part]).clips(schedule[part], out[part], peaks[part])

    def _renderer(self, schedule: Schedule) -> NoteRenderer:
        table = build_table(self.font, self.voices, codes_in(schedule), self.clip_samples)
        for code in table.silent(table.codes)[:1]:
            key = key_of(code)
            raise silence(self.font.path.name, self.voices[key.voice], key)
        return NoteRenderer(table, self.clip_samples)


class DirectRenderer(Renderer):
    """A renderer that has FluidSynth play each clip, on a fresh synth for each voice."""

    def __init__(self, font: Font, voices: Sequence[Voice], clip_samples: int) -> None:
        self.font, self.voices, self.clip_samples = font, voices, clip_samples

    def sounds(self, schedule: Schedule) -> Iterator[np.ndarray]:
        """See `Renderer.sounds`. A preset that the SoundFont lacks raises DsoundsError."""
        layers = np.empty((schedule.voices.shape[1], self.clip_samples), np.float32)
        for n, notes in enumerate(schedule.notes):
            move = move_of(schedule, n)
            heard = layers[: 1 + move.fades]
            for out, voice in zip(heard, schedule.voices[n].tolist(), strict=False):
                self._play(notes[notes["velocity"] > 0], self.voices[voice], out)
            yield layers[0] if move.still else weighted_sum(heard, curve(move, self.clip_samples))

    def _play(self, notes: np.ndarray, voice: Voice, out: np.ndarray) -> None:
        # At one sample note-offs come before note-ons: a melody repeats pitches on adjacent slots.
        offsets = [(int(note["offset_sample"]), 0, note) for note in notes]
        onsets = [(int(note["onset_sample"]), 1, note) for note in notes]
        done = 0
        if not len(notes):
            out.fill(0)
            return
        with self.font.player(voice, pitch=int(np.median(notes["pitch"]))) as player:
            for sample, is_onset, note in sorted(offsets + onsets, key=lambda event: event[:2]):
                sample = min(sample, len(out))
                if sample > done:
                    out[done:sample] = mono(player.render(sample - done))
                    done = sample
                if is_onset:
                    player.note_on(note["pitch"], note["velocity"])
                else:
                    player.note_off(note["pitch"])
            if done < len(out):
                out[done:] = mono(player.render(len(out) - done))
