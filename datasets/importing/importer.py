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

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tqdm import tqdm

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...synth.music.schedule import NOTE
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ...synth.rendering.pcm import normalise
from ..documents import write
from ..factors.space import FactorSpace
from ..factors.splits import PARTS
from ..storage import atomic_files, hdf5, shard
from ..storage import manifest as manifests
from ..storage.destination import check_space, new_folder, refuse_existing
from ..storage.formats import identity
from ..symbols.vocabulary import vocabulary_of
from . import recordings_csv
from .copies import Copies, copies_lines, copies_of, named
from .labels import Recording, check, space_of
from .segment_plan import BY_UNIT, GIVEN, ImportSettings, Segment, segments, silent_pieces
from .segments import RESAMPLER, Confidence, Measured, load, measure, pyin_confidence


@dataclass(frozen=True)
class Imported:
    """The result of an import.

    Attributes
    ----------
    short
        The number of recordings shorter than a clip.
    dropped
        The number of clips with too low a pitch confidence.
    confidence
        The median of all whole clips, dropped ones too; None where none was measured.
    parts
        The number of clips in each part.
    short_files
        The names of the recordings shorter than a clip.
    silent
        The number of silent clips of each recording that has some, by its name.
    cancelling
        The names of those whose channels sound and cancel each other.
    silence_dbfs
        The level below which clips counted as silent.
    copies
        The recordings that have a clip of one and the same sound.
    """

    folder: Path
    clips: int
    recordings: int
    short: int
    dropped: int
    confidence: float | None
    parts: dict[str, int]
    short_files: tuple[str, ...]
    silent: dict[str, int]
    cancelling: tuple[str, ...]
    silence_dbfs: float
    copies: tuple[Copies, ...]

    def summary(self) -> str:
        """Return what was done, as lines for a terminal."""
        sure = "" if self.confidence is None else f" (the median of all is {self.confidence:.2f})"
        lines = [
            f"{self.clips:,} clips of {self.recordings:,} recordings in {self.folder}; dropped: "
            f"{self.dropped:,} clips with a lower pitch confidence{sure}, "
            f"{sum(self.silent.values()):,} silent clips (below {self.silence_dbfs:g} dBFS), "
            f"{self.short:,} recordings shorter than a clip",
            ", ".join(f"{clips:,} {part}" for part, clips in self.parts.items()),
        ]
        if self.silent:
            lines.append(f"silent: {named([*map(self._silence, self.silent)])}")
        if self.short_files:
            lines.append(f"shorter than a clip: {named(self.short_files)}")
        return "\n".join([*lines, *copies_lines(self.copies)])

    def _silence(self, file: str) -> str:
        clips = self.silent[file]
        why = ": its channels cancel each other" if file in self.cancelling else ""
        return f"{file} ({clips:,} clip{'s' * (clips > 1)}{why})"


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
        wanted = _describe(clips, settings, listen, choice, shard_size, any(silent))
        entries = list(_shards(place, wanted, clips, progress))
        manifests.write(place, replace(wanted, shards=entries))
        write.write_documents(place)
    return _result(out, taken, measured, clips, silent, settings)


def _result(
    out: Path,
    taken: list[Recording],
    measured: list[Measured],
    clips: list[Segment],
    silent: list[int],
    settings: ImportSettings,
) -> Imported:
    every = [sure for one in measured for sure in one.confidences]
    short = [one.file for one, found in zip(taken, measured, strict=True) if not found.confidences]
    return Imported(
        folder=out,
        clips=len(clips),
        recordings=len(taken),
        short=len(short),
        dropped=len(every) - len(clips) - sum(silent),
        confidence=float(np.median(every)) if settings.confidence > 0 else None,
        parts={part: sum(one.part == part for one in clips) for part in PARTS},
        short_files=tuple(short),
        silent={one.file: count for one, count in zip(taken, silent, strict=True) if count},
        cancelling=tuple(
            one.file for one, found in zip(taken, measured, strict=True) if found.cancels
        ),
        silence_dbfs=settings.silence_dbfs,
        copies=copies_of([(one.recording, one.sound_sha256) for one in clips]),
    )


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


