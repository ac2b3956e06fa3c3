"""One sound for each value of each factor of the corpora of sinusoids, all else neutral.

A factor is shown at the level whose recipe is the first to have it, with that recipe's values. What
is neutral is said here: `TONE` and `PHRASE`; a recipe's setting that is not given has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from dsounds.datasets import Factor, load_recipe, open_corpus
from dsounds.datasets.reading.transform import apply
from dsounds.datasets.recipes.sinusoids import Sinusoids
from dsounds.synth.operators import Gain
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from dsounds.synth.rendering.pcm import to_float, to_pcm

RECIPES = tuple(f"sinusoids-{level}" for level in (1, 2, 3, 4))
PHRASES = 3  # clips of the last recipe
PHRASE_GAIN_DB = -9  # phrases fill full scale, tones do not

TONE: dict[str, Any] = {"pitches": (60,), "levels": (-21,)}
PHRASE: dict[str, Any] = {
    "seconds": 4.0, "pitches": (60,), "levels": (-27,), "notes": (5,), "contours": ("arch",),
    "densities": (3.125,), "crescendos": (0.0,),
}  # fmt: skip
_SETTINGS: dict[str, dict[str, Any]] = {  # of a factor: its setting, left to its recipe, and others
    "pitch": {"pitches": None, "seconds": 0.4},
    "level": {"levels": None, "seconds": 0.5},
    "tilt": {"tilts": None, "seconds": 0.5},
    "odd_even": {"odd_evens": None, "seconds": 0.5},
    "hnr": {"hnrs": None, "seconds": 0.5},
    "formant": {"formants": None, "seconds": 0.5},
    "attack": {"attacks": None, "seconds": 0.9},
    "decay": {"decays": None, "seconds": 1.1},
    "inharmonicity": {"inharmonicities": None, "seconds": 0.7},
    "vibrato_rate": {"vibrato_rates": None, "vibrato_depths": (50,), "seconds": 1.1},
    "vibrato_depth": {"vibrato_depths": None, "vibrato_rates": (4.5,), "seconds": 1.0},
    "tremolo": {"tremolos": None, "seconds": 0.9},
    "notes": {"notes": None},
    "contour": {"contours": None},
    "density": {"densities": None},
    "crescendo": {"crescendos": None},
}
_TAIL_S = 0.06  # after the last note's end


@dataclass(frozen=True)
class Example:
    """A sound and what it shows. pcm: (samples,) int16; notes: (K,) of dtype NOTE; pitch: its
    lowest, MIDI."""

    label: str
    pcm: np.ndarray
    notes: np.ndarray

    @property
    def sound(self) -> np.ndarray:
        """The sound: (samples,) float32, -1 to 1."""
        return np.asarray(to_float(self.pcm))

    @property
    def pitch(self) -> int:
        """The lowest MIDI pitch."""
        return int(self.notes["pitch"].min())

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / SAMPLE_RATE_HZ


def factors_of(name: str) -> list[Factor]:
    """The factors that a recipe is the first to have."""
    before = RECIPES[: RECIPES.index(name)]
    known = {factor.name for one in before for factor in load_recipe(one).space.factors}
    return [factor for factor in load_recipe(name).space.factors if factor.name not in known]


@cache
def examples(name: str, factor: Factor) -> list[Example]:
    """A sound for each value of a recipe's factor, ascending."""
    own = load_recipe(name)
    given = {
        setting: getattr(own, setting) if value is None else value
        for setting, value in _SETTINGS[factor.name].items()
    }
    base = PHRASE if factor.kind == "dynamic" else TONE
    corpus = open_corpus(Sinusoids(**{**base, **given, "count": 1}))
    values = corpus.space.values(corpus.space.classes(np.arange(len(corpus.space))))
    pcm, notes = corpus.render(values)[0], corpus.schedule(values).notes
    return [_example(text, *one) for text, *one in zip(factor.names, pcm, notes, strict=True)]


def phrases() -> list[Example]:
    """The first clips of the recipe of phrases, with all their labels, 9 dB below full scale."""
    corpus = open_corpus(load_recipe(RECIPES[-1]))
    clips = np.arange(PHRASES)
    sound = to_pcm(apply(Gain(PHRASE_GAIN_DB), corpus, clips).sound)
    classes = corpus.labels(clips)[0]
    texts = [
        ", ".join(
            f"{factor.name} {factor.names[c]}"
            for factor, c in zip(corpus.space.factors, row, strict=True)
        )
        for row in classes
    ]
    return [_example(*one) for one in zip(texts, sound, corpus.notes(clips), strict=True)]


def _example(label: str, pcm: np.ndarray, notes: np.ndarray) -> Example:
    """A clip without the notes that are none, and without the silence after its last note."""
    own = notes[notes["velocity"] > 0]
    end = int(own["offset_sample"].max()) + round(_TAIL_S * SAMPLE_RATE_HZ)
    return Example(label, pcm[:end], own)
