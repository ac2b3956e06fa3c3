"""Rendered notes, kept on disk: each note is rendered once on a machine.

A store is a folder of the cache for one SoundFont, one version of FluidSynth and one length of
clips. Its `index.npz` says which notes lie where in its file of samples, with a checksum of each;
the samples are memory-mapped and shared by all processes. Notes that are asked for and missing are
rendered and appended, under a lock. Samples without an entry in the index do not count, so a writer
that was killed leaves nothing wrong. A note whose checksum is wrong is rendered again.

The cache is in the folder of `dsounds.caches`.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from tqdm import tqdm

from ...caches import CACHE, HINT, cache_folder
from ...errors import DsoundsError
from ...synth.music.schedule import Voice
from ...synth.rendering.fluidsynth import BLOCK_SAMPLES, GAIN, SAMPLE_RATE_HZ, Font
from ...synth.rendering.note_table import (
    NoteTable,
    code_of,
    key_of,
    render_note,
    silence,
    voice_step,
)
from . import atomic_files

VARIABLE = CACHE
_INDEX = "index.npz"
_CODE_VERSION = 1  # to be raised when render_note gives other samples
_FLUSH_SAMPLES = 4_000_000  # 16 MB: what a killed writer loses, and holds in memory


def make_cache_folder(folder: Path) -> None:
    """Make a folder of the cache; where it cannot be written, DsoundsError tells what to do."""
    try:
        atomic_files.make_folder(folder)
    except DsoundsError as error:
        raise DsoundsError(f"{error}; {HINT}") from None


@dataclass(frozen=True)
class Index:
    """The notes that a file of samples holds.

    `voices` are texts of voices; `codes` are (R,) int64 with numbers in `voices`; `starts` and
    `stops` are (R,) samples; `sums` are (R,) uint32 CRC-32; `file` is the name of the file.
    """

    file: str
    voices: tuple[str, ...] = ()
    codes: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    starts: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    stops: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    sums: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint32))

    @property
    def end(self) -> int:
        """The number of samples that belong to a note."""
        return int(self.stops.max(initial=0))


class NoteStore:
    """The notes of some voices of one SoundFont.

    `open_font` opens the SoundFont, and is called when a note is missing. `identity` is what
    decides the samples beside the voice and the note: sha256 of the SoundFont, version of
    FluidSynth.
    """

    def __init__(
        self,
        open_font: Callable[[], Font],
        identity: tuple[str, ...],
        voices: Sequence[Voice],
        max_samples: int,
    ) -> None:
        decisive = (*identity, max_samples, SAMPLE_RATE_HZ, GAIN, BLOCK_SAMPLES, _CODE_VERSION)
        name = hashlib.sha256(repr(decisive).encode()).hexdigest()[:16]
        self.folder = cache_folder() / "notes" / name
        self.voices, self.max_samples = tuple(voices), max_samples
        self._open_font = open_font
        self._forget()

    def _forget(self) -> None:
        self._table = NoteTable(np.empty(0, np.float32), *(np.empty(0, np.int64) for _ in range(3)))
        self._sound = np.empty(0, np.int64)  # codes whose checksums were right

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_table", "_sound")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def table(self, codes: np.ndarray, progress: bool = False) -> NoteTable:
        """Return a table that has all of some notes, and maybe others; those missing are rendered.

        `codes` are (n,), as those of a `NoteTable`, with numbers in `voices`. A note that the
        SoundFont keeps silent has an empty row. DsoundsError is raised when the cache cannot be
        written, or when the SoundFont is needed and missing.
        """
        codes = np.unique(codes)
        if not np.isin(codes, self._sound, assume_unique=True).all():
            self._load()
            if self._missing(codes).size:
                make_cache_folder(self.folder)
                with atomic_files.file_lock(
                    self.folder / "lock", wait=True
                ):  # locks out all machines that share the cache
                    self._load()
                    self._render(self._missing(codes), progress)
                self._load()
            self._sound = np.union1d(self._sound, codes)
        return self._table

    def sounding(self, codes: np.ndarray, progress: bool = False) -> NoteTable:
        """See `table`. A silent note raises DsoundsError, naming preset and pitch."""
        codes = np.unique(codes)
        table = self.table(codes, progress)
        for code in table.silent(codes)[:1]:
            key = key_of(code)
            with self._open_font() as font:
                raise silence(font.path.name, self.voices[key.voice], key)
        return table

    def _missing(self, codes: np.ndarray) -> np.ndarray:
        """Return those of the codes that have no row, or a damaged one."""
        missing = np.setdiff1d(codes, self._table.codes, assume_unique=True)
        unchecked = np.setdiff1d(np.setdiff1d(codes, missing), self._sound)
        rows = self._table.rows(unchecked) if unchecked.size else unchecked
        wrong = [
            crc32(self._table.samples[self._table.starts[row] : self._table.stops[row]].data)
            != self._sums[row]
            for row in rows
        ]
        return np.union1d(missing, unchecked[np.array(wrong, bool)])

    def _load(self) -> None:
        """Read what the index holds now."""
        self._index = index = self._read()
        own = {voice.text: number for number, voice in enumerate(self.voices)}
        numbers = np.array([own.get(text, -1) for text in index.voices], np.int64)
        stored = index.codes // voice_step()
        voice = numbers[stored] if len(stored) else stored
        mine = voice >= 0
        codes = (index.codes + (voice - stored) * voice_step())[mine]
        order = np.argsort(codes, kind="stable")
        samples: np.ndarray = np.empty(0, np.float32)
        if index.end:
            samples = np.memmap(self.folder / index.file, np.float32, "r", shape=(index.end,))
        self._sums = index.sums[mine][order]
        self._table = NoteTable(
            samples, codes[order], index.starts[mine][order], index.stops[mine][order]
        )

    def _read(self) -> Index:
        """Return the index, or a new one where there is none that can be trusted."""
        try:
            with np.load(self.folder / _INDEX, allow_pickle=False) as stored:
                index = Index(
                    str(stored["samples"]),
                    tuple(str(text) for text in stored["voices"]),
                    *(stored[name] for name in ("codes", "starts", "stops", "sums")),
                )
            if (self.folder / index.file).stat().st_size >= 4 * index.end:
                return index
        except Exception:  # a damaged zip file may raise anything
            pass
        return Index(f"samples-{uuid.uuid4().hex[:12]}.f32")

    def _render(self, codes: np.ndarray, progress: bool) -> None:
        """Render notes and append them; the caller holds the lock."""
        if not codes.size:
            return
        for path in self.folder.glob("samples-*.f32"):
            if path.name != self._index.file:  # left by a killed writer, or by a lost index
                path.unlink(missing_ok=True)  # processes that have it mapped keep it
        texts = list(self._index.voices)
        texts += [voice.text for voice in self.voices if voice.text not in texts]
        kept = ~np.isin(self._index.codes, [self._stored(code, texts) for code in codes])
        index = replace(
            self._index,
            voices=tuple(texts),
            **{n: getattr(self._index, n)[kept] for n in ("codes", "starts", "stops", "sums")},
        )
        rows: list[np.ndarray] = []
        written = 0
        with (
            self._open_font() as font,
            tqdm(total=len(codes), desc="notes", unit="note", disable=not progress) as bar,
        ):
            for n, code in enumerate(codes):
                key = key_of(code)
                rows.append(render_note(font, self.voices[key.voice], key, self.max_samples))
                bar.update()
                if sum(map(len, rows)) >= _FLUSH_SAMPLES or n == len(codes) - 1:
                    own = [self._stored(code, texts) for code in codes[written : n + 1]]
                    index = self._append(index, own, rows)
                    rows, written = [], n + 1

    def _stored(self, code: int, texts: list[str]) -> int:
        """Return a code with the number that its voice has in the index."""
        key = key_of(code)
        return code_of(key._replace(voice=texts.index(self.voices[key.voice].text)))

    def _append(self, index: Index, codes: list[int], rows: list[np.ndarray]) -> Index:
        """Add rows to the file of samples, then to the index, and return the new index."""
        end = max(index.end, self._index.end)
        ends = end + np.cumsum([0, *map(len, rows)])
        path = self.folder / index.file
        try:
            with open(path, "r+b" if path.exists() else "wb") as file:
                file.truncate(4 * end)  # removes what a killed writer left
                file.seek(4 * end)
                for row in rows:
                    row.astype("<f4").tofile(file)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            why = atomic_files.write_reason(error)
            raise DsoundsError(
                f"cannot write rendered notes into {self.folder}: {why}; {HINT}"
            ) from None
        index = replace(
            index,
            codes=np.append(index.codes, np.array(codes, np.int64)),
            starts=np.append(index.starts, ends[:-1]),
            stops=np.append(index.stops, ends[1:]),
            sums=np.append(index.sums, np.array([crc32(row.data) for row in rows], np.uint32)),
        )
        content = {n: getattr(index, n) for n in ("codes", "starts", "stops", "sums")}
        with atomic_files.atomic_write(self.folder / _INDEX) as place, open(place, "wb") as file:
            np.savez(file, samples=index.file, voices=np.array(index.voices), **content)
        return index
