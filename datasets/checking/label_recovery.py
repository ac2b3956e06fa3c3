"""Labels recovered from sound, by means that did not make it, against the labels of clips.

For melodies on instruments, YIN and a detector of spectral flux look for pitches and onsets,
instrument by instrument (`hear`); a pitch is right where the instrument sounds its key as its
SoundFont was measured to do, an organ two octaves below, say (`storage.pitch_table`). For
sinusoids, every factor is measured from the sound (`analysis`), and the nearest of its values is
its class (`recover`). An analysis knows the range of pitches and what kind of spectrum there may
be, and no label.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan, nan

import mir_eval
import numpy as np
from scipy import stats

from ...synth.music.phrases import HELD, STEP_SEMITONES
from ...synth.music.schedule import Schedule, Voice
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ...synth.rendering.pcm import to_float
from ...synth.sinusoids.timbres import BAND_HZ, FORMANT_DB, FORMANT_OCTAVES, STRING_PARTIALS
from ..factors.space import Factor
from ..reading.corpus import Corpus
from ..recipes.melodies import INSTRUMENT
from ..recipes.sinusoid_factors import CONTOUR
from ..recipes.sinusoids import Sinusoids
from .analysis import (
    Formant,
    Phrase,
    SearchRanges,
    Tone,
    accuracy,
    classify,
    confusion,
    measure,
    measure_phrase,
)
from .analysis.classes import NONE
from .analysis.phrase import DIP_DB, FALL_DB, SHORTEST_S
from .trackers import note_pitches, onset_times

CONFIRMED = 0.9
_UNLIKELY = 0.01
_ONSET_TOLERANCE_S = 0.05
_LOWEST_PITCH = 31  # of what YIN can look for in its frames
_LONGEST_ATTACK_S = 0.016  # longest attack of a phrase's notes that can be measured


@dataclass(frozen=True)
class Heard:
    """What trackers found for one instrument.

    `pitch` is the part of the notes within 50 cents of what their key sounds like, octaves aside.
    `octave` is the part of the clips whose notes are within half an octave of it, in the median.
    `onset_precision` is the part of the detected onsets that are labelled, `onset_recall` the part
    of the labelled ones that are detected. `transposed` is as `pitch`, for that transposition of
    the labels which is found best. All three are nan for an instrument without a pitch.
    """

    instrument: str
    clips: int
    pitch: float
    octave: float
    onset_precision: float
    onset_recall: float
    transposed: float = 0.0

    @property
    def pitchless(self) -> bool:
        """Whether the instrument has no pitch that could be heard."""
        return isnan(self.pitch)

    @property
    def confirmed(self) -> bool:
        """Whether the pitches are as labelled, as far as the tracker can tell."""
        return self.pitch >= CONFIRMED

    @property
    def refuted(self) -> bool:
        """Whether most notes are heard as the labelled ones transposed."""
        return self.transposed > 0.5


def hear(corpus: Corpus, clips: np.ndarray) -> list[Heard]:
    """Return what trackers find in clips (n,), for each of their instruments."""
    column = corpus.space.column(INSTRUMENT)
    names = corpus.space.factors[column].names
    heard, keys = [], _keys(corpus)
    for instrument in np.unique(corpus.classes[clips, column]):
        own = clips[corpus.classes[clips, column] == instrument]
        lowest, highest = _pitch_range(corpus, instrument, keys)
        errors, octaves, onsets = [], [], []
        for sound, notes in zip(to_float(corpus.pcm(own)), corpus.notes(own), strict=True):
            sounding = _sounding(corpus, instrument, notes)
            error = note_pitches(sound, notes, lowest, highest) - sounding
            errors.extend(error)
            octaves.append(abs(np.median(error)) < 6)
            true = notes["onset_sample"] / SAMPLE_RATE_HZ
            _, precision, recall = mir_eval.onset.f_measure(
                true, onset_times(sound), window=_ONSET_TOLERANCE_S
            )
            onsets.append((precision, recall))
        precision, recall = np.mean(onsets, axis=0)
        pitch, *others = _near(np.array(errors) - np.arange(12)[:, None]).mean(axis=1).tolist()
        found = (pitch, float(np.mean(octaves)), max(others))
        if np.isnan(errors).all():
            found = (nan, nan, nan)
        pitch, octave, transposed = found
        heard.append(
            Heard(names[instrument], len(own), pitch, octave, precision, recall, transposed)
        )
    return heard


def understood(corpus: Corpus, clips: np.ndarray) -> np.ndarray:
    """Return those of clips (n,) whose notes the tracker hears right where each sounds alone."""
    column, keys, kept = corpus.space.column(INSTRUMENT), _keys(corpus), []
    for clip in clips:
        instrument = corpus.classes[clip, column]
        lowest, highest = _pitch_range(corpus, instrument, keys)
        whole = corpus.schedule(corpus.labels([clip])[1])
        notes, voices = whole.notes[0], np.repeat(whole.voices, whole.notes.shape[1], axis=0)
        level_db = np.zeros(len(notes))
        alone = corpus.sound.render(Schedule(notes[:, None], voices, level_db, level_db))[0]
        heard = [
            note_pitches(sound, notes[k : k + 1], lowest, highest)[0]
            for k, sound in enumerate(to_float(alone))
        ]
        if _near(np.array(heard) - _sounding(corpus, instrument, notes)).mean() >= CONFIRMED:
            kept.append(clip)
    return np.array(kept, np.int64)


def _keys(corpus: Corpus) -> tuple[int, int]:
    """Return the lowest and the highest key of a corpus."""
    every = corpus.notes(np.arange(len(corpus)))["pitch"]
    return int(every.min()), int(every.max())


def _pitch_range(corpus: Corpus, instrument: int, keys: tuple[int, int]) -> tuple[int, int]:
    """Return the MIDI pitches between which a tracker looks for those of an instrument."""
    row = corpus.pitches.row(_voice(corpus, instrument)) if corpus.pitches else None
    up = int(12 * row.octaves) if row and row.pitched else 0
    lowest = max(keys[0] - 3 + up, _LOWEST_PITCH)
    return lowest, max(keys[1] + 3 + up, lowest + 15)


def _sounding(corpus: Corpus, instrument: int, notes: np.ndarray) -> np.ndarray:
    """Return the MIDI pitches, with fractions, at which notes (K,) sound; nan without a pitch.

    They are those of the keys where the SoundFont was not measured.
    """
    keys, voice = notes["pitch"].astype(np.float64), _voice(corpus, instrument)
    if corpus.pitches is None:
        return keys
    return keys + corpus.pitches.cents(voice, notes["pitch"]) / 100


def _voice(corpus: Corpus, instrument: int) -> Voice:
    return Voice(int(corpus.space.factor(INSTRUMENT).values[instrument]))


def _near(semitones: np.ndarray) -> np.ndarray:
    """Return which of some deviations are below 50 cents, octaves aside."""
    return np.abs((semitones + 6) % 12 - 6) < 0.5


@dataclass(frozen=True)
class Recovered:
    """How well the classes of one factor were recovered.

    `counts` is (C, C + 1) as `classes.confusion` has it; `needed` is the part of the clips that is
    recovered as labelled where labels are right.
    """

    factor: Factor
    counts: np.ndarray
    needed: float = CONFIRMED

    @property
    def accuracy(self) -> float:
        """The part of the clips recovered as labelled."""
        return accuracy(self.counts)

    @property
    def confirmed(self) -> bool:
        """Whether the sound is as labelled, as far as the measurement can tell."""
        return self.accuracy >= self.needed

    @property
    def refuted(self) -> bool:
        """Whether so many errors are unlikely where labels are right: a few clips may not tell."""
        clips = int(self.counts.sum())
        wrong = round(clips * (1 - self.accuracy))
        expected = (1 - self.needed) / 2
        return not self.confirmed and bool(stats.binom.sf(wrong - 1, clips, expected) < _UNLIKELY)


def measurable(recipe: Sinusoids) -> bool:
    """Return whether an analysis can measure a recipe's sounds: of phrases, steady notes."""
    if not recipe.notes:
        return True
    wavers = recipe.inharmonicities or recipe.vibrato_depths or recipe.tremolos
    slow = max(recipe.attacks, default=0.0) > _LONGEST_ATTACK_S
    fall_s = DIP_DB / FALL_DB * min(recipe.decays, default=inf)  # after that, a note has ended
    held_s = HELD / max(recipe.densities)
    return not (wavers or slow) and min(held_s, fall_s) > SHORTEST_S


