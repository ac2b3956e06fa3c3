"""Codes with the factors of their samples, checked: what scores of codes against factors read.

A sample is a clip or a frame; a code is a row of numbers, one for each dimension. A factor is
categorical (an instrument), ordinal (an octave: its numbers have an order and distances) or
continuous (a measured brightness).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

import numpy as np

from ....errors import DsoundsError
from ....settings import require

Kind = Literal["categorical", "ordinal", "continuous"]
Factors = Mapping[str, Any] | Any
Training = tuple[Any, Factors]
T = TypeVar("T")
MOST = 10_000  # frames that are scored, and clips that predictors are fitted to


@dataclass(frozen=True)
class Samples:
    """Codes and factors of the same samples; `samples_of` makes and checks it.

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


def samples_of(
    codes: Any,
    factors: Factors,
    kinds: Mapping[str, Kind] | None = None,
    groups: Any = None,
    train: Training | None = None,
) -> Samples:
    """Check codes and factors, and leave constant factors out.

    Parameters
    ----------
    codes
        (n, dimensions) numbers.
    factors
        Name to (n,) numbers or texts; or an array (n, factors), whose columns are named factor_0,
        factor_1, ...
    kinds
        The kinds of factors by name. Otherwise numbers with a fractional type are continuous, all
        else is categorical.
    groups
        (n,) numbers or texts, see `Samples`.
    train
        Codes and factors of other samples, which predictors are fitted to.

    Raises
    ------
    DsoundsError
        If shapes do not fit, a number is not finite, there are fewer than two samples, fewer
        samples than factors, every factor is constant, or the training part lacks a factor.
    """
    code = _codes("codes", codes)
    n = len(code)
    values, found, left_out = {}, {}, {}
    known = dict(kinds or {})
    named = _named(factors, n)
    require(
        len(named) <= n,
        f"there are {len(named)} factors but {n} samples: more samples are needed; are rows and "
        "columns exchanged?",
    )
    train_code, train_named = _training(train, code, named)
    train_values = {}
    strange = sorted(known.keys() - named.keys())
    require(not strange, f"kinds has {', '.join(strange)}, which are no factors: {list(named)} are")
    for name, one in named.items():
        both, kind = _factor(name, np.append(one, train_named.get(name, one[:0])), known.get(name))
        value, train_value = both[:n], both[n:]
        if (value == value[0]).all():
            left_out[name] = "it is constant"
        elif train is not None and (train_value == train_value[0]).all():
            left_out[name] = "it is constant in the training part"
        else:
            values[name], found[name], train_values[name] = value, kind, train_value
    if not values:
        raise DsoundsError(
            f"none of the {len(named)} factors varies over the {n} samples"
            f"{'' if train is None else ' and in the training part'}: nothing can be scored"
        )
    own = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    require(
        own is None or own.shape == (n,),
        f"groups have the shape {np.shape(groups)}, but there are {n} codes",
    )
    fitted = None if train is None else Samples(train_code, train_values, found, None, left_out)
    return Samples(code, values, found, own, left_out, fitted)


def _numbered(values: np.ndarray) -> np.ndarray:
    """Return the place of each value among the values that occur: int64 from 0."""
    if values.min() >= 0 and values.max() <= len(values) and (values == np.floor(values)).all():
        whole = values.astype(np.int64)  # counting is many times faster than sorting
        places: np.ndarray = np.cumsum(np.bincount(whole) > 0) - 1
        return places[whole]
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _codes(what: str, given: Any) -> np.ndarray:
    code = _numbers(what, given)
    require(code.ndim == 2, f"{what} have the shape {code.shape}: (samples, dimensions) is needed")
    require(len(code) >= 2, f"scores of {what} need at least 2 samples: got {len(code)}")
    require(code.shape[1] > 0, f"{what} have no dimensions: at least 1 is needed")
    return code


def _training(
    train: Training | None, codes: np.ndarray, factors: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the codes and the factors of the training part; empty where there is none."""
    if train is None:
        return codes[:0], {}
    code = _codes("codes of the training part", train[0])
    size, needed = code.shape[1], codes.shape[1]
    require(
        size == needed,
        f"codes of the training part have {size} dimensions: {needed}, as those that are scored, "
        "are needed",
    )
    named = _named(train[1], len(code), " of the training part")
    missing = sorted(factors.keys() - named.keys())
    require(not missing, f"the training part has no factor {', '.join(missing)}")
    for name, one in factors.items():
        alike = _is_text(one) == _is_text(named[name])
        require(alike, f"factor {name} is text in one part and numbers in the other")
    return code, {name: named[name] for name in factors}


def _is_text(one: np.ndarray) -> bool:
    return one.dtype.kind not in "biuf"


def _named(factors: Factors, n: int, where: str = "") -> dict[str, np.ndarray]:
    """Return the factors of n samples by their names."""
    if isinstance(factors, Mapping):
        named = {str(name): np.asarray(one) for name, one in factors.items()}
    else:
        table = np.asarray(factors)
        require(
            table.ndim == 2,
            f"factors{where} have the shape {table.shape}: (samples, factors), or a mapping, is "
            "needed",
        )
        named = {f"factor_{k}": column for k, column in enumerate(table.T)}
    require(bool(named), f"there are no factors{where}")
    for name, one in named.items():
        require(
            one.shape == (n,),
            f"factor {name}{where} has the shape {one.shape}, but there are {n} codes: ({n},) is "
            "needed",
        )
    return named


def _factor(name: str, one: np.ndarray, kind: Kind | None) -> tuple[np.ndarray, Kind]:
    """Return the numbers of a factor and its kind; texts become the numbers of their classes."""
    require(
        kind is None or kind in get_args(Kind),
        f"factor {name} has the kind {kind!r}: {', '.join(get_args(Kind))} are allowed",
    )
    if _is_text(one):
        require(kind in (None, "categorical"), f"factor {name} is text: it can only be categorical")
        return np.unique(one, return_inverse=True)[1].astype(float), "categorical"
    continuous: Kind = "continuous" if one.dtype.kind == "f" else "categorical"
    return _numbers(f"factor {name}", one), kind or continuous


def _numbers(what: str, given: Any) -> np.ndarray:
    """Return finite float64 numbers."""
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DsoundsError(f"{what} are no numbers: {error}") from None
    bad = int((~np.isfinite(array)).sum())
    require(not bad, f"{what}: {bad} of {array.size} numbers are nan or infinite")
    return array
