"""One HDF5 file in the layout of the MSD benchmark (Multi-factor Sequential Disentanglement).

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
dMelodies. That one is otherwise: tonic, octave and scale are dynamic there and the instrument alone
is static (`dynamic` calls them so here), clips are of 3 s (two bars at 160 beats a minute; at 120
they have 4 s), and of one bar: rhythm_bar1, arp_chord1 and arp_chord2.

`data` is sound by default: MSD's own audio corpus gives its models sound from -1 to 1 as well,
whose mel spectrogram they compute themselves, and from sound everything else can be made. Log-mel
is for models that want frames.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...settings import settings
from ...synth.features import LogMelSettings, log_mel
from ..factors.space import FactorSpace
from ..storage import hdf5
from ..storage.destination import check_space
from .export_format import ExportFormat
from .selection import Selection

Features = Literal["audio", "log-mel"]
_INDICES = ("train_indices", "val_indices", "test_indices")  # in the order of splits.PARTS


@settings
class MsdSettings:
    """What an msd file holds."""

    features: Features = "audio"
    """what data holds: sound, or log-mel spectrograms"""
    dynamic: tuple[str, ...] = ()
    """factors that are called dynamic though they hold for the whole clip: tonic octave scale, as
    in MSD's own dMelodies"""


def classes_table(space: FactorSpace, dynamic: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Return the content of the attribute `classes`, with these factors among the dynamic ones."""
    for name in dynamic:
        space.column(name)  # raises where there is no such factor
    return {
        factor.name: {
            "index": column,
            "type": "dynamic" if factor.name in dynamic else factor.kind,
            "n_classes": len(factor),
            "ignore": len(factor) == 1,
            "values": {name: number for number, name in enumerate(factor.names)},
        }
        for column, factor in enumerate(space.factors)
    }


def write(
    selection: Selection,
    place: Path,
    features: Features = "audio",
    dynamic: Sequence[str] = (),
) -> None:
    """Write the file `place`."""
    corpus, mel = selection.corpus, LogMelSettings()
    shape: tuple[int, ...] = (corpus.clip_samples,)
    if features == "log-mel":
        shape = (mel.frames(corpus.clip_samples), mel.bands)
    check_space(place, len(selection) * math.prod(shape) * 4)
    with hdf5.create(place) as file:
        file.attrs["classes"] = json.dumps(classes_table(corpus.space, dynamic))
        file.attrs.update(corpus_id=corpus.id, split=selection.split)
        data = file.create_dataset("data", (len(selection), *shape), "<f4")
        data.attrs.update(features=features, sample_rate_hz=corpus.sample_rate_hz)
        labels = file.create_dataset("labels", (len(selection), len(corpus.space.names)), "<i8")
        parts = selection.parts()
        for number, name in enumerate(_INDICES):
            file.create_dataset(name, data=np.flatnonzero(parts == number).astype("<i8"))
        for clips in selection.batches():
            rows = slice(clips[0] - selection.start, clips[-1] + 1 - selection.start)
            audio = corpus.audio(clips)
            data[rows] = audio if features == "audio" else log_mel(audio, mel)
            labels[rows] = corpus.labels(clips)[0]


FORMAT = ExportFormat("file", write, MsdSettings)
