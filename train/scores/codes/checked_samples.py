"""Codes and factors that somebody gives, checked, and made into samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from ....errors import DsoundsError
from ....settings import require
from .samples import Factors, Kind, Samples, Training


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
