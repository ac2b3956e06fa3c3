"""The melodies of dMelodies as factors, and which of them, on which instruments, a recipe takes.

No rest at an end of a melody means that the first rhythm has an onset in its first slot and the
second in its last, so the melodies that remain (7,056 in C major in one octave) are again a grid.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from ...errors import DsoundsError
from ...settings import settings
from ...synth.music import melody
from ...synth.music.midi import program_name, program_number
from ..factors.space import Factor, FactorSpace
from .base import Recipe


def _rhythm_name(onsets: tuple[int, ...]) -> str:
    return "".join("x" if slot in onsets else "." for slot in range(melody.BAR_SLOTS))


def _numbered(name: str, kind: str, names: tuple[str, ...], unit: str = "") -> Factor:
    return Factor(name, kind, tuple(range(len(names))), names, unit)  # type: ignore[arg-type]


_RHYTHM_NAMES = tuple(_rhythm_name(onsets) for onsets in melody.RHYTHMS)

MELODIES = FactorSpace(
    [
        _numbered("tonic", "static", melody.TONICS, "pitch class"),
        Factor("octave", "static", melody.OCTAVES, tuple(map(str, melody.OCTAVES)), "octave"),
        _numbered("scale", "static", tuple(melody.SCALE_STEPS)),
        _numbered("rhythm_bar1", "dynamic", _RHYTHM_NAMES),
        _numbered("rhythm_bar2", "dynamic", _RHYTHM_NAMES),
        *(_numbered(f"arp_chord{k}", "dynamic", melody.DIRECTIONS) for k in (1, 2, 3, 4)),
    ]
)


def dmelodies_index(space: FactorSpace, classes: np.ndarray) -> np.ndarray | None:
    """Return the rows of clips in the official table of dMelodies: (n,) int64, 0 to 1,354,751.

    It is the position of the nine factors in the space of all melodies, whose order is the table's;
    None for a space that does not begin with them, or has other values of one. Values are compared
    by their names: those of recordings have numbers of their own.

    Parameters
    ----------
    space, classes
        The factors of the clips, and their class indices, (n, F).
    """
    factors = space.factors[: len(MELODIES.factors)]
    if tuple(factor.name for factor in factors) != MELODIES.names:
        return None
    try:
        official = [
            np.array([of.class_of(name) for name in own.names])
            for of, own in zip(MELODIES.factors, factors, strict=True)
        ]
    except DsoundsError:
        return None
    columns = [table[classes[:, column]] for column, table in enumerate(official)]
    return MELODIES.index(np.stack(columns, axis=1))


INSTRUMENT = "instrument"
_ALL = ("all",)


def _as_text(instruments: Any) -> Any:
    """Return instruments with program numbers as text, for a name may be a number."""
    numbers_are_text = type(instruments) is tuple
    return (
        tuple(str(one) if type(one) is int else one for one in instruments)
        if numbers_are_text
        else instruments
    )


@settings
class Melodies(Recipe):
    """The values that the factors of a melody take, and the instruments that play it."""

    tonics: tuple[str, ...] = ("C",)
    """tonics: C, C#, ... B, or 'all'"""
    octaves: tuple[int, ...] = (4,)
    """octaves of the tonic: 4, 5, 6 (C4 is MIDI pitch 60)"""
    scales: tuple[str, ...] = ("major",)
    """scales: major, minor, blues, or 'all'"""
    rhythms_bar1: tuple[str, ...] = _ALL
    """rhythms of the first bar, such as 'xx.xx.xx', or 'all'"""
    rhythms_bar2: tuple[str, ...] = _ALL
    """rhythms of the second bar"""
    directions: tuple[str, ...] = melody.DIRECTIONS
    """directions of the four arpeggios: up, down"""
    rest_at_ends: bool = False
    """also melodies that start or end with a rest"""
    instruments: Annotated[tuple[str, ...], BeforeValidator(_as_text)] = ("violin", "trumpet")
    """General MIDI instruments, by name or program number (0 to 127), or 'all'"""

    @cached_property
    def melodies(self) -> FactorSpace:
        """The grid of the recipe's melodies."""

        def kept(name: str, values: Iterable[object], among: Iterable[int] = range(28)) -> set[int]:
            factor, texts = MELODIES.factor(name), tuple(str(value) for value in values)
            allowed = set(among) & set(range(len(factor)))
            if texts == _ALL:
                return allowed
            found = {factor.class_of(text) for text in texts}
            if not found & allowed:
                raise DsoundsError(f"{name}: no value is left of {', '.join(texts) or 'none'}")
            return found & allowed

        every, ends = range(len(melody.RHYTHMS)), (0, melody.BAR_SLOTS - 1)
        first, last = (
            [r for r in every if self.rest_at_ends or end in melody.RHYTHMS[r]] for end in ends
        )
        arpeggios = {f"arp_chord{k}": kept(f"arp_chord{k}", self.directions) for k in (1, 2, 3, 4)}
        return MELODIES.restrict(
            tonic=kept("tonic", self.tonics),
            octave=kept("octave", self.octaves),
            scale=kept("scale", self.scales),
            rhythm_bar1=kept("rhythm_bar1", self.rhythms_bar1, first),
            rhythm_bar2=kept("rhythm_bar2", self.rhythms_bar2, last),
            **arpeggios,
        )

    @cached_property
    def instrument(self) -> Factor:
        """The instruments as a factor."""
        if not self.instruments:
            raise DsoundsError("no instrument is given: at least one is needed")
        given = range(128) if self.instruments == _ALL else self.instruments
        programs = sorted({program_number(instrument) for instrument in given})
        names = tuple(program_name(program) for program in programs)
        return Factor(INSTRUMENT, "static", tuple(programs), names, "General MIDI program")
