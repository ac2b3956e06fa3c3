"""The symbols of a factor space, in a hierarchy: words above, the factors' own values below.

A symbol is true of all clips in a box of the grid: some classes are allowed of each factor that it
speaks of, any of the others. One symbol stands above another where its box holds the other's, so
the hierarchy follows from the meanings: sustained > wind > brass > trumpet. Where two boxes are the
same the symbol that comes first stands above.

S is the number of symbols, F of factors, C of classes of all factors one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import DsoundsError, suggestion
from ..factors.space import FactorSpace
from .word import Word, classes
from .words import FORMER_NAMES, WORDS

_BARE = ("instrument", "scale", "contour")  # factors whose values speak for themselves
AND_SIGN = "&"  # stands between the symbols of a concept


@dataclass(frozen=True)
class Symbol:
    """A word, or a value of a factor.

    `kind` is the property that it is a value of (the factor's name for its own values). `where`
    has, for each factor that it speaks of, in the space's order, the classes that it allows,
    ascending. `parents` are the names of the symbols right above it.
    """

    name: str
    kind: str
    where: tuple[tuple[str, tuple[int, ...]], ...]
    parents: tuple[str, ...] = ()


class Vocabulary:
    """The symbols of a factor space, numbered from 0 in their order."""

    def __init__(self, space: FactorSpace, symbols: Iterable[Symbol]) -> None:
        self.space, self.symbols = space, tuple(symbols)
        self.names = tuple(symbol.name for symbol in self.symbols)
        if len(set(self.names)) != len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise DsoundsError(f"two symbols of a vocabulary have the name {twice!r}")

    def __len__(self) -> int:
        return len(self.symbols)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Vocabulary)
            and self.space == other.space
            and self.symbols == other.symbols
        )

    def __hash__(self) -> int:
        return hash(self.names)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} symbols of {self.space!r})"

    def number(self, name: str | int) -> int:
        """Return the number of a symbol by its name, one that it had before, or its number.

        Unknown ones raise DsoundsError.
        """
        if not isinstance(name, str):
            if not 0 <= name < len(self):
                raise DsoundsError(f"there is no symbol {name}: 0 to {len(self) - 1} exist")
            return int(name)
        if name not in self.names and FORMER_NAMES.get(name) in self.names:
            name = FORMER_NAMES[name]
        if name not in self.names:
            shown = self.names if len(self) <= 24 else (*self.names[:24], "...")
            raise DsoundsError(
                f"unknown symbol {name!r}{suggestion(name, self.names)}: "
                f"{', '.join(shown)} are known here"
            )
        return self.names.index(name)

    @cached_property
    def starts(self) -> np.ndarray:
        """The place of each factor's first class among those of all factors: (F,) int64."""
        return np.cumsum((0, *self.space.sizes[:-1]))

    @cached_property
    def allowed(self) -> np.ndarray:
        """The classes that each symbol allows: (S, C) bool, all of factors that it has not."""
        allowed = np.ones((len(self), sum(self.space.sizes)), bool)
        for row, symbol in zip(allowed, self.symbols, strict=True):
            for name, kept in symbol.where:
                column = self.space.column(name)
                start, size = int(self.starts[column]), self.space.sizes[column]
                row[start : start + size] = np.isin(np.arange(size), kept)
        return allowed

    @cached_property
    def speaks(self) -> np.ndarray:
        """The factors of which each symbol speaks: (S, F) bool."""
        return ~np.logical_and.reduceat(self.allowed, self.starts, axis=1)

    @cached_property
    def holds(self) -> np.ndarray:
        """Whether symbol s is true of all clips of symbol t, at [s, t]: (S, S) bool."""
        own = self.allowed.astype(np.float32)
        return (1 - own) @ own.T == 0  # no class of t is outside of s

    @cached_property
    def above(self) -> np.ndarray:
        """Whether symbol s stands above symbol t, at [s, t]: (S, S) bool, a strict order."""
        first = np.arange(len(self))[:, None] < np.arange(len(self))
        return self.holds & (~self.holds.T | first)

    def khot(self, classes: np.ndarray) -> np.ndarray:
        """Return which symbols are true of clips, by class indices (N, F): (N, S) uint8."""
        self.space.index(classes)  # raises where they are not of this space
        classes = np.asarray(classes)
        true = np.ones((*classes.shape[:-1], len(self)), bool)
        for column, start in enumerate(self.starts):
            true &= self.allowed.T[start + classes[..., column]]
        return true.view(np.uint8)

    def implied(self, region: np.ndarray) -> np.ndarray:
        """Return which symbols are true all over a region: (C,) bool of classes to (S,) bool."""
        return np.asarray((self.allowed | ~region).all(axis=1))

    def region(self, numbers: Sequence[int]) -> np.ndarray:
        """Return the classes that some symbols allow together: (C,) bool, or none of a factor."""
        return np.logical_and.reduce(self.allowed[list(numbers)], axis=0)

    def table(self) -> list[dict[str, Any]]:
        """Return the symbols as plain lists and numbers, for JSON; `from_table` reads it."""
        return [
            {
                "name": symbol.name,
                "kind": symbol.kind,
                "where": {name: list(kept) for name, kept in symbol.where},
                "parents": list(symbol.parents),
            }
            for symbol in self.symbols
        ]

    @classmethod
    def from_table(cls, table: list[dict[str, Any]], space: FactorSpace) -> Vocabulary:
        """Return the vocabulary that `table` described, of the same space."""
        return cls(
            space,
            [
                Symbol(
                    row["name"],
                    row["kind"],
                    tuple((name, tuple(kept)) for name, kept in row["where"].items()),
                    tuple(row["parents"]),
                )
                for row in table
            ],
        )


def vocabulary_of(space: FactorSpace, words: Iterable[Word] = WORDS) -> Vocabulary:
    """Return the words that a factor space can tell apart, then the values of its factors.

    A word is left out where the space lacks one of its factors, or where it is true of all clips or
    of none. Of words of one name the first that fits stays; of words that mean the same here the
    last, which is the most particular. The result is deterministic, and empty where nothing varies.
    """
    kept: dict[tuple[tuple[str, tuple[int, ...]], ...], Symbol] = {}
    for word in words:
        where = _where(word, space)
        if where and word.name not in {symbol.name for symbol in kept.values()}:
            kept.pop(where, None)
            kept[where] = Symbol(word.name, word.kind, where)
    symbols = list(kept.values())
    names = {symbol.name for symbol in symbols}
    for factor in space.factors:
        for c, value in enumerate(factor.names if len(factor) > 1 else ()):
            text = value.replace(AND_SIGN, "+")
            bare = factor.name in _BARE and text not in names
            name = text if bare else f"{factor.name} {text}"
            names.add(name)
            symbols.append(Symbol(name, factor.name, ((factor.name, (c,)),)))
    return Vocabulary(space, _with_parents(Vocabulary(space, symbols)))


def _where(word: Word, space: FactorSpace) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return what a word allows here, factor by factor; nothing where it cannot be told apart."""
    found = {}
    for name, condition in word.where:
        if name not in space.names:
            return ()
        inside = classes(space.factor(name), condition)
        if not inside:
            return ()
        if len(inside) < len(space.factor(name)):
            found[name] = inside
    return tuple((name, found[name]) for name in space.names if name in found)


def _with_parents(vocabulary: Vocabulary) -> Iterable[Symbol]:
    """Yield the symbols, each with those right above it."""
    above = vocabulary.above.astype(np.float32)
    right = vocabulary.above & (above @ above == 0)
    for t, symbol in enumerate(vocabulary.symbols):
        parents = tuple(vocabulary.names[s] for s in np.flatnonzero(right[:, t]))
        yield Symbol(symbol.name, symbol.kind, symbol.where, parents)


def listing(vocabulary: Vocabulary, khot: np.ndarray) -> str:
    """Return a vocabulary as text, with the number of clips of which each symbol is true.

    `khot` is (N, S), the symbols of the clips.
    """
    width = max(map(len, (*vocabulary.names, "symbol")))
    kinds = max(map(len, (*(symbol.kind for symbol in vocabulary.symbols), "kind")))
    lines = [f"  {'symbol':<{width}}  {'kind':<{kinds}}  {'clips':>9}  below"]
    for symbol, count in zip(vocabulary.symbols, khot.sum(axis=0, dtype=int), strict=True):
        below = ", ".join(symbol.parents)
        line = f"  {symbol.name:<{width}}  {symbol.kind:<{kinds}}  {count:>9,}  {below}"
        lines.append(line.rstrip())
    return "\n".join(lines)
