"""Regions of a factor space in the words of its factors, to hold combinations out of training.

Conditions stand side by side and hold all at once:

    instrument=trumpet octave=5
    octave>=6
    instrument=trumpet|"acoustic grand piano" tonic!=C

The operators are = and != (one value, or several with | between them), and >= <= > < (by the
factor's values). A value is one of the factor's names or its number; only a name with one of these
signs in it needs quotes. Spaces around signs do not matter.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from ...errors import DsoundsError
from .space import Factor, FactorSpace

_ORDERS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_OPERATORS = ("=", "!=", *_ORDERS)
_MEANT = {"==": "=", "=>": ">=", "=<": "<=", "<>": "!="}
_TOKEN = re.compile(r'"[^"]*"|[=!<>]+|\||[^\s"=!<>|]+')
_EXAMPLE = "write conditions such as octave>=5 or instrument=trumpet|flute"


@dataclass(frozen=True)
class Region:
    """All combinations of a space that meet some conditions."""

    text: str
    """the conditions, spelled and ordered as the factors are"""
    space: FactorSpace = field(repr=False)
    kept: tuple[tuple[bool, ...], ...] = field(repr=False)
    """for each factor, which of its classes are inside"""

    @classmethod
    def parse(cls, text: str, space: FactorSpace) -> Self:
        """Read conditions.

        DsoundsError is raised if they cannot be read, name what the space has not, or hold
        everything or nothing of it.
        """
        kept = [np.ones(n, bool) for n in space.sizes]
        pieces = []
        for name, sign, values in _conditions(text):
            column = space.column(name)
            inside, spelled = _classes(space.factors[column], sign, values)
            kept[column] &= inside
            pieces.append((column, f"{_quoted(name)}{sign}{spelled}"))
        if not all(inside.any() for inside in kept):
            raise DsoundsError(f"{text!r} holds nothing: no value of the space meets it")
        if all(inside.all() for inside in kept):
            raise DsoundsError(f"{text!r} holds everything: all values of the space meet it")
        spelling = " ".join(piece for _, piece in sorted(set(pieces)))
        return cls(spelling, space, tuple(tuple(inside.tolist()) for inside in kept))

    def contains(self, classes: np.ndarray) -> np.ndarray:
        """Return which clips, by class indices (N, F), are inside: (N,) bool."""
        self.space.index(classes)  # raises where they are not of this space
        classes = np.asarray(classes)
        inside = np.ones(classes.shape[:-1], bool)
        for column, own in enumerate(self.kept):
            if not all(own):
                inside &= np.array(own)[classes[..., column]]
        return inside


def _conditions(text: str) -> list[tuple[str, str, list[str]]]:
    """Return conditions as name, operator and values, not yet looked up."""
    if text.count('"') % 2:
        raise DsoundsError(f"a quote is not closed in {text!r}")
    tokens = _TOKEN.findall(text)
    signs = [k for k, token in enumerate(tokens) if token[0] in "=!<>"]
    if not signs:
        raise DsoundsError(f"{text!r} has no condition: {_EXAMPLE}")
    if signs[0] != 1:
        raise DsoundsError(f"{text!r} must start with one factor and an operator: {_EXAMPLE}")
    found = []
    for k, end in zip(signs, [*(s - 1 for s in signs[1:]), len(tokens)], strict=True):
        name, sign, rest = tokens[k - 1].strip('"'), tokens[k], tokens[k + 1 : end]
        if sign not in _OPERATORS:
            meant = f", did you mean {_MEANT[sign]!r}?" if sign in _MEANT else ""
            raise DsoundsError(
                f"unknown operator {sign!r} after {name}{meant}: {' '.join(_OPERATORS)} are allowed"
            )
        values = [""]
        for token in rest:
            if token == "|":
                values.append("")
            else:
                values[-1] = " ".join([values[-1], token.strip('"')]).strip()
        if not all(values):
            raise DsoundsError(f"a value is missing after {name}{sign} in {text!r}: {_EXAMPLE}")
        found.append((name, sign, values))
    return found


def _classes(factor: Factor, sign: str, texts: list[str]) -> tuple[np.ndarray, str]:
    """Return which classes of a factor meet a condition, (n,) bool, and its values as spelled."""
    values = np.array(factor.values)
    if sign in _ORDERS:
        if len(texts) > 1:
            raise DsoundsError(
                f"{factor.name}{sign}{'|'.join(texts)}: one value is needed after {sign}, "
                "several are allowed after = and !="
            )
        bound = _number(factor, texts[0])
        names = [n for n, value in zip(factor.names, factor.values, strict=True) if value == bound]
        return _ORDERS[sign](values, bound), _quoted(names[0] if names else f"{bound:g}")
    inside = np.isin(values, [_known(factor, text) for text in texts])
    spelled = "|".join(_quoted(factor.names[c]) for c in np.flatnonzero(inside))
    return (inside if sign == "=" else ~inside), spelled


def _number(factor: Factor, text: str) -> float:
    """Return the number that a name or a number stands for."""
    if text in factor.names:
        return factor.values[factor.names.index(text)]
    try:
        return float(text)
    except ValueError:
        return factor.values[factor.class_of(text)]  # raises, with a suggestion


def _known(factor: Factor, text: str) -> float:
    """See `_number`, but the number is one of the factor's values."""
    number = _number(factor, text)
    return number if number in factor.values else factor.values[factor.class_of(text)]


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"[\s=!<>|]", name) else name
