"""Reading a corpus.

A `Corpus` opens its shards lazily and per process, so it can be handed to workers (forked or
spawned). A shard's size is checked when the corpus is opened, its sha256 when it is first read.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from ..soundfonts.catalogue import file_sha256, find_font
from ..soundfonts.errors import DsoundsError
from ..synth import fluid
from ..synth.features import LogMelSettings
from ..synth.midi import to_midi
from ..synth.pcm import to_float
from ..synth.render import NoteRenderer, render_pcm
from ..synth.table import NoteTable, build_table, note_codes
from . import files
from . import manifest as manifests
from .frames import Frames, frame_truth
from .shard import SPLIT
from .space import FactorSpace, integers

if TYPE_CHECKING:
    import pretty_midi

SPLITS = ("train", "validation")
_MOST_OPEN = 64


def open_corpus(path: str | Path) -> Corpus:
    """Open the corpus in a folder.

    Raises DsoundsError when there is none, when it is not complete, or when a shard is missing or
    has another size than it was written with.
    """
    folder = Path(path)
    manifest = manifests.read(folder)
    if not manifest.complete:
        raise DsoundsError(
            f"the corpus in {folder} is not complete (generation was interrupted?): run the same "
            "dsounds generate again to finish it"
        )
    for shard in manifest.shards:
        file = folder / shard["file"]
        if not file.is_file():
            raise DsoundsError(f"shard {file} is missing: generate again to restore it")
        if file.stat().st_size != shard["bytes"]:
            raise DsoundsError(
                f"shard {file} has {file.stat().st_size:,} bytes instead of {shard['bytes']:,}: it "
                "was cut short or altered; remove it and generate again"
            )
    return Corpus(folder, manifest)


class Corpus:
    """Clips with their labels; index arrays choose clips by their number, 0 to len - 1."""

    def __init__(self, folder: Path, manifest: manifests.Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.id = manifest.id
        self.space: FactorSpace = manifest.space
        self.sample_rate_hz = manifest.sample_rate_hz
        self.clip_samples = manifest.clip_samples
        self._starts = np.array([shard["start"] for shard in manifest.shards])
        self._open: dict[tuple[int, int], h5py.File] = {}

    def __len__(self) -> int:
        return self.manifest.clips

    def __repr__(self) -> str:
        return f"Corpus({str(self.folder)!r}: {len(self):,} clips of {self.space!r})"

    def __getstate__(self) -> dict[str, Any]:
        # Open files and the SoundFont belong to a process; a worker opens its own.
        own = {"font", "_table"}
        return {k: v for k, v in self.__dict__.items() if k not in own} | {"_open": {}}

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
    def peak(self) -> np.ndarray:
        """Peak of each clip before it was normalised: (N,) float32."""
        return self._column("peak")

    def pcm(self, indices: Any) -> np.ndarray:
        """Sound of clips as it is stored: (n, samples) int16."""
        indices = self._checked(indices)
        out = np.empty((len(indices), self.clip_samples), np.int16)
        shards = np.searchsorted(self._starts, indices, side="right") - 1
        for number in np.unique(shards):
            audio = self._file(int(number))["audio"]
            for row in np.flatnonzero(shards == number):
                # One hyperslab after the other: fancy indexing is 20 times slower.
                clip = int(indices[row] - self._starts[number])
                audio.read_direct(out, np.s_[clip : clip + 1], np.s_[row : row + 1])
        return out

    def audio(self, indices: Any) -> np.ndarray:
        """Sound of clips: (n, samples) float32, -1 to 1."""
        return to_float(self.pcm(indices))

    def notes(self, indices: Any) -> np.ndarray:
        """Schedule of clips: (n, K) of dtype NOTE."""
        return self._notes[self._checked(indices)]

    def frames(self, indices: Any, settings: LogMelSettings | None = None) -> Frames:
        """Frame-level truth of clips, on the frames of `settings`."""
        return frame_truth(self.notes(indices), self.clip_samples, settings)

    def split(self, name: str) -> np.ndarray:
        """Numbers of the clips of "train" or "validation", ascending: (n,) int64."""
        if name not in SPLITS:
            raise DsoundsError(f"unknown split {name!r}: {', '.join(SPLITS)} are known")
        return np.flatnonzero(self._column(f"splits/{SPLIT}") == SPLITS.index(name))

    def midi(self, clip: int) -> pretty_midi.PrettyMIDI:
        """One clip as MIDI."""
        notes, programs = self.schedule(self.values[self._checked([clip])])
        return to_midi(notes[0], int(programs[0]))

    def counterfactual(self, indices: Any, **factors: Any) -> np.ndarray:
        """The clips as they would be if some factors were changed, rendered on the spot.

        factors: for each factor to change a value by its name (instrument="trumpet") or its class
        index; or one of these per clip. Returns (n, samples) float32, -1 to 1.
        Raises DsoundsError for unknown factors or values, and when the SoundFont or FluidSynth
        is not the one that the corpus was made with.
        """
        classes = self.classes[self._checked(indices)].copy()
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
        notes, programs = self.schedule(values)
        known = self._table.codes if self._table is not None else np.empty(0, np.int64)
        codes = np.union1d(known, note_codes(notes, programs))
        if self._table is None or len(codes) > len(known):
            self._table = build_table(self.font, codes, self.clip_samples)
        return render_pcm(NoteRenderer(self._table, self.clip_samples), notes, programs)

    _table: NoteTable | None = None

    @cached_property
    def font(self) -> fluid.Font:
        """The SoundFont that the corpus was made with; DsoundsError when it is not at hand."""
        path = find_font(self.manifest.recipe["soundfont"])
        if file_sha256(path) != self.manifest.soundfont_sha256:
            raise DsoundsError(
                f"wrong SoundFont: {path} has sha256 {file_sha256(path)[:12]}..., the corpus in "
                f"{self.folder} was made with {self.manifest.soundfont_sha256[:12]}..."
            )
        if fluid.binding() and fluid.version() != self.manifest.fluidsynth:
            raise DsoundsError(
                f"the corpus in {self.folder} was made with FluidSynth {self.manifest.fluidsynth}, "
                f"here is {fluid.version()}: its sound cannot be made again to the byte"
            )
        return fluid.Font(path)

    @cached_property
    def _notes(self) -> np.ndarray:
        return self._column("notes")

    def schedule(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Notes (n, K) and programs (n,) of clips with these values (n, F)."""
        return self.manifest.typed_recipe().schedule(values)

    def _checked(self, indices: Any) -> np.ndarray:
        """Numbers of clips from an integer, a sequence of integers, a slice or a mask: (n,)."""
        every = np.arange(len(self))
        if isinstance(indices, slice):
            return every[indices]
        array = np.atleast_1d(np.asarray(indices))
        if array.dtype == bool and array.shape == every.shape:
            return every[array]
        array = integers(array, "clip numbers")
        if array.ndim != 1:
            raise DsoundsError(f"clip numbers must be one row, not of shape {array.shape}")
        wrong = array[(array < 0) | (array >= len(self))]
        if wrong.size:
            raise DsoundsError(f"there is no clip {wrong[0]}: 0 to {len(self) - 1} exist")
        return array

    def _column(self, name: str) -> np.ndarray:
        parts = []
        for number in range(len(self._starts)):
            with self._opened(number) as file:  # not kept: a corpus may have thousands of shards
                parts.append(file[name][()])
        column = np.concatenate(parts)
        column.flags.writeable = False
        return column

    def _file(self, number: int) -> h5py.File:
        """A shard for reading sound; the most recently used stay open, per process."""
        key = (os.getpid(), number)
        if key not in self._open:
            while len(self._open) >= _MOST_OPEN:
                oldest = next(iter(self._open))
                file = self._open.pop(oldest)
                if oldest[0] == os.getpid():  # a parent's file is the parent's to close
                    file.close()
            self._open[key] = self._opened(number)
        self._open[key] = self._open.pop(key)  # the last is the most recently used
        return self._open[key]

    def _opened(self, number: int) -> h5py.File:
        shard = self.manifest.shards[number]
        path = self.folder / shard["file"]
        try:
            if file_sha256(path) == shard["sha256"]:
                return h5py.File(path, "r")
        except OSError as error:
            raise DsoundsError(f"shard {path} cannot be read: {files.reason(error)}") from None
        raise DsoundsError(
            f"shard {path} is damaged: its sha256 is not the one in corpus.json; remove it and "
            "generate again"
        )
