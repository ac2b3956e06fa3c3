"""Words of sound: each is a condition on the values of one factor, or of several."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..factors.space import Factor


@dataclass(frozen=True)
class Span:
    """Values from `least` to below `below`, of factors in this `unit` alone; "" is any unit."""

    least: float = -math.inf
    below: float = math.inf
    unit: str = ""


@dataclass(frozen=True)
class Word:
    """A symbol with a meaning.

    `kind` is the property that it is a value of. `where` has, for each factor that it speaks of,
    which values it allows, as a span of numbers or by names (those of them that the factor has).
    """

    name: str
    kind: str
    where: tuple[tuple[str, Span | tuple[str, ...]], ...]


def classes(factor: Factor, allowed: Span | tuple[str, ...]) -> tuple[int, ...]:
    """Return the classes of a factor that a condition allows, ascending."""
    if isinstance(allowed, Span):
        if allowed.unit not in ("", factor.unit):
            return ()
        low, high = allowed.least, allowed.below
        return tuple(c for c, value in enumerate(factor.values) if low <= value < high)
    return tuple(c for c, name in enumerate(factor.names) if name in allowed)


def word(name: str, kind: str, factor: str, allowed: Span | tuple[str, ...]) -> Word:
    """Return a word that speaks of one factor."""
    return Word(name, kind, ((factor, allowed),))


def opposites(
    kind: str, factor: str, low: str, below: float, high: str, least: float, unit: str = ""
) -> tuple[Word, Word]:
    """Return two opposite words; values from `below` to `least` are neither."""
    return (
        word(low, kind, factor, Span(below=below, unit=unit)),
        word(high, kind, factor, Span(least=least, unit=unit)),
    )


SOME = 1e-9
"""more than nothing"""
