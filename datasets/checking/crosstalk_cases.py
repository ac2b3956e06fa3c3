"""The operators and the corpora of the table of cross-talk: every factor is in one of the corpora.

Values are such that each factor can be measured. Levels beside velocities cannot, so they are in
two corpora of melodies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...synth.operators import (
    AddNoise,
    Gain,
    HighPass,
    LowPass,
    Mix,
    Normalise,
    Operator,
    Reverberate,
    Shelf,
    Stretch,
    Tilt,
    Transpose,
    Velocity,
)
from ..reading.corpus import Corpus
from ..reading.opening import open_corpus
from ..recipes.base import Recipe
from ..recipes.dmelodies import DMelodies
from ..recipes.registry import load_recipe
from ..recipes.sinusoids import Sinusoids
from .crosstalk import Pair, crosstalk

_CLIPS = 24  # of a corpus, from which those are taken that are measured


@dataclass(frozen=True)
class Case:
    """A corpus and what is done to it: how far it is stretched, where filters cut."""

    recipe: Callable[[], Recipe]
    stretch: float
    low_pass_hz: float = 1000
    high_pass_hz: float = 1000

    def operators(self, corpus: Corpus, clips: np.ndarray) -> list[Operator]:
        """Return one operator of each kind, or two, for clips (n,); others are mixed with them."""
        other = corpus.audio((clips + len(clips)) % len(corpus))
        return [
            Transpose(2),
            Velocity(-20),
            Stretch(self.stretch),
            Gain(-6),
            Normalise(-3),
            AddNoise(20, 1),
            AddNoise(0, 1, "pink"),
            Mix(other, 6),
            LowPass(self.low_pass_hz),
            HighPass(self.high_pass_hz),
            Shelf(1000, 5),
            Tilt(3),
            Tilt(-6, 200),
            Reverberate(),
            Reverberate(0.8, 0, 0.8),
        ]

    def pairs(self, count: int) -> list[Pair]:
        """Return the cross-talk of all operators and factors in `count` clips."""
        corpus, clips = open_corpus(self.recipe()), np.arange(count)
        return crosstalk(corpus, self.operators(corpus, clips), clips)


def _sinusoids(level: int) -> Sinusoids:
    recipe = load_recipe(f"sinusoids-{level}")
    assert isinstance(recipe, Sinusoids)
    return replace(recipe, count=_CLIPS)


def _tones() -> Recipe:
    return replace(
        _sinusoids(2), pitches=(48, 52), tilts=(-6, -3), hnrs=(30, 24),
        attacks=(0.032, 0.128), decays=(2, 4), odd_evens=(-12, 0), levels=(-27, -21),
    )  # fmt: skip


def _moving() -> Recipe:
    return _sinusoids(3)


def _phrases() -> Recipe:
    return replace(
        _sinusoids(4), pitches=(48, 60), tilts=(-6, -3),
        notes=(4, 5, 6), densities=(2, 2.5), levels=(-40, -30),
    )  # fmt: skip


_MELODY = DMelodies(
    count=_CLIPS, tonics=("C", "D"), tempos=(120, 150), rhythms_bar1=("xxxxxx..",),
    rhythms_bar2=("..xxxxxx",),
)  # fmt: skip


def _played() -> Recipe:
    return replace(
        _MELODY, octaves=(4, 5), velocities=(60, 80, 100), crossfade=True, crescendos=(-12, 12)
    )


def _voiced() -> Recipe:
    return replace(
        _MELODY, instruments=("trumpet", "flute"), octaves=(5,), levels=(-12, -6),
        attacks=(0, 8400), brightnesses=(-3600, -1200), vibratos=(0, 50), tunings=(-20, 20),
    )  # fmt: skip


CASES = {
    "tones": Case(_tones, 0.5),
    "moving tones": Case(_moving, 0.5),
    "phrases": Case(_phrases, 0.5),
    "melodies": Case(_played, 0.8, 1500, 500),
    "voices": Case(_voiced, 0.8, 1500, 500),
}
