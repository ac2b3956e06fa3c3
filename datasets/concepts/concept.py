"""Concepts and their recombination, with exact truth: AND, IN COMMON, IGNORE.

A concept is a partial assignment of factors: "strings & high" says something of the instrument and
of the octave, and leaves everything else free. It is kept as the set of all symbols of a
vocabulary that are true of each of its clips, so a violin is also strings, and two ways of saying
one thing are one concept. That set and the box of clips determine each other; concepts with AND and
IN COMMON are a lattice, and a concept stands above another where it holds all its clips.

    a AND b          the clips of both: violin AND high = violin & high
    a IN COMMON b    all that is true of both: violin & high IN COMMON cello & low = strings
    a IGNORE b       a, free in the factors of which b speaks: violin & high IGNORE strings = high

For concepts of different factors (b beside a, orthogonal in the paper's words) IGNORE undoes AND.
Source: Higgins et al. 2018 (SCAN), whose conjunction, overlap and difference are those of sets of
assigned factors; here a factor may also be assigned a word for several values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import log2, prod

import numpy as np

from ...errors import DsoundsError
from ..symbols.vocabulary import AND_SIGN, Vocabulary

ANYTHING = "anything"
_OPERATOR = re.compile(r"\s+(AND|IN COMMON|IGNORE)\s+")


@dataclass(frozen=True)
class Concept:
    """A partial assignment of factors.

    `symbols` are the numbers of all symbols that are true of each of its clips, ascending. Make
    concepts by `parse`, `of` and the operators, which ensure that.
    """

    vocabulary: Vocabulary = field(repr=False)
    symbols: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, vocabulary: Vocabulary, symbols: Iterable[int | str] = ()) -> Concept:
        """Return the concept that some symbols, by name or number, make; anything for none.

        Symbols that are unknown, or cannot hold at once, raise DsoundsError.
        """
        numbers = [vocabulary.number(symbol) for symbol in symbols]
        region = vocabulary.region(numbers)
        empty = ~np.logical_or.reduceat(region, vocabulary.starts)
        if empty.any():
            factor = vocabulary.space.names[int(np.argmax(empty))]
            names = f" {AND_SIGN} ".join(vocabulary.names[number] for number in numbers)
            raise DsoundsError(f"{names} cannot hold at once: no {factor} is left")
        return cls(vocabulary, tuple(np.flatnonzero(vocabulary.implied(region)).tolist()))

    @classmethod
    def of_khot(cls, vocabulary: Vocabulary, khot: np.ndarray) -> Concept:
        """Return the concept of a k-hot vector (S,). Errors are those of `of`."""
        if np.shape(khot) != (len(vocabulary),):
            raise DsoundsError(
                f"a k-hot vector must be ({len(vocabulary)},), not {np.shape(khot)}: "
                "one place for each symbol of the vocabulary"
            )
        return cls.of(vocabulary, np.flatnonzero(khot).tolist())

    @classmethod
    def parse(cls, text: str, vocabulary: Vocabulary) -> Concept:
        """Read symbols with & between them, and AND, IN COMMON, IGNORE between concepts.

        Operators take effect from left to right. Errors are those of `of`.
        """
        first, *rest = _OPERATOR.split(f" {text} ")
        concept = cls._of_text(first, vocabulary)
        for name, right in zip(rest[::2], rest[1::2], strict=True):
            concept = OPERATORS[name](concept, cls._of_text(right, vocabulary))
        return concept

    @classmethod
    def _of_text(cls, text: str, vocabulary: Vocabulary) -> Concept:
        names = [name.strip() for name in text.split(AND_SIGN)]
        if names == [ANYTHING]:
            return cls.of(vocabulary)
        if not all(names):
            raise DsoundsError(
                f"a symbol is missing in {text.strip()!r}: write such as "
                f"{f' {AND_SIGN} '.join(vocabulary.names[:2])!r}, or {ANYTHING!r}"
            )
        return cls.of(vocabulary, names)

    def __and__(self, other: Concept) -> Concept:
        """Return the conjunction: the clips of both. Where there are none, raise DsoundsError."""
        self._together(other)
        try:
            return Concept.of(self.vocabulary, (*self.symbols, *other.symbols))
        except DsoundsError:
            raise DsoundsError(f"{self} AND {other} holds nothing: they contradict") from None

    def in_common(self, other: Concept) -> Concept:
        """Return the overlap: the smallest concept that holds both, maybe anything."""
        self._together(other)
        shared = set(self.symbols) & set(other.symbols)
        return Concept(self.vocabulary, tuple(sorted(shared)))

    def ignore(self, other: Concept) -> Concept:
        """Return the difference: this concept, free in the factors that the other assigns."""
        self._together(other)
        ignored = set(np.flatnonzero(self.vocabulary.speaks[:, other._speaks].any(axis=1)).tolist())
        return Concept(self.vocabulary, tuple(s for s in self.symbols if s not in ignored))

    def agrees(self, other: Concept) -> bool:
        """Return whether some clip is in both, so that AND has an answer."""
        self._together(other)
        both = self.region & other.region
        return bool(np.logical_or.reduceat(both, self.vocabulary.starts).all())

    def subsumes(self, other: Concept) -> bool:
        """Return whether it holds all clips of the other: strings subsumes violin, and itself."""
        self._together(other)
        return set(self.symbols) <= set(other.symbols)

    def contains(self, classes: np.ndarray) -> np.ndarray:
        """Return which clips, by class indices (N, F), it is true of: (N,) bool."""
        self.vocabulary.space.index(classes)  # raises where they are not of this space
        return self.region[self.vocabulary.starts + np.asarray(classes)].all(axis=-1)

    @property
    def count(self) -> int:
        """The number of clips of the factor space that it is true of, exactly."""
        return prod(np.add.reduceat(self.region, self.vocabulary.starts, dtype=int).tolist())

    @property
    def bits(self) -> float:
        """Its information: log2 of the space's size over its own; 0 for anything."""
        return log2(len(self.vocabulary.space) / self.count)

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors that it assigns."""
        return tuple(np.array(self.vocabulary.space.names)[self._speaks].tolist())

    @property
    def said(self) -> tuple[int, ...]:
        """The fewest of its symbols that say all; of those that mean the same the first."""
        own = np.array(self.symbols, np.intp)
        holds = self.vocabulary.holds[np.ix_(own, own)]
        first = own[:, None] > own
        more = np.any(holds & (~holds.T | first), axis=1)  # another says all of it
        return tuple(own[~more].tolist())

    @property
    def khot(self) -> np.ndarray:
        """Its symbols, those that it implies among them: (S,) uint8."""
        vector = np.zeros(len(self.vocabulary), np.uint8)
        vector[list(self.symbols)] = 1
        return vector

    @cached_property
    def region(self) -> np.ndarray:
        """The classes that it allows, of all factors one after the other: (C,) bool."""
        return self.vocabulary.region(self.symbols)

    @property
    def classes(self) -> dict[str, tuple[int, ...]]:
        """The classes that it allows, ascending, for each factor that it assigns."""
        pieces = np.split(self.region, self.vocabulary.starts[1:])
        own = zip(self.vocabulary.space.names, pieces, strict=True)
        return {name: tuple(np.flatnonzero(kept).tolist()) for name, kept in own if not kept.all()}

    @property
    def cells(self) -> str:
        """The same region in the words of `regions`, such as a recipe's `hold_out` takes."""
        space = self.vocabulary.space
        pieces = []
        for name, kept in self.classes.items():
            values = "|".join(f'"{space.factor(name).names[c]}"' for c in kept)
            pieces.append(f'"{name}"={values}')
        return " ".join(pieces)

    def sample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw positions in the space of clips of the concept, all different: (count,) int64.

        What it leaves free varies uniformly. More clips than it has raise DsoundsError.
        """
        space = self.vocabulary.space
        if not 0 <= count <= self.count:
            raise DsoundsError(f"{count:,} clips of {self} asked for, but it has {self.count:,}")
        inside = space.restrict(**self.classes)
        drawn = inside.classes(inside.sample(count, rng))
        for name, kept in self.classes.items():
            column = space.column(name)
            drawn[:, column] = np.array(kept)[drawn[:, column]]
        return space.index(drawn)

    def __str__(self) -> str:
        names = [self.vocabulary.names[number] for number in self.said]
        return f" {AND_SIGN} ".join(names) or ANYTHING

    def __repr__(self) -> str:
        return f"Concept({str(self)!r}: {self.count:,} of {len(self.vocabulary.space):,} clips)"

    @property
    def _speaks(self) -> np.ndarray:
        """The factors that it assigns: (F,) bool."""
        return ~np.logical_and.reduceat(self.region, self.vocabulary.starts)

    def _together(self, other: Concept) -> None:
        if self.vocabulary is not other.vocabulary and self.vocabulary != other.vocabulary:
            raise DsoundsError(f"{self} and {other} are of different vocabularies")


OPERATORS: dict[str, Callable[[Concept, Concept], Concept]] = {
    "AND": Concept.__and__,
    "IN COMMON": Concept.in_common,
    "IGNORE": Concept.ignore,
}
