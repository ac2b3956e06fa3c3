"""Recipes: what chooses a corpus. Each kind of corpus is one frozen dataclass in `KINDS`.

A recipe knows its factor space, which clips it takes, how they are split and what notes they
have; everything else (rendering, shards, reading) is the same for all kinds.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, Protocol

import numpy as np

from ..soundfonts.errors import DsoundsError, suggestion
from .dmelodies import DMelodies
from .space import FactorSpace


class Recipe(Protocol):
    """What every kind of recipe offers."""

    @property
    def count(self) -> int: ...

    @property
    def seed(self) -> int: ...

    @property
    def soundfont(self) -> str: ...

    @property
    def space(self) -> FactorSpace: ...

    @property
    def clip_samples(self) -> int: ...

    def canonical(self) -> Recipe: ...

    def choose(self) -> np.ndarray: ...

    def validation_part(self, index: np.ndarray) -> np.ndarray: ...

    def schedule(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


KINDS: dict[str, Any] = {"dmelodies": DMelodies}


def kind_of(recipe: Recipe) -> str:
    """The name under which a recipe's class is known."""
    return next(name for name, kind in KINDS.items() if type(recipe) is kind)


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values, for JSON or TOML; `from_dict` reads it."""
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(recipe).items()}  # type: ignore[call-overload]
    return {"kind": kind_of(recipe), **plain}


def from_dict(plain: dict[str, Any]) -> Recipe:
    """The recipe that `to_dict` described. Raises DsoundsError for unknown kinds and settings."""
    settings = dict(plain)
    kind = settings.pop("kind", None)
    if kind not in KINDS:
        raise DsoundsError(
            f"unknown kind of corpus {kind!r}{suggestion(str(kind), KINDS)}: "
            f"{', '.join(KINDS)} are known"
        )
    known = [field.name for field in fields(KINDS[kind])]
    for name in settings:
        if name not in known:
            raise DsoundsError(
                f"unknown setting {name!r} of {kind}{suggestion(name, known)}: "
                f"{', '.join(known)} are known"
            )
    return KINDS[kind](**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})
