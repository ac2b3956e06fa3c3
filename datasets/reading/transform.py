"""Clips of a corpus changed by operators in sound; their labels change along.

A value is true of the changed sound, or it is NaN (`synth.operators.effects`). What a clip was made
of is in `corpus.values` all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...synth.music.schedule import Schedule
from ...synth.operators.chain import Chain, Operator, SoundOperator, played
from ...synth.operators.effects import key
from ...synth.rendering.note_table import codes_in
from ..factors.space import FactorSpace
from .corpus import Corpus

_SILENCE_DB = -1000.0  # stands for minus infinity


@dataclass(frozen=True)
class Transformed:
    """Changed clips.

    Attributes
    ----------
    sound
        (n, samples) float32; peaks above 1 are kept.
    values
        (n, F): what the factors are now, which may be outside the corpus's space; NaN where the
        sound may have another value than is known.
    labels
        For each operator, in order, arrays (n,): the amounts of its changes and, where it acts on
        sound, `rms_db` and `peak` after it (full scale is 1).
    schedule
        What is played now; None where the notes are the corpus's own.
    """

    sound: np.ndarray
    values: np.ndarray
    labels: tuple[dict[str, np.ndarray], ...]
    schedule: Schedule | None


def apply(chain: Chain | Operator, corpus: Corpus, clips: Any) -> Transformed:
    """Return clips of a corpus changed by a chain of operators.

    Where the chain changes notes, they are rendered again; what is random depends on the numbers of
    the clips alone.

    Parameters
    ----------
    chain
        The operators.
    corpus
        The corpus.
    clips
        The clips, chosen as in `Corpus.audio`.

    Raises
    ------
    DsoundsError
        If a clip cannot be changed so, or if notes are to be changed of a corpus that has none, or
        that was made with another SoundFont or FluidSynth.
    """
    chain = chain if isinstance(chain, Chain) else Chain((chain,))
    numbers = corpus._checked(clips)
    values = corpus.labels(numbers)[1]
    schedule = chain.schedule(corpus.schedule(values)) if chain.on_notes else None
    if schedule is None:
        sound = corpus.audio(numbers)
    else:
        sound = played(corpus.sound.renderer(codes_in(schedule)), schedule)
    labels: list[dict[str, np.ndarray]] = []
    earlier: list[tuple[Operator, np.ndarray]] = []
    for operator in chain.operators:
        own = {one.label: np.full(len(numbers), one.amount) for one in operator.changes}
        if isinstance(operator, SoundOperator):
            sound = operator(sound, numbers)
            own |= {"rms_db": _rms_db(sound), "peak": np.abs(sound).max(axis=1)}
        labels.append(own)
        if earlier and _undoes(operator, earlier[-1][0]):
            values = earlier.pop()[1]
        else:
            earlier.append((operator, values))
            values = changed_values(corpus.space, values, operator)
    return Transformed(sound, values, tuple(labels), schedule)


def changed_values(space: FactorSpace, values: np.ndarray, operator: Operator) -> np.ndarray:
    """Return values (n, F) of factors after an operator, as its row says; NaN is not known."""
    keys = [key(factor.name, factor.unit) for factor in space.factors]
    own = dict(zip(keys, np.asarray(values, np.float64).T, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):  # what is NaN stays so
        after = operator.effects.after(operator, own)
    return np.stack([after[one] for one in keys], axis=1)


def _undoes(operator: Operator, before: Operator) -> bool:
    """Return whether an operator brings back the sound that came to the one before it."""
    return before.invertible and operator == before.inverse


def _rms_db(sound: np.ndarray) -> np.ndarray:
    """Return the level of clips (n, samples), RMS in dB where an RMS of 1 is 0: (n,) float64."""
    power = np.mean(np.square(sound, dtype=np.float64), axis=1)
    return 10 * np.log10(np.maximum(power, 10 ** (_SILENCE_DB / 10)))
