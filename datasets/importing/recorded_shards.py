"""The corpus of an import: its manifest, and shards as those of any corpus.

The manifest's recipe names what decided the clips in place of how they were rendered. The sound of
clips is read again here, one recording at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tqdm import tqdm

from ...errors import DsoundsError
from ...synth.music.schedule import NOTE
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ...synth.rendering.pcm import normalise
from ..factors.space import FactorSpace
from ..factors.splits import PARTS
from ..storage import atomic_files, hdf5, shard
from ..storage import manifest as manifests
from ..storage.formats import identity
from ..symbols.vocabulary import vocabulary_of
from . import recordings_csv
from .labels import space_of
from .segment_plan import BY_UNIT, GIVEN, ImportSettings, Segment
from .segments import RESAMPLER, Confidence, load


def describe(
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


def write_shards(
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
