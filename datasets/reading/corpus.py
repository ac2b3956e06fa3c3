"""A corpus to read: from shards on disk, or from its recipe, rendered on demand.

A `Corpus` can be handed to workers (forked or spawned): files are opened lazily, per process. A
shard's size is checked when the corpus is opened, its sha256 when it is first read.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ...errors import DsoundsError, suggestion
from ...settings import require, shortly
from ...synth.music.midi import to_midi
from ...synth.music.schedule import Schedule
from ...synth.rendering.pcm import to_float
from ..factors.space import FactorSpace, integers
from ..factors.splits import PARTS
from ..storage import manifest as manifests
from ..storage.pitch_table import PitchTable, known_pitches
from ..symbols.vocabulary import Vocabulary
from .backends import OnDemand, Source
from .clip import Clip, read_clips
from .frames import FrameGrid, Frames, frame_truth, level_db
from .sound import Sound

if TYPE_CHECKING:
    import pretty_midi


_READ_CLIPS = 64  # at once, where all are gone through


class Corpus:
    """Clips with their labels; arrays of clip numbers, 0 to len - 1, choose among them.

    `corpus[3]` is one clip with all its labels, `corpus[:3]` a list of three, and a loop over the
    corpus goes through all clips.

    Wherever a method takes `indices`, they are an integer, a sequence of integers, a slice or a
    mask of all clips; a clip that does not exist raises DsoundsError.

    Attributes
    ----------
    folder
        The folder of its shards; None where it has none.
    name
        The folder or the recipe, for people to read.
    """

    def __init__(self, folder: Path | None, manifest: manifests.Manifest, source: Source) -> None:
        self.folder, self.manifest, self.source = folder, manifest, source
        self.id = manifest.id
        self.name = str(folder or f"{manifest.recipe['kind']} {self.id}, on demand")
        self.space: FactorSpace = manifest.space
        self.sample_rate_hz = manifest.sample_rate_hz
        self.clip_samples = manifest.clip_samples
        self.splits = tuple(manifest.splits)

    def __len__(self) -> int:
        return self.manifest.clips

    @overload
    def __getitem__(self, number: int) -> Clip: ...

    @overload
    def __getitem__(self, number: slice) -> list[Clip]: ...

    def __getitem__(self, number: int | slice) -> Clip | list[Clip]:
        """Return one clip with its labels, -1 is the last one; or those of a slice."""
        if isinstance(number, slice):
            return read_clips(self, self._checked(number))
        place = operator.index(number)
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no clip {place}: the corpus has {len(self):,}")
        return read_clips(self, np.array([place % len(self)]))[0]

    def __iter__(self) -> Iterator[Clip]:
        """Go through all clips in order, a few of which are read at once."""
        for start in range(0, len(self), _READ_CLIPS):
            yield from read_clips(self, np.arange(start, min(start + _READ_CLIPS, len(self))))

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}: {len(self):,} clips of {self.space!r})"

    @cached_property
    def classes(self) -> np.ndarray:
        """The class index of each factor: (N, F) int64."""
        return self._column("classes")

    @cached_property
    def values(self) -> np.ndarray:
        """The values that the classes stand for: (N, F) float64."""
        return self._column("values")

    @cached_property
    def index(self) -> np.ndarray:
        """The position of each clip in the factor space: (N,) int64."""
        return self._column("index")

    @cached_property
    def concepts(self) -> np.ndarray:
        """The symbols of `vocabulary` that are true of each clip: (N, S) uint8, 0 or 1."""
        return self._column("concepts")

    @cached_property
    def peak(self) -> np.ndarray:
        """The peak of each clip before it was brought to its level: (N,) float32."""
        return self._column("peak")

    def _column(self, name: str) -> np.ndarray:
        column = self.source.rows(name, None)
        column.flags.writeable = False
        return column

    def labels(self, indices: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return classes and values of clips, (n, F) each.

        This serves corpora too large to have the labels of all clips in memory.
        """
        clips = self._checked(indices)
        return self.source.rows("classes", clips), self.source.rows("values", clips)

    def pcm(self, indices: Any) -> np.ndarray:
        """Return the sound of clips as it is stored: (n, samples) int16."""
        return self.source.pcm(self._checked(indices))

    def audio(self, indices: Any) -> np.ndarray:
        """Return the sound of clips: (n, samples) float32, -1 to 1."""
        return to_float(self.pcm(indices))

    def notes(self, indices: Any) -> np.ndarray:
        """Return the notes of clips: (n, K) of dtype NOTE; a velocity of 0 means no note.

        Their pitches are those of the keys; `frames` has the fundamentals that sound.
        """
        return self.source.rows("notes", self._checked(indices))

    def frames(self, indices: Any, grid: FrameGrid | None = None) -> Frames:
        """Return the frame-level truth of clips, on the frames of `grid`."""
        clips = self._checked(indices)
        schedule = self.schedule(self.labels(clips)[1])
        voices = self.sound.recipe.voices
        return frame_truth(schedule, self.clip_samples, grid, voices, self.pitches)

    @cached_property
    def pitches(self) -> PitchTable | None:
        """At which pitch the SoundFont's programs sound; None where it was not measured."""
        return known_pitches(self.manifest.soundfont_sha256)

    def levels(self, indices: Any, grid: FrameGrid | None = None) -> np.ndarray:
        """Return the level that sounds in each frame in dB, RMS (0 is an RMS of 1): (n, frames)."""
        return level_db(self.audio(indices), grid)

    def split(self, part: str, by: str | None = None) -> np.ndarray:
        """Return the numbers of the clips of a part, ascending: (n,) int64.

        Parameters
        ----------
        part
            "train", "validation" or "test".
        by
            The name of a split; the corpus's first split when None.

        Raises
        ------
        DsoundsError
            If the part or the split is unknown.
        """
        if part not in PARTS:
            raise DsoundsError(
                f"unknown part {part!r}{suggestion(part, PARTS)}: {', '.join(PARTS)} are known"
            )
        return np.flatnonzero(self.parts(by) == PARTS.index(part))

    def parts(self, by: str | None = None) -> np.ndarray:
        """Return the part of each clip: (N,) uint8, numbers in `splits.PARTS`.

        Parameters
        ----------
        by
            The name of a split; the corpus's first split when None.

        Raises
        ------
        DsoundsError
            If the split is unknown.
        """
        by = self.splits[0] if by is None else by
        if by not in self.splits:
            raise DsoundsError(
                f"this corpus has no split {by!r}{suggestion(by, self.splits)}: "
                f"{', '.join(self.splits)} are there"
            )
        return self.source.rows(f"splits/{by}", None)

    @property
    def vocabulary(self) -> Vocabulary:
        """The symbols over the corpus's factors, for concepts."""
        return self.manifest.vocabulary

    def joint(self, first: str, second: str, indices: Any = None) -> np.ndarray:
        """Return how many clips have each pair of classes of two factors: (A, B) int64, exact.

        Those of some clips where `indices` are given: a part of a split has others than the whole.
        """
        a, b = self.space.column(first), self.space.column(second)
        sizes = self.space.sizes[a], self.space.sizes[b]
        classes = self.classes if indices is None else self.labels(indices)[0]
        cells = classes[:, a] * sizes[1] + classes[:, b]
        return np.bincount(cells, minlength=sizes[0] * sizes[1]).reshape(sizes)

    def midi(self, clip: int) -> pretty_midi.PrettyMIDI:
        """Return one clip as MIDI: its notes, with a track for each instrument."""
        values = self.labels([clip])[1]
        schedule = self.schedule(values)
        programs = [self.sound.recipe.voices[voice].program for voice in schedule.voices[0]]
        return to_midi(schedule.notes[0], programs, self.sound.recipe.tempo_bpm(values[0]))

    def counterfactual(
        self, indices: Any, /, *, classes: Mapping[str, Any] | None = None, **values: Any
    ) -> np.ndarray:
        """Return the clips as they would be if some factors were changed, rendered on the spot.

        Parameters
        ----------
        indices
            The clips.
        classes
            The same as `values` by class indices, as they stand in `Corpus.classes`.
        values
            For each factor to change, a value, or one for each clip: its name
            (instrument="trumpet") or the number that it is (octave=5, tuning=-40).

        Returns
        -------
        ndarray
            (n, samples) float32, -1 to 1.

        Raises
        ------
        DsoundsError
            If a factor or value is unknown, or if a note must be rendered and the SoundFont or
            FluidSynth is not the one that the corpus was made with.
        """
        changed = self.labels(indices)[0].copy()
        count, by_class = len(changed), classes or {}
        require(
            isinstance(by_class, Mapping),
            f"classes is {shortly(by_class)}: class indices by factors are needed, {{'octave': 0}}",
        )
        for name in by_class.keys() & values.keys():
            raise DsoundsError(f"{name} is given as a value and as a class: once is allowed")
        found = {name: integers(own, f"classes of {name}") for name, own in by_class.items()}
        found |= {name: self._classes_of(name, own) for name, own in values.items()}
        for name, own in found.items():
            if own.shape not in ((), (count,)):
                raise DsoundsError(
                    f"{name} has shape {own.shape}: one value, or {count}, one per clip, is needed"
                )
            changed[:, self.space.column(name)] = own
        return to_float(self.render(self.space.values(changed))[0])

    def _classes_of(self, name: str, values: Any) -> np.ndarray:
        """Return class indices of a factor's values, given by names or numbers, in any shape."""
        factor, array = self.space.factor(name), np.asarray(values, object)
        found = [factor.class_of(value) for value in array.flat]
        return np.array(found, np.int64).reshape(array.shape)

    def render(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Render clips by their values, as `generate` does with its default renderer.

        Parameters
        ----------
        values
            (n, F): the values of the factors.

        Returns
        -------
        tuple
            The clips, (n, samples) int16, and their peaks, (n,) float32.
        """
        return self.sound.render(self.schedule(values))

    @cached_property
    def sound(self) -> Sound:
        """The renderer of this corpus's clips."""
        return self.source.sound if isinstance(self.source, OnDemand) else Sound(self.manifest)

    def schedule(self, values: np.ndarray) -> Schedule:
        """Return what clips with these values (n, F) play."""
        return self.sound.recipe.schedule(values)

    def _checked(self, indices: Any) -> np.ndarray:
        """Return clip numbers (n,) from an integer, a sequence of integers, a slice or a mask."""
        if isinstance(indices, slice):
            return np.arange(*indices.indices(len(self)))
        array = np.atleast_1d(np.asarray(indices))
        if array.dtype == bool and array.shape == (len(self),):
            return np.flatnonzero(array)
        array = integers(array, "clip numbers")
        if array.ndim != 1:
            raise DsoundsError(f"clip numbers must be one row, not of shape {array.shape}")
        wrong = array[(array < 0) | (array >= len(self))]
        if wrong.size:
            raise DsoundsError(f"there is no clip {wrong[0]}: 0 to {len(self) - 1} exist")
        return array
