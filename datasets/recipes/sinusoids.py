"""Sinusoidal toy sounds as factors, and the recipe that chooses a corpus from them.

Four levels (003, exercise 1), each a named recipe: `sinusoids-1` steady tones, `-2` with envelopes
and a formant, `-3` with modulation and inharmonicity, `-4` phrases of several notes. A factor is in
a recipe's space when its setting has a value; what a setting leaves out is neutral.

A tone's factors are all static. A phrase has dynamic factors as well (number of notes, contour,
density, crescendo); these and the lowest pitch are its melody, the rest is its rendition.

Where level is a factor it is the tone's root mean square in dB, of full scale, at the peak of its
envelope; clips are otherwise peak-normalised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import inf
from typing import Any, Self

import numpy as np

from ...errors import DsoundsError
from ...soundfonts.catalogue import SINUSOIDS
from ...synth.music.phrases import CONTOURS, FEWEST_NOTES, STEP_SEMITONES, duration_s, phrase_notes
from ...synth.music.schedule import NOTE, Schedule, Voice
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ, to_block
from ...synth.rendering.note_table import codes_in, voice_step
from ...synth.sinusoids.timbres import Timbre
from ...synth.sinusoids.tones import (
    BALANCES_DB,
    FORMANTS_HZ,
    HNRS_DB,
    INHARMONICITIES,
    TILTS_DB,
    Motion,
    pitches,
    voice,
)
from ..factors.space import Factor, FactorSpace
from .base import MELODY, Recipe, Sampling

VELOCITY = 127  # FluidSynth takes nothing off
PRESET_RMS_DB = -34.0  # root mean square of every preset as it leaves FluidSynth, to 0.1 dB
RELEASE_S = 0.1  # silence that a tone's release may fill at the end of its clip
# Factors: name, setting, unit. First those of a phrase, then those that decide its voice.
_PITCH = ("pitch", "pitches", "MIDI pitch")
_LINE = (
    ("notes", "notes", "notes"),
    ("contour", "contours", ""),
    ("density", "densities", "onsets per second"),
    ("crescendo", "crescendos", "dB over the phrase"),
)
_LEVEL = ("level", "levels", "dB of full scale")
_TIMBRE = (
    ("tilt", "tilts", "dB per octave"),
    ("odd_even", "odd_evens", "dB, even to odd partials"),
    ("formant", "formants", "Hz"),
    ("hnr", "hnrs", "dB"),
    ("inharmonicity", "inharmonicities", ""),
)
_MOTION = (
    ("attack", "attacks", "s"),
    ("decay", "decays", "s per 60 dB"),
    ("vibrato_rate", "vibrato_rates", "Hz"),
    ("vibrato_depth", "vibrato_depths", "cents"),
    ("tremolo", "tremolos", "dB"),
)
_ALL = (_PITCH, *_LINE, _LEVEL, *_TIMBRE, *_MOTION)
_RANGES = {
    "pitches": (36, 96), "notes": (FEWEST_NOTES, 12), "densities": (1, 10),
    "crescendos": (-40, 40), "levels": (-60, -15), "attacks": (0.004, 2), "decays": (0.1, 60),
    "vibrato_rates": (0.5, 20), "vibrato_depths": (1, 400), "tremolos": (0.5, 40),
}  # fmt: skip
_KNOWN = {
    "tilts": TILTS_DB, "odd_evens": BALANCES_DB, "formants": FORMANTS_HZ[1:], "hnrs": HNRS_DB[1:],
    "inharmonicities": INHARMONICITIES,
}  # fmt: skip


@dataclass(frozen=True)
class Sinusoids(Recipe):
    """A corpus of sinusoidal tones or phrases: which values its factors take, how many clips."""

    sampling: Sampling = "uniform"
    """as in dMelodies; of tones, each is a melody of its own"""
    soundfont: str = SINUSOIDS.name
    """name of a known SoundFont, or the path of a file, with the presets of sinusoids.sf2"""
    seconds: float = 1.0
    """length of a clip"""
    pitches: tuple[int, ...] = tuple(range(48, 85, 2))
    """MIDI pitches, 36 to 96 (48 to 84 with a formant or inharmonicity); of a phrase the lowest"""
    levels: tuple[float, ...] = ()
    """root mean square in dB of full scale, -60 to -15"""
    tilts: tuple[float, ...] = (-6.0,)
    """spectral tilt in dB per octave: 0, -3, -6, -9, -12"""
    odd_evens: tuple[float, ...] = ()
    """level of even partials relative to odd ones: 0, -6, -12, -18, -24 dB"""
    formants: tuple[float, ...] = ()
    """centre of a formant: 500, 1000, 2000, 4000 Hz"""
    hnrs: tuple[float, ...] = ()
    """harmonics-to-noise ratio: 30, 24, 18, 12, 6 dB"""
    inharmonicities: tuple[float, ...] = ()
    """B of a stiff string of 16 partials: 0, 0.001, 0.002, 0.004, 0.008"""
    attacks: tuple[float, ...] = ()
    """attack time in seconds, 0.004 to 2"""
    decays: tuple[float, ...] = ()
    """seconds in which the level falls by 60 dB, 0.1 to 60"""
    vibrato_rates: tuple[float, ...] = ()
    """vibratos per second, 0.5 to 20"""
    vibrato_depths: tuple[float, ...] = ()
    """cents to either side of the pitch, 1 to 400"""
    tremolos: tuple[float, ...] = ()
    """dB from the loudest to the softest, 0.5 to 40; at 5 Hz"""
    notes: tuple[int, ...] = ()
    """number of notes of a phrase, 4 to 12; without it a clip is one tone"""
    contours: tuple[str, ...] = CONTOURS
    """contours of a phrase"""
    densities: tuple[float, ...] = (4.0,)
    """onsets per second of a phrase, 1 to 10"""
    crescendos: tuple[float, ...] = (0.0,)
    """by how many dB the level rises over a phrase"""

    def __post_init__(self) -> None:
        for setting, (low, high) in _RANGES.items():
            for value in getattr(self, setting):
                if type(value) not in (int, float) or not low <= value <= high:
                    raise DsoundsError(
                        f"{value!r} of {setting} is not allowed: {low} to {high} are"
                    )
        for setting, known in _KNOWN.items():
            for value in getattr(self, setting):
                if value not in known:
                    listed = ", ".join(f"{one:g}" for one in known)
                    raise DsoundsError(f"{value!r} of {setting} is not allowed: {listed} are")
        self._check_together()
        self.check()

    def _check_together(self) -> None:
        if not isinstance(self.seconds, int | float) or not 0.25 <= self.seconds <= 60:
            raise DsoundsError(f"seconds is {self.seconds!r}: 0.25 to 60 are allowed")
        if not self.pitches or not self.tilts:
            raise DsoundsError("pitches and tilts need a value each")
        if self.formants and self.inharmonicities:
            raise DsoundsError("formants and inharmonicities cannot both be given")
        if bool(self.vibrato_rates) != bool(self.vibrato_depths):
            raise DsoundsError("vibrato needs both vibrato_rates and vibrato_depths")
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
        return FactorSpace([self._factor(*row) for row in _ALL if self._varies(row)])

    def _varies(self, row: tuple[str, str, str]) -> bool:
        return bool(getattr(self, row[1])) and (bool(self.notes) or row not in _LINE)

    def _factor(self, name: str, setting: str, unit: str) -> Factor:
        kind: Any = "dynamic" if (name, setting, unit) in _LINE else "static"
        given = getattr(self, setting)
        if name == "contour":
            every = Factor(name, kind, tuple(range(len(CONTOURS))), CONTOURS)
            return every.restrict(every.class_of(text) for text in given)
        values = tuple(sorted(set(given)))
        return Factor(name, kind, values, tuple(f"{value:g}" for value in values), unit)

    @property
    def renditions(self) -> int:
        """In how many timbres each phrase comes; a tone is a melody of its own."""
        if not self.notes:
            return 1
        own = [f for f in self.space.factors if f.name in {n for n, _, _ in (_PITCH, *_LINE)}]
        return len(self.space) // len(FactorSpace(own))

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits that the corpus has: of tones none by melody."""
        names = super().split_names
        return names if self.notes else tuple(name for name in names if name != MELODY)

    @property
    def keeps_notes(self) -> bool:
        """Phrases share notes; a tone is a clip's own."""
        return bool(self.notes)

    def canonical(self) -> Self:
        """The same recipe with its choices ordered as in the factor table."""
        ordered: dict[str, Any] = {
            setting: tuple(sorted({float(v) for v in getattr(self, setting)}))
            for _, setting, _ in _ALL
            if setting not in ("contours", "pitches", "notes")
        }
        for setting in ("pitches", "notes"):
            ordered[setting] = tuple(sorted(set(getattr(self, setting))))
        contours = tuple(name for name in CONTOURS if name in self.contours)
        seconds = float(self.seconds)
        return replace(self, count=self.clips, contours=contours, seconds=seconds, **ordered)

    @property
    def clip_samples(self) -> int:
        """Length of every clip in samples."""
        return int(to_block(round(self.seconds * SAMPLE_RATE_HZ)))

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """A voice for each combination of timbre and motion, in mixed radix."""
        rows = self._of_the_voice
        values = [self.space.factor(name).values for name, _, _ in rows]
        names = [name for name, _, _ in rows]
        own = (dict(zip(names, each, strict=True)) for each in product(*values))
        return tuple(voice(self._timbre(each), self._motion(each)) for each in own)

    @property
    def _of_the_voice(self) -> list[tuple[str, str, str]]:
        return [row for row in (*_TIMBRE, *_MOTION) if self._varies(row)]

    def _timbre(self, own: dict[str, float]) -> Timbre:
        string = self.inharmonicities[0] if self.inharmonicities else None
        formant = self.formants[0] if self.formants else 0.0
        return Timbre(
            tilt_db=float(own.get("tilt", self.tilts[0])),
            balance_db=float(own.get("odd_even", 0.0)),
            formant_hz=float(own.get("formant", formant)),
            inharmonicity=own.get("inharmonicity", string),
            hnr_db=float(own.get("hnr", inf)),
        )

    def _motion(self, own: dict[str, float]) -> Motion:
        names = {
            "attack": "attack_s", "decay": "decay_s", "vibrato_rate": "vibrato_hz",
            "vibrato_depth": "vibrato_cents", "tremolo": "tremolo_db",
        }  # fmt: skip
        return Motion(**{names[name]: value for name, value in own.items() if name in names})

    def schedule(self, values: np.ndarray) -> Schedule:
        """What clips with these values (N, F) play."""
        own = {name: values[:, column] for column, name in enumerate(self.space.names)}
        number = np.zeros(len(values), np.int64)
        for name, _, _ in self._of_the_voice:
            known = np.array(self.space.factor(name).values)
            number = number * len(known) + np.searchsorted(known, own[name])
        notes, rise_db = self._line(own) if self.notes else self._tone(own)
        full_scale = 10 ** (PRESET_RMS_DB / 20) if self.levels else None
        level_db = own.get("level", np.zeros(len(values)))
        return Schedule(notes, number[:, None], level_db, rise_db, full_scale)

    def _tone(self, own: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """One note, held from the clip's begin to a little before its end."""
        notes = np.zeros((len(own["pitch"]), 1), NOTE)
        held = self.clip_samples - round(RELEASE_S * SAMPLE_RATE_HZ)
        notes["offset_sample"] = to_block(held)
        notes["pitch"], notes["velocity"] = own["pitch"][:, None], VELOCITY
        return notes, np.zeros(len(notes))

    def _line(self, own: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """A phrase, and by how much its crescendo would rise over the whole clip."""
        count, contour = (own[name].astype(np.int64) for name in ("notes", "contour"))
        notes = phrase_notes(
            own["pitch"].astype(np.int64), count, contour, own["density"], VELOCITY, max(self.notes)
        )
        return notes, own["crescendo"] * self.seconds / duration_s(count, own["density"])

    def note_codes(self) -> np.ndarray:
        """Every note that a clip of the space may need, as `table.note_codes`, ascending."""
        line = [f for f in self.space.factors if f.name in ("pitch", *(n for n, _, _ in _LINE))]
        space = FactorSpace([f if f in line else f.restrict([0]) for f in self.space.factors])
        every = space.values(space.classes(np.arange(len(space))))
        one = np.unique(codes_in(self.schedule(every)) % voice_step())
        return (np.arange(len(self.voices))[:, None] * voice_step() + one).ravel()
