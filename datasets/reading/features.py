"""Log-mel spectrograms of a whole corpus, computed once and kept beside it.

The cache is `features/<corpus id>-<settings key>.npy` in the corpus's folder (in that of
`note_cache.cache_folder` for a corpus without one), memory-mapped when it is opened. A line with a
checksum follows the array; it is checked once in a process, and a damaged cache is computed again.
A cache without that line, as the first versions wrote it, is used as it is.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import IO
from zlib import crc32

import numpy as np
from tqdm import tqdm

from ...synth.features import LogMelSettings, log_mel
from ..storage import atomic_files
from ..storage.note_cache import cache_folder
from .corpus import Corpus

_CHUNK_CLIPS = 32
_LINE = "dsounds features 1: crc32 {:08x}\n"


def features(
    corpus: Corpus, settings: LogMelSettings | None = None, progress: bool = False
) -> np.ndarray:
    """Return log-mel spectrograms of all clips, computed once: memory-mapped and read-only.

    Parameters
    ----------
    corpus
        The corpus.
    settings
        How spectrograms are computed; the defaults when None.
    progress
        Whether a progress bar is shown.

    Returns
    -------
    ndarray
        (N, frames, bands) float32.

    Raises
    ------
    DsoundsError
        If the cache cannot be written.
    """
    settings = settings or LogMelSettings()
    path = (corpus.folder or cache_folder()) / "features" / f"{corpus.id}-{settings.key}.npy"
    shape = (len(corpus), settings.frames(corpus.clip_samples), settings.bands)
    cached = _open(path, shape)
    if cached is not None:
        return cached
    with atomic_files.exclusive_lock(path.parent, wait=True):
        if _open(path, shape) is None:  # nobody else made it meanwhile
            atomic_files.make_folder(path.parent)
            with atomic_files.atomic_write(path) as place:
                _compute(corpus, settings, place, shape, progress)
    cached = _open(path, shape)
    assert cached is not None
    return cached


def _open(path: Path, shape: tuple[int, int, int]) -> np.ndarray | None:
    """Return the cache, or None where it is missing or not what it should be."""
    try:
        array = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    if array.shape != shape or array.dtype != np.float32:
        return None
    end, stat = array.offset + array.nbytes, path.stat()
    if stat.st_size > end and not _unbroken(path, end, stat.st_mtime_ns):
        warnings.warn(
            f"{path} is damaged (its checksum is another): it is made again", stacklevel=3
        )
        return None
    return array


@lru_cache(maxsize=64)
def _unbroken(path: Path, end: int, mtime_ns: int) -> bool:
    """Return whether the line after the first `end` bytes of a file has their checksum."""
    with open(path, "rb") as file:
        return _line(file, end) == file.read()


def _line(file: IO[bytes], end: int) -> bytes:
    """Return the line for the first `end` bytes of a file, which is read up to there."""
    found = 0
    while end > 0 and (chunk := file.read(min(end, 1 << 20))):
        found = crc32(chunk, found)
        end -= len(chunk)
    return _LINE.format(found).encode()


def _compute(
    corpus: Corpus, settings: LogMelSettings, path: Path, shape: tuple[int, int, int], show: bool
) -> None:
    workers = os.cpu_count() or 1
    with (
        open(path, "w+b") as file,
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=len(corpus), unit="clip", desc="log-mel", disable=not show) as bar,
    ):
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        ahead: deque[Future[np.ndarray]] = deque()
        for start in range(0, len(corpus), _CHUNK_CLIPS):
            clips = np.arange(start, min(start + _CHUNK_CLIPS, len(corpus)))
            ahead.append(pool.submit(log_mel, corpus.audio(clips), settings))
            if len(ahead) > workers:
                bar.update(_append(file, ahead.popleft().result()))
        for future in ahead:
            bar.update(_append(file, future.result()))
        end = file.tell()
        file.seek(0)
        file.write(_line(file, end))


def _append(file: IO[bytes], part: np.ndarray) -> int:
    part.tofile(file)
    return len(part)
