"""Log-mel spectrograms of a whole corpus, computed once and kept beside it.

The cache is `features/<corpus id>-<settings key>.npy`, memory-mapped when it is opened.
"""

from __future__ import annotations

import os
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..synth.features import LogMelSettings, log_mel
from . import files
from .corpus import Corpus

_CHUNK_CLIPS = 32


def features(
    corpus: Corpus, settings: LogMelSettings | None = None, progress: bool = False
) -> np.ndarray:
    """Log-mel spectrograms of all clips: (N, frames, bands) float32, memory-mapped, read-only.

    Raises DsoundsError when the cache cannot be written.
    """
    settings = settings or LogMelSettings()
    path = corpus.folder / "features" / f"{corpus.id}-{settings.key}.npy"
    shape = (len(corpus), settings.frames(corpus.clip_samples), settings.bands)
    cached = _open(path, shape)
    if cached is None:
        files.make_folder(path.parent)
        with files.whole(path) as place:
            _compute(corpus, settings, place, shape, progress)
        cached = _open(path, shape)
        assert cached is not None
    return cached


def _open(path: Path, shape: tuple[int, int, int]) -> np.ndarray | None:
    """The cache, or None where it is missing or not what it should be."""
    try:
        array = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return array if array.shape == shape and array.dtype == np.float32 else None


def _compute(
    corpus: Corpus, settings: LogMelSettings, path: Path, shape: tuple[int, int, int], show: bool
) -> None:
    chunks = [
        np.arange(start, min(start + _CHUNK_CLIPS, len(corpus)))
        for start in range(0, len(corpus), _CHUNK_CLIPS)
    ]
    with (
        open(path, "wb") as file,
        ThreadPool(os.cpu_count()) as pool,
        tqdm(total=len(corpus), unit="clip", desc="log-mel", disable=not show) as bar,
    ):
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        sounds = (corpus.audio(chunk) for chunk in chunks)  # read here: h5py is not threaded
        for part in pool.imap(lambda sound: log_mel(sound, settings), sounds):
            part.tofile(file)
            bar.update(len(part))
