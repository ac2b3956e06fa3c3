"""A NumPy archive with the keys of dSprites.

    audio (N, samples) int16           in place of imgs; 32,767 is full scale
    latents_classes (N, F) int64       class index per factor
    latents_values (N, F) float64      what the classes stand for
    index (N,) int64                   position in the factor space
    dmelodies_index (N,) int64         of dmelodies: row in the official table of dMelodies
    splits_NAME (N,) uint8             0 train, 1 validation, 2 test
    metadata ()                        JSON text: json.loads(str(archive["metadata"]))

Source of the layout: the README of dSprites, which has a pickled dictionary as its metadata; text
is as good and can do no harm, so the archive opens without allow_pickle. The same clips give the
same bytes.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..reading.corpus import Corpus
from ..recipes.melodies import dmelodies_index
from ..storage.destination import check_space
from .export_format import ExportFormat
from .selection import Selection


def metadata(corpus: Corpus) -> dict[str, Any]:
    """Return what `metadata` holds: the keys of dSprites, and what sound needs."""
    factors = corpus.space.factors
    return {
        "title": f"dsounds {corpus.manifest.recipe['kind']}",
        "description": "Sequences of sound whose factors of variation are known.",
        "version": corpus.manifest.versions["dsounds"],
        "latents_names": [factor.name for factor in factors],
        "latents_sizes": [len(factor) for factor in factors],
        "latents_possible_values": {factor.name: list(factor.values) for factor in factors},
        "latents_value_names": {factor.name: list(factor.names) for factor in factors},
        "latents_kinds": {factor.name: factor.kind for factor in factors},
        "latents_units": {factor.name: factor.unit for factor in factors},
        "sample_rate_hz": corpus.sample_rate_hz,
        "corpus_id": corpus.id,
        "recipe": corpus.manifest.portable_recipe(),
    }


def write(selection: Selection, place: Path) -> None:
    """Write the file `place`."""
    corpus = selection.corpus
    silent = replace(selection, progress=False)  # one bar will do, that of the sound
    factors = len(corpus.space.names)
    text = np.array(json.dumps(metadata(corpus)))
    check_space(place, len(selection) * corpus.clip_samples * 2)
    with zipfile.ZipFile(place, "w", allowZip64=True) as archive:

        def column(
            name: str, dtype: str, width: tuple[int, ...], read: Callable[[np.ndarray], np.ndarray]
        ) -> None:
            shown = selection if name == "audio" else silent
            parts = (read(clips) for clips in shown.batches())
            append(archive, name, dtype, (len(selection), *width), parts)

        column("audio", "<i2", (corpus.clip_samples,), corpus.pcm)
        column("latents_classes", "<i8", (factors,), lambda clips: corpus.labels(clips)[0])
        column("latents_values", "<f8", (factors,), lambda clips: corpus.labels(clips)[1])
        column("index", "<i8", (), lambda clips: corpus.source.rows("index", clips))
        if dmelodies_index(corpus.space, corpus.labels([0])[0]) is not None:
            column("dmelodies_index", "<i8", (), lambda clips: _official(corpus, clips))
        for split in selection.splits:
            append(
                archive, f"splits_{split}", "|u1", (len(selection),), iter([selection.parts(split)])
            )
        append(archive, "metadata", text.dtype.str, (), iter([text]))


def _official(corpus: Corpus, clips: np.ndarray) -> np.ndarray:
    found = dmelodies_index(corpus.space, corpus.labels(clips)[0])
    assert found is not None
    return found


def append(
    archive: zipfile.ZipFile,
    name: str,
    dtype: str,
    shape: tuple[int, ...],
    parts: Iterator[np.ndarray],
) -> None:
    """Add an array to the archive, part by part: it is never in memory as a whole."""
    entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))  # no date: the same bytes always
    with archive.open(entry, "w", force_zip64=True) as file:
        header = {"descr": dtype, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part, dtype).tobytes())


FORMAT = ExportFormat("file", write)
