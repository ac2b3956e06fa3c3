"""Clips of a corpus changed by operators in sound; their labels change along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...synth.music.schedule import Schedule
from ...synth.operators.chain import Chain, Change, Operator, SoundOperator, played
from ...synth.rendering.note_table import codes_in
from ..factors.space import FactorSpace
from ..recipes import rendition, sinusoid_factors
from .corpus import Corpus

_SILENCE_DB = -1000.0  # stands for minus infinity
_TWELVE = 12
_FOLLOWS = [
    (row.name, row.follows)
    for rows in (rendition.ROWS, sinusoid_factors.ROWS)
    for row in rows.values()
]


@dataclass(frozen=True)
class Transformed:
    """Changed clips.

    Attributes
    ----------
    sound
        (n, samples) float32; peaks above 1 are kept.
    values
        (n, F): what the factors are now, which may be outside the corpus's space.
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
    labels = []
    for operator in chain.operators:
        own = {one.label: np.full(len(numbers), one.amount) for one in operator.changes}
        if isinstance(operator, SoundOperator):
            sound = operator(sound, numbers)
            own |= {"rms_db": _rms_db(sound), "peak": np.abs(sound).max(axis=1)}
        labels.append(own)
        for change in operator.changes:
            values = changed_values(corpus.space, values, change)
    return Transformed(sound, values, tuple(labels), schedule)


def changed_values(space: FactorSpace, values: np.ndarray, change: Change) -> np.ndarray:
    """Return values (n, F) of factors after a change; those that it does not touch stay the same.

    Pitch counts for tonic and octave together, or for a factor named pitch. A level that
    `Normalise` took away is NaN.
    """
    values = values.copy()
    if change.label == "pitch_semitones" and {"tonic", "octave"} <= set(space.names):
        tonic, octave = space.column("tonic"), space.column("octave")
        octaves, values[:, tonic] = np.divmod(values[:, tonic] + change.amount, _TWELVE)
        values[:, octave] += octaves
        return values
    following = {name for name, labels in _FOLLOWS if change.label in labels}
    for name in following & set(space.names):
        column = space.column(name)
        now = {"by": values[:, column] + change.amount, "times": values[:, column] * change.amount}
        values[:, column] = now.get(change.how, np.nan)
    return values


def _rms_db(sound: np.ndarray) -> np.ndarray:
    """Return the level of clips (n, samples), RMS in dB where an RMS of 1 is 0: (n,) float64."""
    power = np.mean(np.square(sound, dtype=np.float64), axis=1)
    return 10 * np.log10(np.maximum(power, 10 ** (_SILENCE_DB / 10)))
