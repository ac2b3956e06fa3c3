"""Floors and ceilings as scores.json has them: a number for all, or one for each key."""

from collections.abc import Mapping
from typing import Any


def level_of(level: Any, key: str) -> float | None:
    """Return a floor or ceiling as a number; None where there is none.

    `key` is that of the number, or the factor where each factor has a level of its own.
    """
    level = level.get(key) if isinstance(level, Mapping) else level
    return level if isinstance(level, int | float) else None
