"""A command of one run in which options have several values, said as a sweep."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import get_origin

from ..models.registry import FAMILIES
from .sweep import setting_types


def settings_with_several(family: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Return which of a run's options have several values though they are no rows of numbers.

    `values` has what was given for each option, by its name.
    """
    kinds = {"seed": int, **setting_types(FAMILIES.load(family))}
    return [
        name
        for name, own in values.items()
        if name in kinds
        and get_origin(kinds[name]) is not tuple
        and len(own if kinds[name] is str else _separate(own)) > 1
    ]


def command(family: str, values: Mapping[str, Sequence[str]], many: Sequence[str]) -> str:
    """Return the command of a sweep that has a run for each combination of `many` options."""
    kinds = setting_types(FAMILIES.load(family))
    own = {
        name: ",".join(_separate(given)) if name in many else " ".join(given)
        for name, given in values.items()
    }
    places = {"corpus": "CORPUS", "out": "FOLDER"} | own
    words = ["dsounds", "sweep", family]
    for name in ("corpus", "out", "preset", "split"):
        words += [f"--{name}", places[name]] if name in places else []
    words += ["--seeds", own["seed"]] if "seed" in own else []
    for name in (name for name in own if name in kinds):
        words += ["--set", f"{name}={own[name]}"]
    return shlex.join(words)


def _separate(given: Sequence[str]) -> list[str]:
    return [part for text in given for part in text.split(",") if part]
