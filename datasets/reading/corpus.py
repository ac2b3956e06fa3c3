"""Reading a corpus: from shards on disk, or from its recipe, rendered on demand.

A `Corpus` can be handed to workers (forked or spawned): files are opened lazily, per process. A
shard's size is checked when the corpus is opened, its sha256 when it is first read.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DsoundsError, suggestion
from ...synth.music.midi import to_midi
from ...synth.music.schedule import Schedule
from ...synth.rendering.pcm import to_float
from ..factors.space import FactorSpace, integers
from ..factors.splits import PARTS
from ..recipes.base import Recipe
from ..recipes.registry import KINDS, is_recipe, load_recipe, names
from ..storage import manifest as manifests
from ..symbols.vocabulary import Vocabulary
from .backends import OnDemand, Shards, Source
from .frames import FrameGrid, Frames, frame_truth, level_db
from .sound import Sound

if TYPE_CHECKING:
    import pretty_midi


def open_corpus(place: str | Path | Recipe, known_as: str = "") -> Corpus:
    """Open the corpus in a folder; or that of a recipe, which needs no folder at all.

    Without a folder every clip is rendered when it is asked for, to the same bytes that its shard
    would hold. known_as: id that a recipe's corpus had in an earlier format, which it keeps then.
    Raises DsoundsError when a folder has no corpus, when it is not complete, or when
    a shard is missing or has another size than it was written with; for a recipe when the
    SoundFont or libfluidsynth is missing.
    """
    if isinstance(place, Recipe):
        manifest = manifests.describe_as(place, known_as)
        return Corpus(None, manifest, OnDemand(Sound(manifest)))
    folder = Path(place)
    if not folder.is_dir() and is_recipe(place):
        raise DsoundsError(
            f"there is no folder {folder}: for the corpus of that recipe, "
            f"open_corpus(load_recipe({str(place)!r}))"
        )
    manifest = manifests.read(folder)
    if not manifest.complete:
        raise DsoundsError(
            f"the corpus in {folder} is not complete (generation was interrupted?): run the same "
            "dsounds generate again to finish it"
        )
    for shard in manifest.shards:
        file = folder / shard["file"]
        if not file.is_file():
            raise DsoundsError(f"shard {file} is missing: {manifest.again}")
        if file.stat().st_size != shard["bytes"]:
            raise DsoundsError(
                f"shard {file} has {file.stat().st_size:,} bytes instead of {shard['bytes']:,}: it "
                f"was cut short or altered; {manifest.again}"
            )
    return Corpus(folder, manifest, Shards(folder, manifest))


def find_corpus(place: str | Path, known_as: str = "") -> Corpus:
    """Open what a command names: the corpus in a folder; where there is none, that of a recipe.

    known_as: as for `open_corpus`. Raises DsoundsError as `open_corpus` does.
    """
    if Path(place).is_dir():
        return open_corpus(Path(place))
    if not is_recipe(place):
        known = (*KINDS, *names())
        raise DsoundsError(
            f"{place} is neither the folder of a corpus nor a recipe"
            f"{suggestion(str(place), known)} (dsounds recipes lists them)"
        )
    corpus = open_corpus(load_recipe(place), known_as)
    corpus.name = str(place)
    return corpus


class Corpus:
    """Clips with their labels; index arrays choose clips by their number, 0 to len - 1.

    folder: where its shards are, None where it has none; name: the folder or the recipe, for
    people to read.
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

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}: {len(self):,} clips of {self.space!r})"

    @cached_property
    def classes(self) -> np.ndarray:
        """Class index per factor: (N, F) int64."""
        return self._column("classes")

    @cached_property
    def values(self) -> np.ndarray:
        """What the classes stand for: (N, F) float64."""
        return self._column("values")

    @cached_property
    def index(self) -> np.ndarray:
        """Position of each clip in the factor space: (N,) int64."""
        return self._column("index")

    @cached_property
    def concepts(self) -> np.ndarray:
        """Which symbols of `vocabulary` are true of each clip: (N, S) uint8."""
        return self._column("concepts")

    @cached_property
    def peak(self) -> np.ndarray:
        """Peak of each clip before it was brought to its level: (N,) float32."""
        return self._column("peak")

    def _column(self, name: str) -> np.ndarray:
        column = self.source.rows(name, None)
        column.flags.writeable = False
        return column

    def labels(self, indices: Any) -> tuple[np.ndarray, np.ndarray]:
        """Classes and values of clips, (n, F) each: for corpora too large to have all of them."""
        clips = self._checked(indices)
        return self.source.rows("classes", clips), self.source.rows("values", clips)

    def pcm(self, indices: Any) -> np.ndarray:
        """Sound of clips as it is stored: (n, samples) int16."""
        return self.source.pcm(self._checked(indices))

    def audio(self, indices: Any) -> np.ndarray:
        """Sound of clips: (n, samples) float32, -1 to 1."""
        return to_float(self.pcm(indices))

    def notes(self, indices: Any) -> np.ndarray:
        """Schedule of clips: (n, K) of dtype NOTE; a velocity of 0 means no note."""
        return self.source.rows("notes", self._checked(indices))

    def frames(self, indices: Any, grid: FrameGrid | None = None) -> Frames:
        """Frame-level truth of clips, on the frames of `grid`."""
        clips = self._checked(indices)
        schedule = self.schedule(self.labels(clips)[1])
        return frame_truth(schedule, self.clip_samples, grid, self.sound.recipe.voices)

    def levels(self, indices: Any, grid: FrameGrid | None = None) -> np.ndarray:
        """The level that sounds in each frame, in dB (RMS; an RMS of 1 is 0): (n, frames)."""
        return level_db(self.audio(indices), grid)

    def split(self, part: str, by: str | None = None) -> np.ndarray:
        """Numbers of the clips of a part, ascending: (n,) int64.

        part: "train", "validation" or "test"; by: the name of a split, the corpus's first when
        None. Raises DsoundsError for unknown names.
        """
        if part not in PARTS:
            raise DsoundsError(
                f"unknown part {part!r}{suggestion(part, PARTS)}: {', '.join(PARTS)} are known"
            )
        return np.flatnonzero(self.parts(by) == PARTS.index(part))

    def parts(self, by: str | None = None) -> np.ndarray:
        """In which part each clip is: (N,) uint8, numbers in `splits.PARTS`. by: as for `split`."""
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

    def joint(self, first: str, second: str) -> np.ndarray:
        """How many clips have each pair of classes of two factors: (A, B) int64, exact."""
        a, b = self.space.column(first), self.space.column(second)
        sizes = self.space.sizes[a], self.space.sizes[b]
        cells = self.classes[:, a] * sizes[1] + self.classes[:, b]
        return np.bincount(cells, minlength=sizes[0] * sizes[1]).reshape(sizes)

    def midi(self, clip: int) -> pretty_midi.PrettyMIDI:
        """One clip as MIDI: its notes, with a track for each instrument."""
        values = self.labels([clip])[1]
        schedule = self.schedule(values)
        programs = [self.sound.recipe.voices[voice].program for voice in schedule.voices[0]]
        return to_midi(schedule.notes[0], programs, self.sound.recipe.tempo_bpm(values[0]))

    def counterfactual(self, indices: Any, **factors: Any) -> np.ndarray:
        """The clips as they would be if some factors were changed, rendered on the spot.

        factors: for each factor to change a value by its name (instrument="trumpet") or its class
        index; or one of these per clip. Returns (n, samples) float32, -1 to 1.
        Raises DsoundsError for unknown factors or values, and when a note must be rendered and
        the SoundFont or FluidSynth is not the one that the corpus was made with.
        """
        classes = self.labels(indices)[0].copy()
        for name, chosen in factors.items():
            column = self.space.column(name)
            classes[:, column] = self._chosen(name, chosen, len(classes))
        return to_float(self.render(self.space.values(classes))[0])

    def _chosen(self, name: str, chosen: Any, count: int) -> np.ndarray:
        """Class indices from a name or class index, or from one of them per clip."""
        array = np.asarray(chosen)
        if array.dtype.kind == "U":
            factor = self.space.factor(name)
            array = np.array([factor.class_of(str(one)) for one in array.flat]).reshape(array.shape)
        if array.shape not in ((), (count,)):
            raise DsoundsError(
                f"{name} has shape {array.shape}: one value, or {count}, one per clip, are allowed"
            )
        return integers(array, f"classes of {name}")

    def render(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Render clips by their values, as `generate` does with its default renderer.

        values: (n, F). Returns (n, samples) int16 and their peaks (n,) float32.
        """
        return self.sound.render(self.schedule(values))

    @cached_property
    def sound(self) -> Sound:
        """What renders clips of this corpus."""
        return self.source.sound if isinstance(self.source, OnDemand) else Sound(self.manifest)

    def schedule(self, values: np.ndarray) -> Schedule:
        """What clips with these values (n, F) play."""
        return self.sound.recipe.schedule(values)

    def _checked(self, indices: Any) -> np.ndarray:
        """Numbers of clips from an integer, a sequence of integers, a slice or a mask: (n,)."""
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