def recover(corpus: Corpus, clips: np.ndarray) -> list[Recovered]:
    """Recover each factor of sinusoidal clips (n,), of those factors that can be measured."""
    recipe = corpus.manifest.typed_recipe()
    if not isinstance(recipe, Sinusoids) or not len(clips):
        return []
    if not measurable(recipe):
        return []
    ranges = search_ranges_of(recipe)
    listen = measure_phrase if recipe.notes else measure
    found: list[Tone | Phrase] = [listen(sound, ranges) for sound in to_float(corpus.pcm(clips))]
    classes = corpus.labels(clips)[0]
    out = []
    for row, factor in recipe.factors().items():
        if not hasattr(found[0], row.measured):
            continue
        measured = [getattr(one, row.measured) for one in found]
        if row is CONTOUR:  # a word; one that the factor lacks is none of its classes
            heard = np.array([_number(factor, word) for word in measured])
        else:
            heard = classify(np.array(measured), factor.values, row.scale)
        true = classes[:, corpus.space.column(factor.name)]
        out.append(Recovered(factor, confusion(true, heard, len(factor))))
    return out


def _number(factor: Factor, word: str) -> int:
    return factor.names.index(word) if word in factor.names else NONE


def search_ranges_of(recipe: Sinusoids) -> SearchRanges:
    """Return what an analysis may know of a recipe's sounds: ranges and kinds, no values."""
    reach = STEP_SEMITONES * (max(recipe.notes) - 1) if recipe.notes else 0
    string = bool(recipe.inharmonicities)
    return SearchRanges(
        lowest_pitch=min(recipe.pitches),
        highest_pitch=max(recipe.pitches) + reach,
        band_hz=BAND_HZ,
        stiff=string,
        partials=STRING_PARTIALS if string else None,
        formant=Formant(FORMANT_DB, FORMANT_OCTAVES) if recipe.formants else None,
    )
