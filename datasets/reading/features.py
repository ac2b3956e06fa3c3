"""Log-mel spectrograms of a whole corpus, computed once and kept beside it.

The cache is `features/<corpus id>-<settings key>.npy` in the corpus's folder, memory-mapped when it
is opened; in the cache folder for a corpus without one, or in one that cannot be written. A line
with a checksum follows the array (`storage.checksum_line`); it is checked when a process first
opens the file, and a damaged cache is named and computed again. A cache without that line, as the
first versions wrote it, is used with a warning.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
from tqdm import tqdm

from ...caches import cache_folder
from ...errors import DsoundsError
from ...synth.features import LogMelSettings, log_mel
from ..storage import atomic_files, checksum_line
from ..storage.note_cache import make_cache_folder
from .corpus import Corpus

_CHUNK_CLIPS = 32
_FOLDER, _KIND = "features", "features"


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
    name = f"{corpus.id}-{settings.key}.npy"
    shape = (len(corpus), settings.frames(corpus.clip_samples), settings.bands)
    for folder in _folders(corpus):
        cached = _open(folder / name, shape)
        if cached is not None:
            return cached
        if _can_write(folder):
            break
    path = folder / name
    make_cache_folder(folder)
    with atomic_files.exclusive_lock(folder, wait=True):
        if _open(path, shape) is None:  # nobody else made it meanwhile
            with atomic_files.atomic_write(path) as place:
                _compute(corpus, settings, place, shape, progress)
    cached = _open(path, shape)
    assert cached is not None
    return cached


def damaged_features(corpus: Corpus) -> list[str]:
    """Return which caches of a corpus are damaged: all bytes are read; [] where none is."""
    return [
        f"{path} is damaged: it is made again when it is next read, or remove it"
        for folder in _folders(corpus)
        for path in sorted(folder.glob(f"{corpus.id}-*.npy"))
        if not checksum_line.examine(path, _KIND) and not _unsealed(path)
    ]


def _folders(corpus: Corpus) -> Iterator[Path]:
    """Yield the folders where a cache may be, the one that is preferred first."""
    if corpus.folder is not None:
        yield corpus.folder / _FOLDER
    yield cache_folder() / _FOLDER


def _can_write(folder: Path) -> bool:
    try:
        atomic_files.make_folder(folder)
    except DsoundsError:
        return False
    return True


def _open(path: Path, shape: tuple[int, int, int]) -> np.ndarray | None:
    """Return the cache, or None where it is missing or not what it should be."""
    try:
        return _checked(path, shape) if path.is_file() else None
    except OSError:
        return None  # a file of another user, say


def _checked(path: Path, shape: tuple[int, int, int]) -> np.ndarray | None:
    """Return the cache, or None, with a warning, where it is damaged."""
    if not checksum_line.unbroken(path, _KIND):
        if not _unsealed(path):
            warnings.warn(
                f"{path} is damaged (its checksum is another): it is made again", stacklevel=4
            )
            return None
        warnings.warn(
            f"{path} is of an earlier version and has no checksum, so damage to it would not be "
            "noticed: remove it, and it is made again with one",
            stacklevel=4,
        )
    array: np.ndarray = np.load(path, mmap_mode="r")
    return array if array.shape == shape and array.dtype == np.float32 else None


def _unsealed(path: Path) -> bool:
    """Return whether a file ends with its array, as the first versions wrote it."""
    try:
        array = np.load(path, mmap_mode="r")
        return bool(array.offset + array.nbytes == path.stat().st_size)
    except Exception:  # a damaged header may raise anything
        return False


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
        checksum_line.append(file, _KIND)


def _append(file: IO[bytes], part: np.ndarray) -> int:
    part.tofile(file)
    return len(part)
