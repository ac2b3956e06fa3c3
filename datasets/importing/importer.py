"""A folder of labelled recordings as a corpus: `dsounds import`.

Recordings are brought to mono and 16 kHz, cut into clips of one length, and levelled; silent clips
are dropped, and those in which a pitch tracker is not sure of a pitch. The result is read as any
corpus is, but has nothing that needs a recipe: notes, frames, MIDI, counterfactuals. It is
identified by the settings, the recordings' sha256, their labels and the clips taken
(`recordings_csv.py`).

Recordings are read twice: to measure them, and, when it is known which clips are kept and how loud
their group is, to write them. One recording at a time is in memory.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from ...errors import DsoundsError
from ...hashing import file_sha256
from ..documents import write
from ..storage import manifest as manifests
from ..storage.destination import check_space, new_folder, refuse_existing
from . import recordings_csv
from .imported import Imported, result_of
from .labels import Recording, check
from .recorded_shards import describe, write_shards
from .segment_plan import ImportSettings, segments, silent_pieces
from .segments import Confidence, Measured, measure, pyin_confidence


def import_recordings(
    recordings: Sequence[Recording],
    out: str | Path,
    settings: ImportSettings | None = None,
    confidence: Confidence = pyin_confidence,
    workers: int = 1,
    shard_size: int = 1000,
    progress: bool = False,
) -> Imported:
    """Make a corpus of recordings in the new folder `out`.

    Parameters
    ----------
    recordings
        The recordings.
    out
        The new folder.
    settings
        How recordings become clips; the defaults when None.
    confidence
        Called with each clip, unless `settings.confidence` is 0.
    workers
        The number of processes that measure.

    Raises
    ------
    DsoundsError
        If `out` exists or cannot be written, if a recording is missing or damaged, or if no clip is
        left.
    """
    out, settings, taken = Path(out), settings or ImportSettings(), list(recordings)
    _check(taken, settings, workers, shard_size)
    refuse_existing(out)
    listen = confidence if settings.confidence > 0 else None
    measured = _measure(taken, settings, listen, workers, progress)
    clips = segments(taken, measured, settings)
    check_space(out, len(clips) * settings.length * 2)
    with new_folder(out) as place:
        names = tuple(clips[0].recording.labels)
        recordings_csv.write(place / recordings_csv.FILE, clips, names)
        choice = file_sha256(place / recordings_csv.FILE)
        silent = silent_pieces(taken, measured, settings)
        wanted = describe(clips, settings, listen, choice, shard_size, any(silent))
        entries = list(write_shards(place, wanted, clips, progress))
        manifests.write(place, replace(wanted, shards=entries))
        write.write_documents(place)
    return result_of(out, taken, measured, clips, silent, settings)


def _check(taken: list[Recording], settings: ImportSettings, workers: int, shard_size: int) -> None:
    if workers < 1 or shard_size < 1:
        raise DsoundsError(f"workers is {workers}, shard size {shard_size}: at least 1 is needed")
    if not taken:
        raise DsoundsError("there is no recording to import")
    check(taken)
    if settings.normalise == "group" and not all(one.group for one in taken):
        raise DsoundsError(
            "normalise is group, but some recordings have none: a column 'group' is needed"
        )


def _measure(
    taken: list[Recording],
    settings: ImportSettings,
    listen: Confidence | None,
    workers: int,
    progress: bool,
) -> list[Measured]:
    job = partial(
        measure,
        length=settings.length,
        hop=settings.hop,
        confidence=listen,
        silence_dbfs=settings.silence_dbfs,
    )
    paths = [one.path for one in taken]
    bar = partial(tqdm, total=len(paths), unit="recording", desc="measured", disable=not progress)
    if min(workers, len(paths)) == 1:
        return list(bar(map(job, paths)))
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(min(workers, len(paths)), mp_context=context) as pool:
            return list(bar(pool.map(job, paths)))
    except BrokenProcessPool:
        raise DsoundsError(
            "a worker was killed (out of memory?): run the same command again, with fewer workers"
        ) from None
