"""Factors and the grid of all their combinations.

A `FactorSpace` numbers the grid in mixed-radix order, last factor fastest: `classes` turns a
position into one class index per factor, `index` turns it back. `values` are the numbers that
classes stand for, `names` what people read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from math import prod
from numbers import Real
from typing import Any, Literal

import numpy as np

from ...errors import DsoundsError, suggestion

Kind = Literal["static", "dynamic"]


@dataclass(frozen=True)
class Factor:
    """A variable with finitely many values.

    Attributes
    ----------
    kind
        "static" (global: holds for the whole clip) or "dynamic" (local: what happens in it).
    values
        One number for each class, strictly ascending.
    names
        What people read, one for each class.
    """

    name: str
    kind: Kind
    values: tuple[float, ...]
    names: tuple[str, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.values or len(self.values) != len(self.names):
            raise DsoundsError(
                f"factor {self.name} needs as many names as values, at least one: "
                f"got {len(self.names)} names and {len(self.values)} values"
            )
        if list(self.values) != sorted(set(self.values)):
            raise DsoundsError(f"values of factor {self.name} must ascend: {self.values}")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ordinal(self) -> bool:
        """Whether its names are its values: then it has an order and distances, as an octave."""
        return self.names == tuple(f"{value:g}" for value in self.values)

    def class_of(self, value: Any) -> int:
        """Return the class index of a value, which is a text, its name, or the number itself.

        A class index is no value: the numbers -40, 0 and 40 have 0 for their second. What the
        factor has not raises DsoundsError.
        """
        if isinstance(value, str):
            if value in self.names:
                return self.names.index(value)
            raise DsoundsError(
                f"{self.name} has no value {value!r}{suggestion(value, self.names)}: "
                f"{_listing(self.names)} are allowed"
            )
        number = isinstance(value, Real) and not isinstance(value, bool)
        if number and value in self.values:
            return self.values.index(value)
        said = value if number else repr(value)
        raise DsoundsError(f"{self.name} has no value {said}: {self._told()} are allowed")

    def _told(self) -> str:
        """Return the values for a message, each with its name where that is another."""
        if self.ordinal:
            return _listing(self.names)
        return _listing([f"{n!r} ({v:g})" for n, v in zip(self.names, self.values, strict=True)])

    def restrict(self, classes: Iterable[int]) -> Factor:
        """Return the same factor with only some of its classes, renumbered from 0."""
        kept = sorted(set(classes))
        if not kept or kept[0] < 0 or kept[-1] >= len(self):
            raise DsoundsError(
                f"{self.name}: classes {kept} asked for, 0 to {len(self) - 1} are allowed"
            )
        values, names = tuple(self.values[c] for c in kept), tuple(self.names[c] for c in kept)
        return Factor(self.name, self.kind, values, names, self.unit)


class FactorSpace:
    """The grid of all combinations of some factors; `len` is its size."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self.factors = tuple(factors)
        names = [factor.name for factor in factors]
        if len(set(names)) != len(names):
            raise DsoundsError(f"two factors have one name: {names}")
        self.sizes = tuple(len(factor) for factor in factors)
        if prod(self.sizes) > np.iinfo(np.int64).max:
            raise DsoundsError(f"the space of {self.sizes} does not fit 64 bits")

    def __len__(self) -> int:
        return prod(self.sizes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FactorSpace) and self.factors == other.factors

    def __hash__(self) -> int:
        return hash(self.factors)

    def __repr__(self) -> str:
        inside = ", ".join(f"{factor.name}: {len(factor)}" for factor in self.factors)
        return f"FactorSpace({inside}; {len(self):,} combinations)"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the factors, in order."""
        return tuple(factor.name for factor in self.factors)

    def column(self, name: str) -> int:
        """Return the position of a factor. An unknown name raises DsoundsError."""
        if name not in self.names:
            raise DsoundsError(
                f"unknown factor {name!r}{suggestion(name, self.names)}: "
                f"{', '.join(self.names)} are allowed"
            )
        return self.names.index(name)

    def factor(self, name: str) -> Factor:
        """Return a factor by its name. An unknown one raises DsoundsError."""
        return self.factors[self.column(name)]

    def varying(self, kind: Kind) -> tuple[Factor, ...]:
        """Return the factors of a kind that have more than one value."""
        return tuple(f for f in self.factors if f.kind == kind and len(f) > 1)

    def classes(self, index: Any) -> np.ndarray:
        """Return the class indices, (..., F) int64, at positions, (...,) integers."""
        index = integers(index, "positions")
        if index.size and (index.min() < 0 or index.max() >= len(self)):
            bad = index.min() if index.min() < 0 else index.max()
            raise DsoundsError(f"position {bad} is outside the space, 0 to {len(self) - 1}")
        return np.stack(np.unravel_index(index, self.sizes), axis=-1).astype(np.int64)

    def index(self, classes: Any) -> np.ndarray:
        """Return the positions, (...,) int64, of class indices, (..., F) integers."""
        classes = self._checked(classes)
        return np.asarray(np.ravel_multi_index(tuple(np.moveaxis(classes, -1, 0)), self.sizes))

    def values(self, classes: Any) -> np.ndarray:
        """Return what class indices, (..., F) integers, stand for: (..., F) float64."""
        classes = self._checked(classes)
        columns = [np.array(f.values)[classes[..., k]] for k, f in enumerate(self.factors)]
        return np.stack(columns, axis=-1).astype(np.float64)

    def classes_of(self, values: Any) -> np.ndarray:
        """Return class indices of values, the inverse of `values`. Others raise DsoundsError."""
        values = np.asarray(values, np.float64)
        classes = np.empty(values.shape, np.int64)
        for k, factor in enumerate(self.factors):
            known = np.array(factor.values)
            found = np.searchsorted(known, values[..., k]).clip(max=len(factor) - 1)
            wrong = values[..., k][known[found] != values[..., k]]
            if wrong.size:
                raise DsoundsError(
                    f"{factor.name} has no value {wrong[0]:g}: {_listing(factor.values)} are known"
                )
            classes[..., k] = found
        return classes

    def restrict(self, **classes: Iterable[int]) -> FactorSpace:
        """Return the sub-space in which the named factors keep only the given classes."""
        for name in classes:
            self.column(name)
        return FactorSpace(
            [f.restrict(classes[f.name]) if f.name in classes else f for f in self.factors]
        )

    def sample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw positions uniformly without replacement, in random order: (count,) int64.

        A `count` larger than the space raises DsoundsError.
        """
        if not 0 <= count <= len(self):
            raise DsoundsError(f"{count:,} clips asked for, but the space has only {len(self):,}")
        return rng.choice(len(self), count, replace=False, shuffle=True)

    def table(self) -> list[dict[str, Any]]:
        """Return the factors as plain lists and numbers, for JSON; `from_table` reads it."""
        return [asdict(factor) for factor in self.factors]

    @classmethod
    def from_table(cls, table: list[dict[str, Any]]) -> FactorSpace:
        """Return the space that `table` described."""
        return cls(
            [
                Factor(**{**row, "values": tuple(row["values"]), "names": tuple(row["names"])})
                for row in table
            ]
        )

    def _checked(self, classes: Any) -> np.ndarray:
        classes = integers(classes, "classes")
        if classes.shape[-1:] != (len(self.factors),):
            raise DsoundsError(
                f"classes must be (..., {len(self.factors)}), not {classes.shape}: "
                f"one column for each of {', '.join(self.names)}"
            )
        wrong = (classes < 0) | (classes >= np.array(self.sizes))
        if wrong.any():
            column = int(np.argwhere(wrong)[0][-1])
            raise DsoundsError(
                f"class {classes[wrong][0]} of {self.names[column]} is out of range, "
                f"0 to {self.sizes[column] - 1} are allowed"
            )
        return classes


def integers(numbers: Any, what: str) -> np.ndarray:
    """Return numbers as an int64 array of any shape. Others than integers raise DsoundsError."""
    array = np.asarray(numbers)
    if array.size and array.dtype.kind not in "iu":
        raise DsoundsError(f"{what} must be integers, not {array.dtype}")
    return array.astype(np.int64)


def _listing(items: Sequence[object]) -> str:
    texts = [f"{item:g}" if isinstance(item, float) else str(item) for item in items]
    return ", ".join(texts if len(texts) <= 12 else [*texts[:10], "...", texts[-1]])
