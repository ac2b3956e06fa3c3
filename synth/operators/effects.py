"""What operators do to the factors of clips: a row beside the code of each, and no list elsewhere.

A row, `Operator.effects`, names the factors whose values the sound keeps, and those whose values
change by a known rule. The value of a factor that a row does not name is no longer known, and
becomes NaN: a label is true of its sound, or it is none. From the rows come the values of
`datasets.reading.transform.apply`, the table of docs/sinusoids.md, and what is compared with the
sound (`datasets.checking.crosstalk`).

A factor has its unit in brackets, since one name may have two meanings: "level [dB]" is a peak,
"level [dB of full scale]" a root mean square. A factor of another unit is another factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LINE = (
    "scale",
    "rhythm_bar1",
    "rhythm_bar2",
    *(f"arp_chord{k}" for k in (1, 2, 3, 4)),
    "notes [notes]",
    "contour",
)
"""which notes follow each other"""
PITCH, TONIC, OCTAVE = "pitch [MIDI pitch]", "tonic [pitch class]", "octave [octave]"
TEMPO, DENSITY = "tempo [beats a minute]", "density [onsets per second]"
INTONATION = ("tuning [cents]", "inharmonicity")
VIBRATO = ("vibrato [cents]", "vibrato_rate [Hz]", "vibrato_depth [cents]")
INSTRUMENT, INSTRUMENT_TO = (
    "instrument [General MIDI program]",
    "instrument_to [General MIDI program]",
)
BRIGHTNESS = "brightness [cents of the filter's cutoff]"
TILT, HNR = "tilt [dB per octave]", "hnr [dB]"
ODD_EVEN, FORMANT = "odd_even [dB, even to odd partials]", "formant [Hz]"
ATTACK, ATTACK_CENTS = "attack [s]", "attack [time cents]"
DECAY, TREMOLO = "decay [s per 60 dB]", "tremolo [dB]"
RISE_OF_CLIP, RISE_OF_PHRASE = "crescendo [dB over the clip]", "crescendo [dB over the phrase]"
PEAK, RMS, VELOCITY = "level [dB]", "level [dB of full scale]", "velocity [MIDI velocity]"

FREQUENCIES = (PITCH, TONIC, OCTAVE, *INTONATION)
PACE = (TEMPO, DENSITY)
COLOUR = (INSTRUMENT, INSTRUMENT_TO, BRIGHTNESS, TILT, HNR, ODD_EVEN, FORMANT)
SHAPE = (ATTACK, ATTACK_CENTS, DECAY, TREMOLO)
RISES = (RISE_OF_CLIP, RISE_OF_PHRASE)
LOUDNESS = (PEAK, RMS, VELOCITY)
FACTORS = (*LINE, *FREQUENCIES, *PACE, *VIBRATO, *COLOUR, *SHAPE, *RISES, *LOUDNESS)
"""every factor that a row may name: those of dMelodies, of renditions and of sinusoids"""

Values = Mapping[str, np.ndarray]
_NOT_KNOWN = "nan"


def key(name: str, unit: str = "") -> str:
    """Return how rows name a factor: with its unit in brackets, where it has one."""
    return f"{name} [{unit}]" if unit else name


@dataclass(frozen=True)
class Rule:
    """How the value of a factor changes.

    `text` says it in the names of the operator's settings. `after` takes the operator, the values
    of all factors before, (n,) each, and the factor's key, and returns its values after: (n,).
    """

    text: str
    after: Callable[[Any, Values, str], np.ndarray]


def plus(setting: str) -> Rule:
    """Return the rule that adds a setting of the operator."""
    return Rule(f"+ {setting}", lambda operator, own, key: own[key] + getattr(operator, setting))


def times(setting: str) -> Rule:
    """Return the rule that multiplies by a setting of the operator."""
    return Rule(f"x {setting}", lambda operator, own, key: own[key] * getattr(operator, setting))


def divided_by(setting: str) -> Rule:
    """Return the rule that divides by a setting of the operator."""
    return Rule(f"/ {setting}", lambda operator, own, key: own[key] / getattr(operator, setting))


def kept_if(text: str, holds: Callable[[Any, Values], Any]) -> Rule:
    """Return the rule that a value is kept where a condition holds, and is not known elsewhere.

    `holds` takes the operator and the values of all factors, and gives a bool, or one for each
    clip, (n,).
    """
    return Rule(
        f"kept if {text}",
        lambda operator, own, key: np.where(holds(operator, own), own[key], np.nan),
    )


def each(factors: Iterable[str], rule: Rule) -> dict[str, Rule]:
    """Return the same rule for several factors."""
    return dict.fromkeys(factors, rule)


@dataclass(frozen=True)
class Effects:
    """The row of an operator: what it keeps, what changes by a rule; of the rest nothing is known.

    Raises
    ------
    ValueError
        If a name is none of `FACTORS`, or is there twice.
    """

    keeps: tuple[str, ...] = ()
    changes: Mapping[str, Rule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = (*self.keeps, *self.changes)
        if not set(named) <= set(FACTORS) or len(set(named)) < len(named):
            raise ValueError(f"factors of an operator's row are unknown, or there twice: {named}")

    def text(self, factor: str) -> str:
        """Return what happens to the value of a factor, in a word: kept, a rule, or nan."""
        rule = self.changes.get(factor)
        return "kept" if factor in self.keeps else rule.text if rule else _NOT_KNOWN

    def after(self, operator: Any, own: Values) -> dict[str, np.ndarray]:
        """Return the values of all factors after the operator, from those before, (n,) each."""
        return {factor: self._after(operator, own, factor) for factor in own}

    def _after(self, operator: Any, own: Values, factor: str) -> np.ndarray:
        if factor in self.keeps:
            return own[factor]
        if factor in self.changes:
            return np.asarray(self.changes[factor].after(operator, own, factor), np.float64)
        return np.full(len(own[factor]), np.nan)


def all_but(*changed: str) -> tuple[str, ...]:
    """Return every factor but some."""
    return tuple(factor for factor in FACTORS if factor not in changed)


def table(rows: Mapping[str, Effects]) -> list[str]:
    """Return the rows of operators by their names as lines of a Markdown table, factor by factor.

    Factors to which all operators do the same stand in one line.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for factor in FACTORS:
        groups.setdefault(tuple(row.text(factor) for row in rows.values()), []).append(factor)
    head = ["| factor | " + " | ".join(rows) + " |", "|---|" + "---|" * len(rows)]
    return head + [_line(factors, texts) for texts, factors in groups.items()]


def _line(factors: Iterable[str], texts: Iterable[str]) -> str:
    return f"| {', '.join(factors)} | {' | '.join(texts)} |"
