"""The HDF5 layout of the MSD benchmark (Multi-factor Sequential Disentanglement).

    data (N, samples) float32, or (N, frames, bands) float32     the sequences
    labels (N, F) int64                                          class index per factor
    train_indices, val_indices, test_indices (n,) int64          rows of each part, ascending
    attribute classes: JSON text, for each factor
        index     its column of labels
        type      "static" or "dynamic"
        n_classes how many values it has
        ignore    true where it has only one, so that there is nothing to tell apart
        values    name of each value to its class index

Source of the layout: docs/datasets.md of the MSD-Benchmark repository, "HDF5 File Format", whose
`Hdf5Reader` takes sequences N x T x D.

A dynamic factor has one label per clip here (which rhythm the first bar has), as in MSD's own
dMelodies. `data` is sound by default: MSD's own audio corpus gives its models sound from -1 to 1
as well, whose mel spectrogram they compute themselves, and from sound everything else can be made.
Log-mel is for models that want frames.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ...errors import DsoundsError, suggestion
from ...synth.features import LogMelSettings, log_mel
from ..factors.space import FactorSpace
from ..storage import hdf5
from ..storage.destination import check_space, new_file
from .selection import Selection

Features = Literal["audio", "log-mel"]
_INDICES = ("train_indices", "val_indices", "test_indices")  # in the order of splits.PARTS


def classes_table(space: FactorSpace) -> dict[str, dict[str, Any]]:
    """The content of the attribute `classes`."""
    return {
        factor.name: {
            "index": column,
            "type": factor.kind,
            "n_classes": len(factor),
            "ignore": len(factor) == 1,
            "values": {name: number for number, name in enumerate(factor.names)},
        }
        for column, factor in enumerate(space.factors)
    }


def write(
    choice: Selection, out: Path, features: Features = "audio", progress: bool = False
) -> None:
    """Write the file `out`. Raises DsoundsError when it exists or cannot be written."""
    if features not in get_args(Features):
        raise DsoundsError(
            f"unknown features {features!r}{suggestion(features, get_args(Features))}: "
            f"{', '.join(get_args(Features))} are allowed"
        )
    corpus, settings = choice.corpus, LogMelSettings()
    shape: tuple[int, ...] = (corpus.clip_samples,)
    if features == "log-mel":
        shape = (settings.frames(corpus.clip_samples), settings.bands)
    check_space(out, len(choice) * math.prod(shape) * 4)
    with new_file(out) as place, hdf5.create(place) as file:
        file.attrs["classes"] = json.dumps(classes_table(corpus.space))
        file.attrs.update(corpus_id=corpus.id, split=choice.split)
        data = file.create_dataset("data", (len(choice), *shape), "<f4")
        data.attrs.update(features=features, sample_rate_hz=corpus.sample_rate_hz)
        labels = file.create_dataset("labels", (len(choice), len(corpus.space.names)), "<i8")
        parts = choice.parts()
        for number, name in enumerate(_INDICES):
            file.create_dataset(name, data=np.flatnonzero(parts == number).astype("<i8"))
        for clips in choice.batches(progress):
            rows = slice(clips[0] - choice.start, clips[-1] + 1 - choice.start)
            audio = corpus.audio(clips)
            data[rows] = audio if features == "audio" else log_mel(audio, settings)
            labels[rows] = corpus.labels(clips)[0]
