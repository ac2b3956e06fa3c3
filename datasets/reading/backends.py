"""Sources of a corpus's clips: shards on disk, or the recipe itself, rendered on demand."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...synth.music.schedule import Schedule
from ..storage import atomic_files
from ..storage.manifest import Manifest
from ..storage.shard import Labels, labels
from ..storage.shard_content import foreign, open_shard
from .sound import Sound

_MOST_OPEN = 64
_BATCH_CLIPS = 256
_MOST_LABELS = 20_000_000


class Source(Protocol):
    """What a `Corpus` reads.

    The columns are classes, values, notes, index, peak, concepts and splits/NAME.
    """

    def pcm(self, clips: np.ndarray) -> np.ndarray:
        """Return the sound of clips (n,): (n, samples) int16."""
        ...

    def rows(self, name: str, clips: np.ndarray | None) -> np.ndarray:
        """Return a column of some clips, or of all of them when `clips` is None."""
        ...


class Shards:
    """The shards of a folder, opened lazily and per process.

    Threads may share them: a file belongs to one thread while it is read. A shard that is missing,
    or has not the sha256 of corpus.json, raises DsoundsError when it is read.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self._starts = np.array([shard["start"] for shard in manifest.shards])
        self._idle: OrderedDict[tuple[int, int], h5py.File] = OrderedDict()
        self._columns: dict[str, np.ndarray] = {}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_idle": OrderedDict()}  # open files belong to a process

    def pcm(self, clips: np.ndarray) -> np.ndarray:
        """See `Source.pcm`."""
        out = np.empty((len(clips), self.manifest.clip_samples), np.int16)
        shards = np.searchsorted(self._starts, clips, side="right") - 1
        for number in np.unique(shards):
            with self._taken(int(number)) as file:
                audio = file["audio"]
                for row in np.flatnonzero(shards == number):
                    # One hyperslab after the other: fancy indexing is 20 times slower.
                    clip = int(clips[row] - self._starts[number])
                    audio.read_direct(out, np.s_[clip : clip + 1], np.s_[row : row + 1])
        return out

    def rows(self, name: str, clips: np.ndarray | None) -> np.ndarray:
        """See `Source.rows`. A column is read once."""
        if name not in self._columns:
            parts = []
            for number in range(len(self._starts)):
                with self._opened(number) as file:  # not kept: there may be thousands of shards
                    parts.append(file[name][()])
            with foreign(self.folder / self.manifest.shards[-1]["file"]):  # of another length
                column = np.concatenate(parts)
            column.flags.writeable = False
            self._columns[name] = column
        column = self._columns[name]
        return column if clips is None else column[clips]

    @contextmanager
    def _taken(self, number: int) -> Iterator[h5py.File]:
        """Lend a shard that is open for its sound to this thread alone.

        Those used most recently stay open, per process. Each step on `_idle` is atomic, so no lock
        is needed that a forked process would inherit.
        """
        key = (os.getpid(), number)
        file = self._idle.pop(key, None) or self._opened(number)
        try:
            yield file
        finally:
            other = self._idle.pop(key, None)  # of another thread, which has read the same shard
            self._idle[key] = file
            if other is not None:
                other.close()
            while len(self._idle) > _MOST_OPEN:
                self._close_oldest()

    def _close_oldest(self) -> None:
        with suppress(KeyError):  # other threads have closed them all
            (process, _), file = self._idle.popitem(last=False)
            if process == os.getpid():  # a parent's file is the parent's to close
                file.close()

    def _opened(self, number: int) -> h5py.File:
        shard = self.manifest.shards[number]
        path = self.folder / shard["file"]
        try:
            if file_sha256(path) == shard["sha256"]:
                return open_shard(path, self.manifest, shard["start"], shard["stop"])
        except OSError as error:
            raise DsoundsError(
                f"shard {path} cannot be read: {atomic_files.reason(error)}"
            ) from None
        raise DsoundsError(
            f"shard {path} is damaged: its sha256 is not the one in corpus.json; "
            f"{self.manifest.again}"
        )


class OnDemand:
    """The clips of a recipe, rendered when they are asked for."""

    def __init__(self, sound: Sound) -> None:
        self.sound, self.recipe = sound, sound.recipe
        self._parts: dict[str, np.ndarray] = {}

    def pcm(self, clips: np.ndarray) -> np.ndarray:
        """See `Source.pcm`."""
        return self.sound.render(self._labels(clips).schedule)[0]

    def rows(self, name: str, clips: np.ndarray | None) -> np.ndarray:
        """See `Source.rows`. Peaks are found by rendering.

        A column of all clips that would not fit in memory raises DsoundsError.
        """
        if name.startswith("splits/"):
            parts = self._split(name.removeprefix("splits/"))
            return parts if clips is None else parts[clips]
        if clips is None:
            if self.recipe.clips > _MOST_LABELS:
                raise DsoundsError(
                    f"{name} of all {self.recipe.clips:,} clips would not fit in memory: ask for "
                    "those of some clips, by Corpus.labels or Corpus.notes"
                )
            clips = np.arange(self.recipe.clips)
        if name == "peak":
            batches = range(0, len(clips), _BATCH_CLIPS)
            schedules = (self._labels(clips[b : b + _BATCH_CLIPS]).schedule for b in batches)
            return np.concatenate([np.empty(0, np.float32), *map(self._peaks, schedules)])
        own = self._labels(clips)
        if name == "concepts":
            return self.sound.manifest.vocabulary.khot(own.classes)
        return own.schedule.notes if name == "notes" else getattr(own, name)

    def _peaks(self, schedule: Schedule) -> np.ndarray:
        return self.sound.render(schedule)[1]

    def _split(self, name: str) -> np.ndarray:
        if name not in self._parts:
            self._parts[name] = self.recipe.parts(name)
        return self._parts[name]

    def _labels(self, clips: np.ndarray) -> Labels:
        return labels(self.recipe, self.recipe.positions(clips))
