"""Codes with the factors of their samples: what scores of codes against factors read.

A sample is a clip or a frame; a code is a row of numbers, one for each dimension. A factor is
categorical (an instrument), ordinal (an octave: its numbers have an order and distances) or
continuous (a measured brightness).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np

from ....settings import require

Kind = Literal["categorical", "ordinal", "continuous"]
Factors = Mapping[str, Any] | Any
Training = tuple[Any, Factors]
T = TypeVar("T")
MOST = 10_000  # frames that are scored, and clips that predictors are fitted to


@dataclass(frozen=True)
class Samples:
    """Codes and factors of the same samples; `checked_samples` makes it.

    Attributes
    ----------
    codes
        (n, dimensions) float64.
    values
        The numbers of each factor that varies, (n,) float64; those of a categorical one only name
        its classes.
    kinds
        The kind of each of these factors.
    groups
        (n,) int64: samples of one group, as the frames of a clip, are not independent of each
        other, and are drawn, shuffled and held out together. None: each stands alone.
    left_out
        Factors that are not scored, with the reason.
    train
        Other samples, which predictors are fitted to; None where there are none.
    made
        What was made of these samples, for several scores to share; see `once`.
    drawn
        The samples that these were drawn from by `resampled`, and the places of these among them.
    """

    codes: np.ndarray
    values: dict[str, np.ndarray]
    kinds: dict[str, Kind]
    groups: np.ndarray | None
    left_out: dict[str, str]
    train: Samples | None = None
    made: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    drawn: tuple[Samples, np.ndarray] | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def classes(self) -> dict[str, np.ndarray]:
        """The class of each sample, (n,) int64 from 0, of each factor that is not continuous."""
        return {
            name: _numbered(one)
            for name, one in self.values.items()
            if self.kinds[name] != "continuous"
        }

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` makes of these samples, made once under that key."""
        if key not in self.made:
            self.made[key] = make()
        made: T = self.made[key]
        return made

    def take(self, places: np.ndarray) -> Samples:
        """Return the samples at these places, (m,); a factor that is constant there stays."""
        groups = None if self.groups is None else self.groups[places]
        values = {name: one[places] for name, one in self.values.items()}
        return replace(
            self, codes=self.codes[places], values=values, groups=groups, made={}, drawn=None
        )

    def only(self, names: Sequence[str]) -> Samples:
        """Return the same with some of the factors alone."""
        train = None if self.train is None else self.train.only(names)
        values = {name: self.values[name] for name in names}
        return replace(self, values=values, train=train, made={})

    def resampled(self, rng: np.random.Generator) -> Samples:
        """Return as many groups, drawn with replacement (the bootstrap)."""
        if self.groups is None:
            places = rng.integers(0, len(self), len(self))
        else:
            members = self._members
            drawn = rng.integers(0, len(members), len(members))
            places = np.concatenate([members[i] for i in drawn])
        return replace(self.take(places), drawn=(self, places))

    def shuffled(self, rng: np.random.Generator) -> Samples:
        """Return the codes with the factors of other samples: groups are exchanged as a whole.

        All factors of a sample stay together. Groups of different sizes are exchanged among those
        of the same size. The training part is shuffled as well.
        """
        order = np.arange(len(self))
        if self.groups is None:
            order = rng.permutation(order)
        sizes = [] if self.groups is None else [len(one) for one in self._members]
        for size in np.unique(sizes):
            alike = [one for one in self._members if len(one) == size]
            order[np.concatenate(alike)] = np.concatenate(
                [alike[i] for i in rng.permutation(len(alike))]
            )
        train = None if self.train is None else self.train.shuffled(rng)
        values = {name: one[order] for name, one in self.values.items()}
        return replace(self, values=values, train=train, made={})

    def parts(self, rng: np.random.Generator, share: float = 2 / 3) -> tuple[Samples, Samples]:
        """Return the training part and these samples.

        Where there is no training part, about this share of the groups is one, and the rest is
        returned beside it.
        """
        if self.train is not None:
            return self.train, self
        members = self._members
        require(len(members) > 1, "a training and a test part need two samples or more")
        count = min(max(1, round(share * len(members))), len(members) - 1)
        order = rng.permutation(len(members))
        train, test = (
            np.sort(np.concatenate([members[i] for i in part]))
            for part in (order[:count], order[count:])
        )
        return self.take(train), self.take(test)

    @cached_property
    def _members(self) -> list[np.ndarray]:
        """The places of the samples of each group."""
        if self.groups is None:
            return list(np.arange(len(self))[:, None])
        order = np.argsort(self.groups, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.groups[order])) + 1)


def some(count: int, rng: np.random.Generator, most: int = MOST) -> np.ndarray:
    """Return the places of so many samples in order, or of `most` of them, drawn at random."""
    if count <= most:
        return np.arange(count)
    return np.sort(rng.choice(count, most, replace=False))


def _numbered(values: np.ndarray) -> np.ndarray:
    """Return the place of each value among the values that occur: int64 from 0."""
    if values.min() >= 0 and values.max() <= len(values) and (values == np.floor(values)).all():
        whole = values.astype(np.int64)  # counting is many times faster than sorting
        places: np.ndarray = np.cumsum(np.bincount(whole) > 0) - 1
        return places[whole]
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