def _describe(
    clips: list[Segment],
    settings: ImportSettings,
    listen: Confidence | None,
    choice_sha256: str,
    shard_size: int,
    silence: bool,
) -> manifests.Manifest:
    """Return the manifest of an imported corpus, without shards.

    The level of silence is part of it only where it dropped a clip: otherwise the corpus is the
    one that versions without that level made.
    """
    own = asdict(settings)
    if not silence:
        del own["silence_dbfs"]
    tools = {
        "table": recordings_csv.FORMAT,
        "resampler": f"{RESAMPLER} {metadata.version('soxr')}",
        "tracker": "none" if listen is None else listen.__qualname__,
    }
    libraries = ("dsounds", "numpy", "h5py", "librosa", "soxr", "soundfile")
    space = space_of(one.recording for one in clips)
    manifest = manifests.Manifest(
        recipe={"kind": manifests.RECORDINGS, **own, **tools},
        renderer="none",
        fluidsynth="none",
        soundfont_sha256="",
        choice_sha256=choice_sha256,
        clips=len(clips),
        clip_samples=settings.length,
        sample_rate_hz=SAMPLE_RATE_HZ,
        shard_size=shard_size,
        factors=space.table(),
        symbols=vocabulary_of(space).table(),
        splits=[GIVEN if clips[0].recording.part else BY_UNIT],
        versions={name: metadata.version(name) for name in libraries},
        id="",
    )
    return replace(manifest, id=identity(manifest))


def _shards(
    folder: Path, wanted: manifests.Manifest, clips: list[Segment], progress: bool
) -> Iterator[dict[str, Any]]:
    """Write the shards, and yield the entry of each for corpus.json."""
    with tqdm(total=len(clips), unit="clip", desc="clips", disable=not progress) as bar:
        for number, start in enumerate(range(0, len(clips), wanted.shard_size)):
            own = clips[start : start + wanted.shard_size]
            classes = _classes(wanted.space, own)
            job = shard.Job(
                path=folder / manifests.shard_name(number),
                start=start,
                stop=start + len(own),
                index=wanted.space.index(classes),
                splits={
                    wanted.splits[0]: np.array([PARTS.index(one.part) for one in own], np.uint8)
                },
                manifest=wanted,
            )
            with hdf5.create(atomic_files.temporary_path(job.path)) as file:
                _fill(file, job, classes, own)
            yield shard.finish(job)
            bar.update(len(own))


def _classes(space: FactorSpace, clips: list[Segment]) -> np.ndarray:
    """Return the class indices of clips by their labels: (n, F) int64."""
    columns = [
        [factor.class_of(one.recording.labels[factor.name]) for one in clips]
        for factor in space.factors
    ]
    return np.array(columns, np.int64).T


def _fill(file: h5py.File, job: shard.Job, classes: np.ndarray, clips: list[Segment]) -> None:
    manifest = job.manifest
    file.attrs.update(
        corpus_id=manifest.id,
        start=job.start,
        stop=job.stop,
        recipe=json.dumps(manifest.portable_recipe()),
    )
    values = manifest.space.values(classes)
    audio = shard.describe(file, manifest, classes, values)
    file.create_dataset("notes", (len(clips), 0), NOTE)
    file.create_dataset("index", data=job.index)
    for name, parts in job.splits.items():
        file.create_dataset(f"splits/{name}", data=parts)
    sure = np.array([one.confidence for one in clips], np.float32)
    file.create_dataset("confidence", data=sure)
    peaks = np.zeros(len(clips), np.float32)
    for row, (pcm, peak) in enumerate(_sound(clips, manifest.clip_samples)):
        audio[row], peaks[row] = pcm, peak
    file.create_dataset("peak", data=peaks)


def _sound(clips: list[Segment], length: int) -> Iterator[tuple[np.ndarray, np.float32]]:
    """Yield each clip, (samples,) int16, with the peak that it had; a recording is read once."""
    for path, own in groupby(clips, lambda one: one.recording.path):
        sound = load(path)
        for one in own:
            piece = sound[one.start_sample : one.start_sample + length].copy()
            level = float(np.abs(piece).max(initial=0)) / one.full_scale if one.full_scale else 1.0
            if len(piece) != length or level > 1:
                raise DsoundsError(f"recording {path} has changed while it was imported")
            pcm = np.empty(length, np.int16)
            yield pcm, normalise(piece, pcm, level)
