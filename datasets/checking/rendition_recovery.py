"""The factors of a rendition, measured: instrument, velocity, tempo, level, brightness, attack ...

The effect of a setting depends on the instrument and on the melody, so numbers that were measured
belong to the class of the example that has the nearest numbers: another clip on the same
instrument, rendered for the purpose, all other factors at random. Where examples are not told apart
either, each half of them by the other, a factor cannot be measured: level where velocity varies.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..factors.space import Factor
from ..reading.corpus import Corpus
from ..recipes.melodies import INSTRUMENT
from ..recipes.rendition import ROWS
from .analysis.classes import confusion
from .label_recovery import Recovered
from .performance import Performance

Measure = Callable[[Performance], float | np.ndarray]
_EXAMPLES = 16  # number of examples of each class
_TOLD_APART = 0.95  # part of the examples that must be told apart
_HEARD = 0.75  # part of the clips that is recovered as labelled, unless labels are wrong
_SEED = 0


def measure_of(name: str) -> Measure | None:
    """Return what measures a factor by its name; None where no measurement is known."""
    if name == INSTRUMENT:
        return lambda played: played.colour_db("first")
    return next((row.measure for row in ROWS.values() if row.name == name), None)


def recover_rendition(corpus: Corpus, clips: np.ndarray) -> list[Recovered]:
    """Recover the factors of the rendition of clips (n,).

    Clips on instruments on which a factor cannot be measured are left out, and factors of which no
    clip is left.
    """
    if not len(clips):
        return []
    played = [
        Performance(sound, notes)
        for sound, notes in zip(corpus.audio(clips), corpus.notes(clips), strict=True)
    ]
    classes = corpus.labels(clips)[0]
    out = []
    for column, factor in enumerate(corpus.space.factors):
        measure = measure_of(factor.name)
        if measure and len(factor) > 1:
            found = _heard(corpus, factor, measure, played, classes)
            told = found >= 0
            if told.any():
                counts = confusion(classes[told, column], found[told], len(factor))
                out.append(Recovered(factor, counts, _HEARD))
    return out


def _heard(
    corpus: Corpus,
    factor: Factor,
    measure: Measure,
    played: list[Performance],
    classes: np.ndarray,
) -> np.ndarray:
    """Return the class of each clip by its sound, -1 where it cannot be told: (n,)."""
    instrument = classes[:, corpus.space.column(INSTRUMENT)]
    if factor.name == INSTRUMENT:
        instrument = np.full(len(played), -1)  # all of them together
    numbers = _numbers(measure, played)
    found = np.full(len(played), -1)
    for one in np.unique(instrument):
        examples = _examples(corpus, factor, measure, int(one))
        halves = examples[::2], examples[1::2]
        right = [
            _nearest(here, there) == np.arange(len(factor))
            for here, there in (halves, halves[::-1])
        ]
        if np.mean(right) >= _TOLD_APART:
            own = instrument == one
            found[own] = _nearest(numbers[own], examples)
    return found


def _examples(corpus: Corpus, factor: Factor, measure: Measure, instrument: int) -> np.ndarray:
    """Return what is measured in examples, on all instruments where it is -1: (E, C, D)."""
    space, count = corpus.space, _EXAMPLES * len(factor)
    rng = np.random.default_rng([_SEED, space.column(factor.name), instrument + 1])
    classes = space.classes(rng.integers(len(space), size=count))
    if instrument >= 0:
        classes[:, space.column(INSTRUMENT)] = instrument
    classes[:, space.column(factor.name)] = np.arange(count) % len(factor)
    values = space.values(classes)
    sounds, notes = corpus.render(values)[0], corpus.schedule(values).notes
    played = [
        Performance(sound / np.float32(32_767), own)
        for sound, own in zip(sounds, notes, strict=True)
    ]
    return _numbers(measure, played).reshape(_EXAMPLES, len(factor), -1)


def _numbers(measure: Measure, played: list[Performance]) -> np.ndarray:
    """Return what is measured in clips: (n, D)."""
    return np.stack([np.atleast_1d(measure(one)) for one in played])


def _nearest(numbers: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Return the class of the example, of (E, C, D), that is nearest to numbers (..., D)."""
    distance = np.square(numbers[..., None, None, :] - examples).sum(axis=-1)
    return np.asarray(distance.min(axis=-2).argmin(axis=-1))
