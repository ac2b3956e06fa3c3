"""Numbers measured from sound for every factor of a corpus, by means that did not make the sound.

Those of sinusoids are in the factor's own unit (`analysis`). Of melodies notes are heard by a
tracker of pitch where labels have them, and velocity, level and tuning are measured. Others of a
rendition have no unit in which sound could be measured, so they are heard by comparison: what is
measured is nearest to the clip with one of the factor's values, rendered without operators.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from ...synth.music.phrases import CONTOURS
from ...synth.operators import effects as of
from ...synth.operators.effects import key
from ...synth.rendering.pcm import to_float
from ..factors.space import Factor
from ..reading.corpus import Corpus
from ..recipes.melodies import MELODIES
from ..recipes.rendition import TEMPO
from ..recipes.sinusoid_factors import CONTOUR
from ..recipes.sinusoids import Sinusoids
from .analysis import SearchRanges, measure, measure_phrase
from .label_recovery import CONFIRMED, search_ranges_of
from .performance import Performance
from .rendition_recovery import measure_of
from .trackers import note_pitches

How = Literal["difference", "ratio", "heard"]
_SEMITONES = 6  # by which operators may transpose
_NEAR = 0.5  # semitones within which a note is heard as labelled


class Tolerance(NamedTuple):
    """How measurements are compared with true labels, and how far from them they may be."""

    how: How
    most: float


TOLERANCES = {
    of.PITCH: Tolerance("difference", 0.1),
    of.RMS: Tolerance("difference", 0.4),
    of.TILT: Tolerance("difference", 0.75),
    of.ODD_EVEN: Tolerance("difference", 1.5),
    of.HNR: Tolerance("difference", 1.5),
    of.FORMANT: Tolerance("ratio", 0.08),
    of.ATTACK: Tolerance("ratio", 0.2),
    of.DECAY: Tolerance("ratio", 0.08),
    of.TREMOLO: Tolerance("ratio", 0.15),
    of.DENSITY: Tolerance("ratio", 0.02),
    of.RISE_OF_PHRASE: Tolerance("difference", 0.8),
    "inharmonicity": Tolerance("difference", 0.0003),
    "vibrato_rate [Hz]": Tolerance("ratio", 0.05),
    "vibrato_depth [cents]": Tolerance("ratio", 0.15),
    "notes [notes]": Tolerance("difference", 0),
    "contour": Tolerance("difference", 0),
    of.PEAK: Tolerance("difference", 0.1),
    of.VELOCITY: Tolerance("ratio", 0.02),
    "tuning [cents]": Tolerance("difference", 20),
}
OTHERWISE = Tolerance("heard", 0)
"""of factors that are heard by comparison or by notes: 1 where another value is heard, or else 0"""


def sinusoid_numbers(corpus: Corpus, sound: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is measured of the factors of sinusoids, (n,) each, by their names with units.

    Parameters
    ----------
    sound
        (n, samples): clips of the corpus, perhaps changed.
    known
        (n, F): is not used, as nothing is told to the analysis.
    """
    recipe = corpus.sound.recipe
    assert isinstance(recipe, Sinusoids)
    listen = measure_phrase if recipe.notes else measure
    found = [listen(one, _wider(search_ranges_of(recipe))) for one in sound]
    numbers = {}
    for row, factor in recipe.factors().items():
        own = [getattr(one, row.measured) for one in found]
        if row is CONTOUR:
            own = [CONTOURS.index(word) if word in CONTOURS else np.nan for word in own]
        numbers[key(factor.name, factor.unit)] = np.array(own, np.float64)
    return numbers


def _wider(ranges: SearchRanges) -> SearchRanges:
    low, high = ranges.lowest_pitch - _SEMITONES, ranges.highest_pitch + _SEMITONES
    return replace(ranges, lowest_pitch=low, highest_pitch=high)


def melody_numbers(corpus: Corpus, sound: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is measured of the factors of melodies, (n,) each, by their names with units.

    Parameters
    ----------
    sound
        (n, samples): clips of the corpus, perhaps changed.
    known
        (n, F): the values that are expected. A note is sought where they have it, and a factor that
        is heard by comparison is 1 where another of its values is heard than this.
    """
    notes = corpus.schedule(known).notes
    played = [Performance(*one) for one in zip(sound, notes, strict=True)]
    wrong = np.array([_other_notes(*one) for one in zip(sound, notes, strict=True)], np.float64)
    peak_db = np.array([one.peak_db for one in played])
    loudest = max(corpus.sound.recipe.velocities)  # type: ignore[attr-defined]
    own_unit = {
        of.PEAK: peak_db,
        of.VELOCITY: loudest * 10 ** (peak_db / 40),
        "tuning [cents]": np.array([one.tuning_cents for one in played]),
    }
    numbers = {}
    for column, factor in enumerate(corpus.space.factors):
        name = key(factor.name, factor.unit)
        if factor.name in (*MELODIES.names, TEMPO.name):
            numbers[name] = wrong
        elif name in own_unit:
            numbers[name] = own_unit[name]
        else:
            numbers[name] = _heard_otherwise(corpus, column, factor, played, known)
    return numbers


def _other_notes(sound: np.ndarray, notes: np.ndarray) -> bool:
    """Return whether a tracker hears other pitches than those of notes (K,), octaves counting."""
    there = notes[notes["velocity"] > 0]
    lowest, highest = int(there["pitch"].min()), int(there["pitch"].max())
    heard = note_pitches(sound, there, lowest - _SEMITONES, highest + _SEMITONES)
    return bool((np.abs(heard - there["pitch"]) < _NEAR).mean() < CONFIRMED)


def _heard_otherwise(
    corpus: Corpus, column: int, factor: Factor, played: list[Performance], known: np.ndarray
) -> np.ndarray:
    """Return where clips are nearer to another value of a factor than to that which is known."""
    number = measure_of(factor.name)
    assert number is not None
    here = np.stack([np.atleast_1d(number(one)) for one in played])  # (n, D)
    distance = np.empty((len(factor), len(played)))
    for place, value in enumerate(factor.values):
        values = known.copy()
        values[:, column] = value
        sounds, notes = to_float(corpus.render(values)[0]), corpus.schedule(values).notes
        there = [number(Performance(*one)) for one in zip(sounds, notes, strict=True)]
        distance[place] = np.square(here - np.stack([np.atleast_1d(one) for one in there])).sum(1)
    heard = np.asarray(factor.values)[distance.argmin(axis=0)]
    return np.asarray(heard != known[:, column], np.float64)
