"""Recordings with their labels: which may be imported, and which factors the labels are.

Labels are text, one for each factor of a recording, as a table or a layout gives them
(`label_tables.py`, `layouts.py`).
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ...errors import DsoundsError, suggestion
from ..export.metadata_csv import column_names
from ..factors.space import Factor, FactorSpace
from .file_names import likely_name


@dataclass(frozen=True)
class Recording:
    """A recording with its labels.

    `path` is where it is, `file` its name in the table, `labels` the value of each factor as text,
    `part` one of `splits.PARTS`, or "" where the import decides.
    """

    path: Path
    file: str
    labels: dict[str, str]
    part: str = ""
    group: str = ""
    unit: str = ""


def check(recordings: list[Recording]) -> None:
    """Raise DsoundsError where recordings are missing, come twice, or are labelled unlike."""
    missing = [one for one in recordings if not one.path.is_file()]
    if missing:
        raise DsoundsError(
            f"{len(missing)} of {len(recordings)} recordings are missing, first "
            f"{missing[0].path}{likely_name(missing[0].path)}; are the paths as seen from the "
            "folder?"
        )
    if not recordings[0].labels:
        raise DsoundsError("the recordings have no labels: at least one factor is needed")
    column_names(list(recordings[0].labels), [])  # raises where a name is taken
    seen: set[Path] = set()
    for one in recordings:
        if one.path.resolve() in seen:
            raise DsoundsError(f"recording {one.file} comes twice: once is allowed")
        seen.add(one.path.resolve())
        if one.labels.keys() != recordings[0].labels.keys():
            raise DsoundsError(
                f"recording {one.file} has labels {list(one.labels)}, the first has "
                f"{list(recordings[0].labels)}"
            )
        if bool(one.part) != bool(recordings[0].part):
            raise DsoundsError("some recordings have a split and some have none: all or none")


def keep(
    recordings: list[Recording], factors: Iterable[str] = (), only: Iterable[str] = ()
) -> list[Recording]:
    """Return some of the recordings, with some of their factors.

    Parameters
    ----------
    recordings
        The recordings to choose from.
    factors
        The names of the factors; all when empty.
    only
        Texts "NAME=VALUE,VALUE"; recordings with another value are left out.

    Raises
    ------
    DsoundsError
        If a name or value is unknown, or if nothing is left.
    """
    if not recordings:
        raise DsoundsError("there is no recording to choose from")
    known = list(recordings[0].labels)
    forms = {_composed(name): name for name in known}
    chosen = [forms.get(_composed(name), name) for name in factors] or known
    wanted: dict[str, set[str]] = {}
    for text in only:
        name, sign, values = text.partition("=")
        if not sign:
            raise DsoundsError(f"only is {text!r}: NAME=VALUE,VALUE is needed")
        name = forms.get(_composed(name.strip()), name.strip())
        wanted[name] = {_composed(value.strip()) for value in values.split(",")}
    for name in (*chosen, *wanted):
        if name not in known:
            raise DsoundsError(
                f"the labels have no column {name!r}{suggestion(name, known)}: "
                f"{', '.join(known) or 'none'} are there"
            )
    for name, allowed in wanted.items():
        there = sorted({_composed(one.labels[name]) for one in recordings})
        for value in sorted(allowed - set(there)):
            raise DsoundsError(
                f"no recording has {name}={value}{suggestion(value, there)}: "
                f"{', '.join(there[:20])} are there"
            )
    left = [
        replace(one, labels={name: one.labels[name] for name in chosen})
        for one in recordings
        if all(_composed(one.labels[name]) in allowed for name, allowed in wanted.items())
    ]
    if not left or not chosen:
        raise DsoundsError("no recording is left" if not left else "at least one factor is needed")
    return left


def space_of(recordings: Iterable[Recording]) -> FactorSpace:
    """Return the factors of some recordings, each with the values that they have."""
    rows = [one.labels for one in recordings]
    return FactorSpace([factor_of(name, {row[name] for row in rows}) for name in rows[0]])


def factor_of(name: str, texts: Iterable[str]) -> Factor:
    """Return a static factor with some values, given as text.

    Where all are numbers they are its values, in order; else its values are 0, 1, ..., in the order
    of the alphabet. Two texts that are one number, or the same in two forms of Unicode, raise
    DsoundsError.
    """
    ordered = sorted(texts)
    for form, often in Counter(map(_composed, ordered)).items():
        if often > 1:
            raise DsoundsError(
                f"{name} has {form!r} in two forms of Unicode, which look the same: write it in one"
            )
    numbers = [_number(text) for text in ordered]
    if None in numbers:
        return Factor(name, "static", tuple(range(len(ordered))), tuple(ordered))
    pairs = sorted(zip([number for number in numbers if number is not None], ordered, strict=True))
    for (low, first), (high, second) in pairwise(pairs):
        if low == high:
            raise DsoundsError(f"{name} has {first!r} and {second!r}: write one number in one way")
    return Factor(name, "static", tuple(n for n, _ in pairs), tuple(text for _, text in pairs))


def _composed(text: str) -> str:
    """Return a text in the form of Unicode that has one character for a letter with its accent."""
    return unicodedata.normalize("NFC", text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
