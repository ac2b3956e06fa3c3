"""What generators do to real instruments, heard: level, brightness, attack, vibrato, tuning.

What a setting of a generator does depends on the preset that it is added to, so a number that was
measured belongs to the class whose other clips, on the same instrument, have the nearest numbers.
Those are rendered for the purpose: melodies at random, all other factors at random too.
"""

from __future__ import annotations

import numpy as np

from ..factors.space import Factor
from ..reading.corpus import Corpus
from ..recipes.dmelodies import INSTRUMENT
from .analysis.classes import confusion
from .label_recovery import Recovered
from .trackers import EXPRESSION, expression

_EXAMPLES = 8  # clips per class and instrument
_SEED = 0


def recover_expression(corpus: Corpus, clips: np.ndarray) -> list[Recovered]:
    """How the factors of expression of clips (n,) are heard; empty where there are none."""
    factors = [factor for factor in corpus.space.factors if factor.name in EXPRESSION]
    if not factors or not len(clips):
        return []
    sounds, notes, classes = corpus.audio(clips), corpus.notes(clips), corpus.labels(clips)[0]
    measured = [expression(s, n) for s, n in zip(sounds, notes, strict=True)]
    instrument = classes[:, corpus.space.column(INSTRUMENT)]
    out = []
    for factor in factors:
        numbers = np.array([one[factor.name] for one in measured])
        found = np.empty(len(clips), np.int64)
        for number in np.unique(instrument):
            own = instrument == number
            means = _examples(corpus, factor, int(number))
            found[own] = np.abs(numbers[own, None] - means).argmin(axis=1)
        true = classes[:, corpus.space.column(factor.name)]
        out.append(Recovered(factor, confusion(true, found, len(factor))))
    return out


def _examples(corpus: Corpus, factor: Factor, instrument: int) -> np.ndarray:
    """Mean measured number of each class of a factor on an instrument: (C,)."""
    space, count = corpus.space, _EXAMPLES * len(factor)
    rng = np.random.default_rng([_SEED, space.column(factor.name), instrument])
    classes = space.classes(space.sample(count, rng))
    classes[:, space.column(INSTRUMENT)] = instrument
    classes[:, space.column(factor.name)] = np.arange(count) % len(factor)
    values = space.values(classes)
    pcm, notes = corpus.render(values)[0], corpus.schedule(values).notes
    numbers = [
        expression(sound / np.float32(32_767), own)[factor.name]
        for sound, own in zip(pcm, notes, strict=True)
    ]
    return np.array(numbers).reshape(_EXAMPLES, len(factor)).mean(axis=0)
