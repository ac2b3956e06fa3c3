"""One shard: an HDF5 file of clips with their labels.

    audio (N, samples) int16        at the clip's level, 32,767 = 1
    classes (N, F) int64            class index per factor
    values (N, F) float64           what the classes stand for
    notes (N, K)                    compound: onset_sample, offset_sample, pitch, velocity
    peak (N,) float32               peak before it was brought to its level
    index (N,) int64                position in the factor space
    splits/NAME (N,) uint8          0 train, 1 validation, 2 test, for each split of the corpus

Data sets are contiguous, since random batches are read fastest from those. The same clips give
the same bytes: nothing in a shard depends on time, machine or worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..soundfonts.catalogue import file_sha256
from ..soundfonts.errors import DsoundsError
from ..synth.fluid import SAMPLE_RATE_HZ
from ..synth.render import Renderer, render_pcm
from ..synth.schedule import Schedule
from . import files
from .recipe import Recipe
from .space import FactorSpace

_CHUNK_CLIPS = 16  # 2 MB of sound: stays in the cache between rendering and writing


@dataclass(frozen=True)
class Job:
    """A shard to be made: clips `start` to `stop` of a corpus.

    index: (n,) their positions in the space; splits: name to (n,) parts.
    """

    path: Path
    start: int
    stop: int
    index: np.ndarray
    splits: dict[str, np.ndarray]
    recipe: Recipe
    recipe_text: str
    corpus_id: str


@dataclass(frozen=True)
class Labels:
    """Everything about some clips except their sound, derived from their positions."""

    index: np.ndarray
    classes: np.ndarray
    values: np.ndarray
    schedule: Schedule


def labels(recipe: Recipe, index: np.ndarray) -> Labels:
    """Labels of the clips at positions `index` (N,) of a recipe's space."""
    classes = recipe.space.classes(index)
    values = recipe.space.values(classes)
    return Labels(index, classes, values, recipe.schedule(values))


def write_part(job: Job, renderer: Renderer) -> Iterator[int]:
    """Render a shard into its `.part` file; yields the number of clips just written.

    Raises DsoundsError when it cannot be written (a full disk, say); no `.part` is left then.
    """
    try:
        with h5py.File(files.part(job.path), "w") as file:
            yield from _fill(file, job, renderer)
    except (OSError, RuntimeError) as error:
        raise files.failed(job.path, error) from None


def _fill(file: h5py.File, job: Job, renderer: Renderer) -> Iterator[int]:
    own = labels(job.recipe, job.index)
    count = len(job.index)
    file.attrs.update(
        corpus_id=job.corpus_id, start=job.start, stop=job.stop, recipe=job.recipe_text
    )
    audio = describe(file, job.recipe.space, own.classes, own.values, job.recipe.clip_samples)
    file.create_dataset("notes", data=own.schedule.notes)
    file.create_dataset("index", data=own.index)
    for name, parts in job.splits.items():
        file.create_dataset(f"splits/{name}", data=parts)
    peaks = np.empty(count, np.float32)
    buffer = np.empty((_CHUNK_CLIPS, job.recipe.clip_samples), np.int16)
    for start in range(0, count, _CHUNK_CLIPS):
        part = slice(start, min(start + _CHUNK_CLIPS, count))
        pcm, peaks[part] = render_pcm(renderer, own.schedule[part], buffer[: part.stop - start])
        audio.write_direct(pcm, dest_sel=part)
        yield part.stop - start
    file.create_dataset("peak", data=peaks)


def describe(
    file: h5py.File, space: FactorSpace, classes: np.ndarray, values: np.ndarray, clip_samples: int
) -> h5py.Dataset:
    """Write factors, classes and values of a shard. Returns its empty data set of audio."""
    file.attrs["factors"] = json.dumps(space.table())
    audio = file.create_dataset("audio", (len(classes), clip_samples), "<i2")
    audio.attrs.update(sample_rate_hz=SAMPLE_RATE_HZ, unit="1/32767 of full scale")
    for name, data in (("classes", classes), ("values", values)):
        file.create_dataset(name, data=data).attrs["factors"] = list(space.names)
    file["values"].attrs["units"] = [factor.unit for factor in space.factors]
    return audio


def finish(job: Job) -> dict[str, Any]:
    """Sync a rendered shard and give it its final name. Returns its entry of corpus.json."""
    try:
        files.commit(job.path)
    except OSError as error:
        raise files.failed(job.path, error) from None
    return entry(job)


def entry(job: Job) -> dict[str, Any]:
    """What corpus.json says of a finished shard."""
    return {
        "file": job.path.name,
        "start": job.start,
        "stop": job.stop,
        "bytes": job.path.stat().st_size,
        "sha256": file_sha256(job.path),
    }


def is_done(job: Job, recorded: dict[str, Any] | None = None) -> bool:
    """Whether the shard is there, as corpus.json recorded it if it did.

    Raises DsoundsError when the file is damaged, or belongs to another corpus.
    """
    if not job.path.exists():
        return False
    if recorded is not None and file_sha256(job.path) != recorded["sha256"]:
        raise DsoundsError(
            f"shard {job.path} is damaged: its sha256 is not the one in corpus.json; remove it "
            "and generate again"
        )
    try:
        with h5py.File(job.path, "r") as file:
            found = (file.attrs["corpus_id"], int(file.attrs["start"]), int(file.attrs["stop"]))
    except (OSError, KeyError) as error:
        raise DsoundsError(
            f"{job.path} is not a shard that can be read ({files.reason(error)}): it is damaged or "
            "foreign; move it away and generate again"
        ) from None
    if found != (job.corpus_id, job.start, job.stop):
        raise DsoundsError(f"{job.path} belongs to another corpus; choose another folder")
    return True
