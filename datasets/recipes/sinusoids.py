"""The recipe that chooses a corpus of sinusoidal toy sounds.

Four levels (Bitton and Esling 2017, exercise 1), each a named recipe: `sinusoids-1` steady tones,
`-2` with envelopes and a formant, `-3` with modulation and inharmonicity, `-4` phrases of several
notes. Of a phrase the line and the lowest pitch are its melody, the rest is its rendition.

Where level is a factor it is the tone's root mean square in dB, of full scale, at the peak of its
envelope; clips are otherwise peak-normalised.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import product
from math import inf
from typing import Any, Self

import numpy as np

from ...errors import DsoundsError
from ...settings import require, settings
from ...soundfonts.catalogue import SINUSOIDS
from ...synth.music.phrases import STEP_SEMITONES, duration_s, phrase_notes
from ...synth.music.schedule import NOTE, Schedule, Voice
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ, to_block
from ...synth.rendering.note_table import codes_in, voice_step
from ...synth.sinusoids.timbres import Timbre
from ...synth.sinusoids.tones import Motion, pitches, voice
from ..factors.space import Factor, FactorSpace
from .base import MELODY, Recipe, Sampling
from .sinusoid_factors import SinusoidFactor, SinusoidFactors

VELOCITY = 127  # the velocity that FluidSynth does not attenuate
PRESET_RMS_DB = -34.0  # root mean square of every preset as it leaves FluidSynth, to 0.1 dB
RELEASE_S = 0.1  # silence that a tone's release may fill at the end of its clip


@settings
class Sinusoids(SinusoidFactors, Recipe):
    """A corpus of sinusoidal tones or phrases: which values its factors take, how many clips."""

    sampling: Sampling = "uniform"
    """as in dMelodies; of tones, each is a melody of its own"""
    soundfont: str = SINUSOIDS.name
    """name of a known SoundFont, or the path of a file, with the presets of sinusoids.sf2"""

    def __post_init__(self) -> None:
        """Raise DsoundsError where the settings make no corpus."""
        SinusoidFactors.__post_init__(self)
        self._check_together()
        Recipe.__post_init__(self)

    def _check_together(self) -> None:
        require(
            not (self.formants and self.inharmonicities),
            "formants and inharmonicities cannot both be given",
        )
        require(
            bool(self.vibrato_rates) == bool(self.vibrato_depths),
            "vibrato needs both vibrato_rates and vibrato_depths",
        )
        require(not self.notes or bool(self.densities), "a phrase needs densities: none is given")
        reach = STEP_SEMITONES * (max(self.notes) - 1) if self.notes else 0
        there = pitches(self._timbre({}))
        if min(self.pitches) < there[0] or max(self.pitches) + reach > there[-1]:
            raise DsoundsError(
                f"notes from {min(self.pitches)} to {max(self.pitches) + reach} are needed, this "
                f"timbre has MIDI pitches {there[0]} to {there[-1]}"
            )
        if self.notes:
            longest = float(duration_s(max(self.notes), min(self.densities)))
            if longest > self.seconds:
                raise DsoundsError(
                    f"the longest phrase takes {longest:g} s, a clip has {self.seconds:g}: give "
                    "more seconds, fewer notes or a higher density"
                )

    @cached_property
    def space(self) -> FactorSpace:
        """The grid of this recipe: pitch, the line of a phrase, level, timbre, motion."""
        return FactorSpace(list(self.factors().values()))

    @property
    def level_settings(self) -> tuple[str, ...]:
        """The settings that give clips a level of their own."""
        return ("levels",) * bool(self.levels)

    @property
    def renditions(self) -> int:
        """The number of timbres in which each phrase comes; a tone is a melody of its own."""
        if not self.notes:
            return 1
        return len(self.space) // len(FactorSpace(self._melody))

    @property
    def _melody(self) -> list[Factor]:
        return list(self.factors("pitch", "line").values())

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits that the corpus has; tones have none by melody."""
        names = super().split_names
        return names if self.notes else tuple(name for name in names if name != MELODY)

    @property
    def keeps_notes(self) -> bool:
        """Whether notes are shared: those of phrases are, a tone is its clip's own."""
        return bool(self.notes)

    def canonical(self) -> Self:
        """Return the same recipe with its choices ordered as in the factor table."""
        return replace(self, count=self.clips, **self.ordered())

    @property
    def clip_samples(self) -> int:
        """The length of every clip in samples."""
        return int(to_block(round(self.seconds * SAMPLE_RATE_HZ)))

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """A voice for each combination of timbre and motion, in mixed radix."""
        factors = self.factors("timbre", "motion")
        values = product(*(factor.values for factor in factors.values()))
        own = (dict(zip(factors, each, strict=True)) for each in values)
        return tuple(voice(self._timbre(each), self._motion(each)) for each in own)

    def _timbre(self, own: dict[SinusoidFactor, float]) -> Timbre:
        neutral: dict[str, Any] = {
            "tilt_db": self.tilts[0],
            "formant_hz": self.formants[0] if self.formants else 0.0,
            "inharmonicity": self.inharmonicities[0] if self.inharmonicities else None,
            "hnr_db": inf,
        }
        return Timbre(**neutral | _amounts(own, "timbre"))

    def _motion(self, own: dict[SinusoidFactor, float]) -> Motion:
        return Motion(**_amounts(own, "motion"))

    def schedule(self, values: np.ndarray) -> Schedule:
        """Return what clips with these values (N, F) play."""
        own = {name: values[:, column] for column, name in enumerate(self.space.names)}
        number = np.zeros(len(values), np.int64)
        for factor in self.factors("timbre", "motion").values():
            place = np.searchsorted(factor.values, own[factor.name])
            number = number * len(factor) + place
        notes, rise_db = self._line(own) if self.notes else self._tone(own)
        full_scale = 10 ** (PRESET_RMS_DB / 20) if self.levels else None
        level_db = own.get("level", np.zeros(len(values)))
        return Schedule(notes, number[:, None], level_db, rise_db, full_scale, self.finish)

    def _tone(self, own: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return one note, held from the clip's begin to a little before its end."""
        notes = np.zeros((len(own["pitch"]), 1), NOTE)
        held = self.clip_samples - round(RELEASE_S * SAMPLE_RATE_HZ)
        notes["offset_sample"] = to_block(held)
        notes["pitch"], notes["velocity"] = own["pitch"][:, None], VELOCITY
        return notes, np.zeros(len(notes))

    def _line(self, own: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return a phrase, and by how much its crescendo would rise over the whole clip."""
        count, contour = (own[name].astype(np.int64) for name in ("notes", "contour"))
        notes = phrase_notes(
            own["pitch"].astype(np.int64), count, contour, own["density"], VELOCITY, max(self.notes)
        )
        return notes, own["crescendo"] * self.seconds / duration_s(count, own["density"])

    def note_codes(self) -> np.ndarray:
        """Return the codes of all notes that a clip of the space may need, ascending."""
        melody = self._melody
        space = FactorSpace([f if f in melody else f.restrict([0]) for f in self.space.factors])
        every = space.values(space.classes(np.arange(len(space))))
        one = np.unique(codes_in(self.schedule(every)) % voice_step())
        return (np.arange(len(self.voices))[:, None] * voice_step() + one).ravel()


def _amounts(own: dict[SinusoidFactor, float], part: str) -> dict[str, float]:
    """Return the values of the factors of a part, by the names of `Timbre` and `Motion`."""
    return {row.measured: value for row, value in own.items() if row.part == part}
