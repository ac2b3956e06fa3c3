"""One shard: an HDF5 file of clips with their labels.

    audio (N, samples) int16        at the clip's level, 32,767 = 1
    classes (N, F) int64            class index per factor
    values (N, F) float64           what the classes stand for
    notes (N, K)                    compound: onset_sample, offset_sample, pitch, velocity
    peak (N,) float32               peak before it was brought to its level
    index (N,) int64                position in the factor space
    splits/NAME (N,) uint8          0 train, 1 validation, 2 test, for each split of the corpus

Data sets are contiguous, since random batches are read fastest from those. The same clips give the
same bytes: nothing in a shard depends on time, machine or worker. The file ends with a line of
text, its checksum trailer (`checksum.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ...errors import DsoundsError
from ...synth.music.schedule import Schedule
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ...synth.rendering.render import Renderer, render_pcm
from ..recipes.base import Recipe
from . import atomic_files, checksum, hdf5
from .manifest import Manifest

_SMALL_BYTES = 64 * 1024  # of headers and attributes; an empty shard has some 20,000
_CHUNK_CLIPS = 16  # 2 MB of sound: stays in the cache between rendering and writing


@dataclass(frozen=True)
class Job:
    """A shard to be made: clips `start` to `stop` of a corpus.

    `index` has their (n,) positions in the space, `splits` the name of each split with (n,) parts.
    `manifest` is that of the corpus, without shards; `sha256` is what the file must have, where it
    is known.
    """

    path: Path
    start: int
    stop: int
    index: np.ndarray
    splits: dict[str, np.ndarray]
    manifest: Manifest
    sha256: str | None = None


@dataclass(frozen=True)
class Labels:
    """All labels of some clips, without their sound, derived from their positions."""

    index: np.ndarray
    classes: np.ndarray
    values: np.ndarray
    schedule: Schedule


def labels(recipe: Recipe, index: np.ndarray) -> Labels:
    """Return the labels of the clips at positions `index` (N,) of a recipe's space."""
    classes = recipe.space.classes(index)
    values = recipe.space.values(classes)
    return Labels(index, classes, values, recipe.schedule(values))


def write_part(job: Job, own: Labels, renderer: Renderer) -> Iterator[int]:
    """Render a shard into its `.part` file; yield the number of clips just written.

    `own` are the labels of the job's clips. A file that cannot be written (a full disk, say) raises
    DsoundsError. No `.part` is left where it was not finished.
    """
    place = atomic_files.temporary_path(job.path)
    try:
        with hdf5.create_reserved(place, _size(job, own)) as file:
            yield from _fill(file, job, own, renderer)
    except (OSError, RuntimeError) as error:
        raise atomic_files.failed(job.path, error) from None
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def _size(job: Job, own: Labels) -> int:
    """Return how many bytes a shard takes at most."""
    count, manifest = len(job.index), job.manifest
    arrays = (own.classes, own.values, own.schedule.notes, job.index, *job.splits.values())
    clip = 2 * manifest.clip_samples + len(manifest.symbols) + np.dtype(np.float32).itemsize
    texts = (manifest.portable_recipe(), manifest.factors, manifest.symbols)
    return count * clip + sum(a.nbytes for a in arrays) + len(json.dumps(texts)) + _SMALL_BYTES


def _fill(file: h5py.File, job: Job, own: Labels, renderer: Renderer) -> Iterator[int]:
    count, manifest = len(job.index), job.manifest
    file.attrs.update(
        corpus_id=manifest.id,  # in the first bytes of the file: see `shard_state`
        start=job.start,
        stop=job.stop,
        recipe=json.dumps(manifest.portable_recipe()),
    )
    audio = describe(file, manifest, own.classes, own.values)
    file.create_dataset("notes", data=own.schedule.notes)
    file.create_dataset("index", data=own.index)
    for name, parts in job.splits.items():
        file.create_dataset(f"splits/{name}", data=parts)
    peaks = np.empty(count, np.float32)
    buffer = np.empty((_CHUNK_CLIPS, manifest.clip_samples), np.int16)
    for start in range(0, count, _CHUNK_CLIPS):
        part = slice(start, min(start + _CHUNK_CLIPS, count))
        pcm, peaks[part] = render_pcm(renderer, own.schedule[part], buffer[: part.stop - start])
        audio.write_direct(pcm, dest_sel=part)
        yield part.stop - start
    file.create_dataset("peak", data=peaks)


def describe(
    file: h5py.File, manifest: Manifest, classes: np.ndarray, values: np.ndarray
) -> h5py.Dataset:
    """Write factors, labels and concepts of a shard, and return its empty data set of audio."""
    space = manifest.space
    file.attrs["factors"] = json.dumps(manifest.factors)
    audio = file.create_dataset("audio", (len(classes), manifest.clip_samples), "<i2")
    audio.attrs.update(sample_rate_hz=SAMPLE_RATE_HZ, unit="1/32767 of full scale")
    for name, data in (("classes", classes), ("values", values)):
        file.create_dataset(name, data=data).attrs["factors"] = list(space.names)
    concepts = file.create_dataset("concepts", data=manifest.vocabulary.khot(classes))
    concepts.attrs["vocabulary"] = json.dumps(manifest.symbols)
    file["values"].attrs["units"] = [factor.unit for factor in space.factors]
    return audio


def finish(job: Job) -> dict[str, Any]:
    """Append the trailer to a shard, sync and name its file, and return its entry of corpus.json.

    DsoundsError is raised if that is not possible, or if the file is not the one it must be; the
    file that had its name before stays then.
    """
    place = atomic_files.temporary_path(job.path)
    try:
        sha256 = checksum.close(place, job.manifest.id, job.start, job.stop)
        size = place.stat().st_size
        if job.sha256 not in (None, sha256):
            place.unlink()
            raise DsoundsError(
                f"{job.path.name} made again has another sha256 than in corpus.json: the corpus "
                f"was made with {_versions(job.manifest)}"
            )
        atomic_files.commit(job.path)
    except OSError as error:
        raise atomic_files.failed(job.path, error) from None
    return entry(job.path, job.start, job.stop, size, sha256)


def _versions(manifest: Manifest) -> str:
    own = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    return f"{own} (are others installed here?)"


def entry(path: Path, start: int, stop: int, size: int, sha256: str) -> dict[str, Any]:
    """Return what corpus.json says of a finished shard."""
    return {"file": path.name, "start": start, "stop": stop, "bytes": size, "sha256": sha256}
