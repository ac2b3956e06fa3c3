"""The factors of sinusoidal sounds, one row each, and no list elsewhere.

A setting of `SinusoidFactors` has its row in its annotation. A factor is in a recipe's space when
its setting has a value; what a setting leaves out is neutral. A tone's factors are all static. A
phrase has dynamic factors as well (its line): number of notes, contour, density, crescendo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from ...settings import Number, annotated, require, settings
from ...synth.music.phrases import CONTOURS, FEWEST_NOTES
from ...synth.sinusoids.tones import (
    BALANCES_DB,
    FORMANTS_HZ,
    HNRS_DB,
    INHARMONICITIES,
    TILTS_DB,
)
from ..factors.space import Factor

PARTS = ("pitch", "line", "level", "timbre", "motion")
"""what makes a sound, in the order of the factors in a space"""


@dataclass(frozen=True)
class SinusoidFactor:
    """The description of a factor of sinusoids.

    Parameters
    ----------
    name, unit
        The name and the unit of the factor.
    part
        The part of the sound to which it belongs; timbre and motion decide the voice.
    measured
        Its name among the numbers of an analysis (`Tone`, `Phrase`), and in `Timbre` or `Motion`.
    scale
        The scale on which the value nearest to a measured number is found.
    allowed
        The lowest and the highest value, where all between them are allowed; or
    known
        the values that there are presets for.
    """

    name: str
    unit: str
    part: Literal["pitch", "line", "level", "timbre", "motion"]
    measured: str
    scale: Literal["linear", "log"] = "linear"
    allowed: tuple[float, float] | None = None
    known: tuple[float, ...] = ()

    def check(self, setting: str, values: tuple[float, ...]) -> None:
        """Raise DsoundsError for a value that is not allowed."""
        if self is CONTOUR:
            self.factor(values or CONTOURS)  # words, which are looked up
            return
        for value in values:
            if self.allowed:
                low, high = self.allowed
                fits, listed = low <= value <= high, f"{low:g} to {high:g} ({self.unit})"
            else:
                fits = not self.known or value in self.known
                listed = ", ".join(f"{one:g}" for one in self.known)
            require(fits, f"{value} of {setting} is not allowed: {listed} are")

    def factor(self, given: tuple[Any, ...]) -> Factor:
        """Return the factor with the given values."""
        kind: Any = "dynamic" if self.part == "line" else "static"
        if self is CONTOUR:
            every = Factor(self.name, kind, tuple(range(len(CONTOURS))), CONTOURS)
            return every.restrict(every.class_of(text) for text in given)
        values = tuple(sorted(set(given)))
        return Factor(self.name, kind, values, tuple(f"{value:g}" for value in values), self.unit)


PITCH = SinusoidFactor("pitch", "MIDI pitch", "pitch", "pitch", allowed=(36, 96))
LEVEL = SinusoidFactor(
    "level",
    "dB of full scale",
    "level",
    "level_db",
    allowed=(-60, -15),
)
TILT = SinusoidFactor("tilt", "dB per octave", "timbre", "tilt_db", known=TILTS_DB)
ODD_EVEN = SinusoidFactor(
    "odd_even", "dB, even to odd partials", "timbre", "balance_db", known=BALANCES_DB
)
FORMANT = SinusoidFactor("formant", "Hz", "timbre", "formant_hz", "log", known=FORMANTS_HZ[1:])
HNR = SinusoidFactor("hnr", "dB", "timbre", "hnr_db", known=HNRS_DB[1:])
INHARMONICITY = SinusoidFactor(
    "inharmonicity", "", "timbre", "inharmonicity", "log", known=INHARMONICITIES
)
ATTACK = SinusoidFactor("attack", "s", "motion", "attack_s", "log", (0.004, 2))
DECAY = SinusoidFactor("decay", "s per 60 dB", "motion", "decay_s", "log", (0.1, 60))
RATE = SinusoidFactor("vibrato_rate", "Hz", "motion", "vibrato_hz", "log", (0.5, 20))
DEPTH = SinusoidFactor("vibrato_depth", "cents", "motion", "vibrato_cents", "log", (1, 400))
TREMOLO = SinusoidFactor("tremolo", "dB", "motion", "tremolo_db", "log", (0.5, 40))
NOTES = SinusoidFactor("notes", "notes", "line", "notes", allowed=(FEWEST_NOTES, 12))
CONTOUR = SinusoidFactor("contour", "", "line", "contour")
DENSITY = SinusoidFactor("density", "onsets per second", "line", "density_hz", "log", (1, 10))
CRESCENDO = SinusoidFactor(
    "crescendo", "dB over the phrase", "line", "crescendo_db", allowed=(-40, 40)
)


@settings
class SinusoidFactors:
    """The settings of the factors of sinusoids."""

    seconds: Annotated[Number, Field(ge=0.25, le=60)] = 1.0
    """length of a clip"""
    pitches: Annotated[tuple[int, ...], Field(min_length=1), PITCH] = tuple(range(48, 85, 2))
    """MIDI pitches, 36 to 96 (48 to 84 with a formant or inharmonicity); of a phrase the lowest"""
    levels: Annotated[tuple[Number, ...], LEVEL] = ()
    """root mean square in dB of full scale, -60 to -15"""
    tilts: Annotated[tuple[Number, ...], Field(min_length=1), TILT] = (-6.0,)
    """spectral tilt in dB per octave: 0, -3, -6, -9, -12"""
    odd_evens: Annotated[tuple[Number, ...], ODD_EVEN] = ()
    """level of even partials relative to odd ones: 0, -6, -12, -18, -24 dB"""
    formants: Annotated[tuple[Number, ...], FORMANT] = ()
    """centre of a formant: 500, 1000, 2000, 4000 Hz"""
    hnrs: Annotated[tuple[Number, ...], HNR] = ()
    """harmonics-to-noise ratio: 30, 24, 18, 12, 6 dB"""
    inharmonicities: Annotated[tuple[Number, ...], INHARMONICITY] = ()
    """B of a stiff string of 16 partials: 0, 0.001, 0.002, 0.004, 0.008"""
    attacks: Annotated[tuple[Number, ...], ATTACK] = ()
    """attack time in seconds, 0.004 to 2"""
    decays: Annotated[tuple[Number, ...], DECAY] = ()
    """seconds in which the level falls by 60 dB, 0.1 to 60"""
    vibrato_rates: Annotated[tuple[Number, ...], RATE] = ()
    """vibratos per second, 0.5 to 20"""
    vibrato_depths: Annotated[tuple[Number, ...], DEPTH] = ()
    """cents to either side of the pitch, 1 to 400"""
    tremolos: Annotated[tuple[Number, ...], TREMOLO] = ()
    """dB from the loudest to the softest, 0.5 to 40; at 5 Hz"""
    notes: Annotated[tuple[int, ...], NOTES] = ()
    """number of notes of a phrase, 4 to 12; without it a clip is one tone"""
    contours: Annotated[tuple[str, ...], CONTOUR] = CONTOURS
    """contours of a phrase"""
    densities: Annotated[tuple[Number, ...], DENSITY] = (4.0,)
    """onsets per second of a phrase, 1 to 10"""
    crescendos: Annotated[tuple[Number, ...], CRESCENDO] = (0.0,)
    """by how many dB the level rises over a phrase"""

    def __post_init__(self) -> None:
        """Raise DsoundsError for a value that its row does not allow."""
        for setting, row in ROWS.items():
            row.check(setting, getattr(self, setting))

    def factors(self, *parts: str) -> dict[SinusoidFactor, Factor]:
        """Return the factors of some parts, of all without any, in the order of a space."""
        given = {row: getattr(self, setting) for setting, row in ROWS.items()}
        return {
            row: row.factor(values)
            for part in PARTS
            for row, values in given.items()
            if row.part == part and part in (parts or PARTS)
            if values and (self.notes or part != "line")
        }

    def ordered(self) -> dict[str, Any]:
        """Return the settings with each value once, ascending, in one type."""
        own: dict[str, Any] = {"seconds": float(self.seconds)}
        for setting, row in ROWS.items():
            given = set(getattr(self, setting))
            if row is CONTOUR:
                own[setting] = tuple(name for name in CONTOURS if name in given)
            elif row in (PITCH, NOTES):
                own[setting] = tuple(sorted(given))
            else:
                own[setting] = tuple(sorted(map(float, given)))
        return own


ROWS = annotated(SinusoidFactors, SinusoidFactor)
"""The factors of sinusoids by their settings."""
