"""Factors of a rendition, the ways a melody may be played: one row each, and no list elsewhere.

A setting of `Rendition` has its row in its annotation. From the rows come the factors of the space
(in the order of the settings), the voices, the words of a vocabulary, what `verify` measures;
docs/corpora.md has a line for each, and `synth.operators.effects` names it. Where a setting has
its default, which is neutral, the factor is not in the space.

To add a factor that an SF2 generator makes, such as release, add its row and its setting at the
end. Numbers of voices count the settings in their order, and neutral ones do not change them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from ...settings import Number, annotated, require, settings
from ...synth.music import melody
from ...synth.music.schedule import FINE_TUNE
from ..factors.space import Factor
from ..symbols.word import SOME, Span, Word, opposites, word

if TYPE_CHECKING:
    from ..checking.performance import Performance


@dataclass(frozen=True)
class RenditionFactor:
    """The description of a factor of a rendition.

    Parameters
    ----------
    name, unit
        The name and the unit of the factor.
    lowest, highest
        The range of values that are allowed.
    made_by
        How it is rendered, where no generator does it: by `DMelodies.schedule`.
    generator
        The number of the SF2 generator that makes it: the value is added to the preset's own
        amount.
    measure
        The measurement of a sound that depends on the factor, one number or several; None where
        none is known. Examples of each value are measured in the same way, so the scale does not
        matter.
    words
        The words that stand above its values.
    """

    name: str
    unit: str
    lowest: float = 0
    highest: float = 0
    made_by: str = ""
    generator: int | None = None
    measure: Callable[[Performance], float | np.ndarray] | None = None
    words: tuple[Word, ...] = ()


VELOCITY = RenditionFactor(
    "velocity",
    "MIDI velocity",
    1,
    127,
    made_by="velocity of the notes, level of the clip",
    measure=lambda played: played.peak_db,
    # MIDI velocities of p and below, f and above (33 pp, 49 p, 64 mp, 80 mf, 96 f)
    words=opposites("loudness", "velocity", "soft", 64, "loud", 96),
)
TEMPO = RenditionFactor(
    "tempo",
    "beats a minute",
    20,
    400,
    made_by="times of the notes",
    measure=lambda played: played.tempo_bpm,
    words=opposites("pace", "tempo", "slow", 108, "fast", 120),  # andante, allegro
)
INSTRUMENT_TO = RenditionFactor(
    "instrument_to",
    "General MIDI program",
    made_by="a second voice, faded in",
    measure=lambda played: played.colour_db("last"),
)
CRESCENDO = RenditionFactor(
    "crescendo",
    "dB over the clip",
    -60,
    60,
    made_by="gain over time",
    measure=lambda played: played.rise_db,
    words=(
        *opposites("dynamics", "crescendo", "fading", 0, "swelling", SOME),
        word("steady", "dynamics", "crescendo", Span(0, SOME)),
    ),
)
LEVEL = RenditionFactor(
    "level",
    "dB",
    -60,
    0,
    made_by="gain",
    measure=lambda played: played.peak_db,
    words=opposites("loudness", "level", "soft", -9, "loud", -9, "dB"),  # levels are those of peaks
)
BRIGHTNESS = RenditionFactor(
    "brightness",
    "cents of the filter's cutoff",
    -7200,
    7200,
    generator=8,
    measure=lambda played: played.brightness_db,
    words=opposites("colour", "brightness", "dark", -3000, "bright", -3000),
)
ATTACK = RenditionFactor(
    "attack",
    "time cents",
    -12000,
    12000,
    generator=34,
    measure=lambda played: played.energy_s,
    # 1,200 time cents double the time of an attack.
    words=opposites("onset", "attack", "hard", 1200, "gentle", 1200, "time cents"),
)
VIBRATO = RenditionFactor(
    "vibrato",
    "cents",
    0,
    1200,
    generator=6,
    measure=lambda played: played.vibrato_cents,
    words=opposites("wavering", "vibrato", "plain", SOME, "vibrato", SOME),
)
TUNING = RenditionFactor(
    "tuning",
    "cents",
    -99,
    99,
    generator=FINE_TUNE,
    measure=lambda played: played.tuning_cents,
    words=opposites("intonation", "tuning", "flat", 0, "sharp", SOME),
)

Numbers = Annotated[tuple[Number, ...], Field(min_length=1)]


@settings
class Rendition:
    """The settings of the factors of a rendition."""

    velocities: Annotated[tuple[int, ...], Field(min_length=1), VELOCITY] = (melody.VELOCITY,)
    """MIDI velocities, 1 to 127; more than one: the clip's level is that of its velocity"""
    tempos: Annotated[Numbers, TEMPO] = (melody.TEMPO_BPM,)
    """beats a minute; clips are as long as the slowest melody"""
    crossfade: Annotated[bool, INSTRUMENT_TO] = False
    """the sound moves from one instrument to another (or the same) over the clip"""
    crescendos: Annotated[Numbers, CRESCENDO] = (0.0,)
    """by how many dB the level rises over the clip"""
    levels: Annotated[Numbers, LEVEL] = (0.0,)
    """peak level of the clip in dB, 0 is full scale"""
    brightnesses: Annotated[Numbers, BRIGHTNESS] = (0.0,)
    """cutoff of the low-pass filter, in cents from the preset's own: -1200 is an octave darker"""
    attacks: Annotated[Numbers, ATTACK] = (0.0,)
    """attack time, in time cents from the preset's own: 1200 doubles it"""
    vibratos: Annotated[Numbers, VIBRATO] = (0.0,)
    """depth of the vibrato in cents, added to the preset's own"""
    tunings: Annotated[Numbers, TUNING] = (0.0,)
    """tuning in cents"""

    def __post_init__(self) -> None:
        """Raise DsoundsError for a value that its row does not allow."""
        for setting, row in ROWS.items():
            for value in () if self._is_switch(setting) else getattr(self, setting):
                require(
                    row.lowest <= value <= row.highest,
                    f"{value:g} of {setting} is not allowed: {row.lowest} to {row.highest} "
                    f"({row.unit}) are",
                )

    def _is_switch(self, setting: str) -> bool:
        return isinstance(getattr(self, setting), bool)

    def factors(self, instrument: Factor) -> list[Factor]:
        """Return the factors whose settings are not neutral, after the instrument that plays."""
        out = []
        for setting, row in ROWS.items():
            given = getattr(self, setting)
            if self._is_switch(setting) and given:
                out.append(replace(instrument, name=row.name))
            elif given != _NEUTRAL[setting]:
                names = tuple(f"{value:g}" for value in sorted(set(given)))
                values = tuple(sorted(set(given)))
                out.append(Factor(row.name, "static", values, names, row.unit))
        return out

    def ordered(self) -> dict[str, Any]:
        """Return the settings with each value once, ascending, in the type of the default."""
        return {
            setting: tuple(sorted({type(neutral[0])(value) for value in getattr(self, setting)}))
            if isinstance(neutral, tuple)
            else getattr(self, setting)
            for setting, neutral in _NEUTRAL.items()
        }

    def amounts(self) -> dict[RenditionFactor, tuple[float, ...]]:
        """Return what is added to SF2 generators, by their factors."""
        return {
            row: values
            for (setting, values) in self.ordered().items()
            if (row := ROWS[setting]).generator is not None
        }


ROWS = annotated(Rendition, RenditionFactor)
"""The factors of a rendition by their settings, in their order in a space."""
_NEUTRAL = {field.name: field.default for field in fields(Rendition)}
