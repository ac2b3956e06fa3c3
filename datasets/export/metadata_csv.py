"""metadata.csv: a row of labels for each file of an export.

    file_name                          as seen from the folder of the table
    clip, index                        number in the corpus, position in the factor space
    dmelodies_index                    of dmelodies: row in the official table of dMelodies
    FACTOR, FACTOR_class, FACTOR_value what people read, the class index, what it stands for
    split_NAME                         train, validation or test, for each split of the corpus

Hugging Face's audiofolder guesses a type for each column from its first rows, and wants the same
in all parts. So the names of a factor are written alike: all of them as whole numbers, all as
numbers with a point, or all as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np

from ...errors import DsoundsError
from ..factors.space import Factor
from ..factors.splits import PARTS
from ..reading.corpus import Corpus
from ..recipes.melodies import dmelodies_index
from .selection import Selection

FILE = "metadata.csv"


def columns(selection: Selection) -> list[str]:
    """Return the names of the columns. Two factors that make two alike raise DsoundsError."""
    corpus = selection.corpus
    return column_names(corpus.space.names, selection.splits, _is_dmelodies(corpus))


def column_names(
    factors: Sequence[str], splits: Sequence[str], official: bool = False
) -> list[str]:
    """Return the names of the columns of a table with these factors and splits.

    Raises
    ------
    DsoundsError
        If two of them are alike.
    """
    labels = [f"{name}{end}" for name in factors for end in _ENDS]
    parts = [f"split_{name}" for name in splits]
    names = ["file_name", "clip", "index", *["dmelodies_index"] * official, *labels, *parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DsoundsError(
            f"the factors {', '.join(factors)} would give two columns {twice[0]!r} to tables of "
            "clips: rename that factor, or leave it out"
        )
    return names


_ENDS = ("", "_class", "_value")


def _is_dmelodies(corpus: Corpus) -> bool:
    return dmelodies_index(corpus.space, corpus.labels([0])[0]) is not None


def types(selection: Selection) -> dict[str, str | tuple[str, ...]]:
    """Return the type of each column after `file_name`: of classes, the names in their order."""
    found: dict[str, str | tuple[str, ...]] = dict.fromkeys(columns(selection)[1:], "string")
    found |= {name: "int64" for name in ("clip", "index", "dmelodies_index") if name in found}
    for factor in selection.corpus.space.factors:
        spelling = spelled(factor)
        whole = all(name.lstrip("-").isdecimal() for name in spelling)
        number = spelling != factor.names or _numbers(spelling)
        found[factor.name] = "int64" if whole else "float64" if number else "string"
        found[f"{factor.name}_class"] = factor.names
        found[f"{factor.name}_value"] = "float64"
    return found


def _numbers(names: tuple[str, ...]) -> bool:
    try:
        return bool([float(name) for name in names])
    except ValueError:
        return False


def writer(file: TextIO, selection: Selection) -> Any:
    """Return a csv writer whose first row, the names of the columns, is written."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(columns(selection))
    return out


def rows(selection: Selection, clips: np.ndarray) -> Iterator[list[Any]]:
    """Yield the cells after `file_name` in the rows of some clips."""
    corpus = selection.corpus
    classes, values = corpus.labels(clips)
    official = dmelodies_index(corpus.space, classes)
    columns = [clips, corpus.source.rows("index", clips)]
    columns += [] if official is None else [official]
    for column, factor in enumerate(corpus.space.factors):
        labels = classes[:, column]
        columns += [_texts(spelled(factor))[labels], labels, _written(values[:, column])]
    columns += [_texts(PARTS)[corpus.parts(name)[clips]] for name in selection.splits]
    yield from map(list, zip(*(column.tolist() for column in columns), strict=True))


def _texts(names: Sequence[str]) -> np.ndarray:
    """Return an array of the texts themselves."""
    return np.array(names, object)


def _written(values: np.ndarray) -> np.ndarray:
    """Return numbers as texts that give the same numbers; each that comes often is written once."""
    different, which = np.unique(values, return_inverse=True)
    return _texts([repr(number) for number in different.tolist()])[which]


def spelled(factor: Factor) -> tuple[str, ...]:
    """Return the names of a factor's classes, all of one type when read as numbers or text."""
    try:
        numbers = [float(name) for name in factor.names]
    except ValueError:
        return factor.names
    if all(name.lstrip("-").isdecimal() for name in factor.names):
        return factor.names
    return tuple(repr(number) for number in numbers)
