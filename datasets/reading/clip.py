"""One clip of a corpus, as `corpus[number]` gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .corpus import Corpus


@dataclass(frozen=True)
class Clip:
    """One sound with its labels.

    Attributes
    ----------
    number
        The number of the clip in its corpus.
    audio
        (samples,) float32, -1 to 1.
    sample_rate_hz
        The sampling rate of the audio.
    names
        For each factor the value as people read it: "violin".
    values
        For each factor the value as a number, in the factor's unit.
    classes
        For each factor the class index.
    notes
        (K,) of dtype NOTE: onset_sample, offset_sample, pitch, velocity of the notes that are
        played, in order of time. The pitch is that of the key.
    """

    number: int
    audio: np.ndarray
    sample_rate_hz: int
    names: Mapping[str, str]
    values: Mapping[str, float]
    classes: Mapping[str, int]
    notes: np.ndarray

    def __repr__(self) -> str:
        told = ", ".join(f"{factor} {name}" for factor, name in self.names.items())
        seconds = len(self.audio) / self.sample_rate_hz
        return f"Clip({self.number}: {seconds:g} s, {len(self.notes)} notes, {told})"


def read_clips(corpus: Corpus, numbers: np.ndarray) -> list[Clip]:
    """Return clips by their numbers (n,), read at once."""
    classes, values = corpus.labels(numbers)
    audio, notes = corpus.audio(numbers), corpus.notes(numbers)
    factors = corpus.space.factors
    return [
        Clip(
            int(number),
            audio[n],
            corpus.sample_rate_hz,
            {f.name: f.names[c] for f, c in zip(factors, classes[n], strict=True)},
            {f.name: float(value) for f, value in zip(factors, values[n], strict=True)},
            {f.name: int(c) for f, c in zip(factors, classes[n], strict=True)},
            notes[n][notes[n]["velocity"] > 0],
        )
        for n, number in enumerate(numbers)
    ]
