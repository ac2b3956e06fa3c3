"""All scores: the rows of this package's modules, each in its constant SCORE."""

from collections.abc import Iterable, Sequence

from ...errors import DsoundsError, suggestion
from ...registry import Registry
from .row import Score

ALL, QUICK = "all", "quick"  # in place of names: every score, and those that are not costly
SCORES = Registry(__package__, "SCORE", Score, "score")


def rows_in_order() -> list[Score]:
    """Return every score in the order of tables."""
    return sorted((row for _, row in SCORES.rows()), key=lambda row: (row.order, row.name))


def chosen(rows: Sequence[Score], names: Sequence[str]) -> list[Score]:
    """Return those of the rows that are named; "all" and "quick" stand for many.

    Rows that are computed by name only are in neither of them.

    Raises
    ------
    DsoundsError
        If a name is unknown.
    """
    known = {row.name: row for row in rows}
    for name in names:
        if name not in (ALL, QUICK, *known):
            raise DsoundsError(
                f"unknown score {name!r}{suggestion(name, (ALL, QUICK, *known))}: {ALL}, {QUICK}, "
                f"{', '.join(known)} are known"
            )
    return [row for row in rows if row.name in names or _in_group(row, names)]


def _in_group(row: Score, names: Sequence[str]) -> bool:
    return not row.by_name and (ALL in names or (QUICK in names and not row.costly))


def names_of(keys: Iterable[str]) -> list[str]:
    """Return the names of the scores that these numbers of scores.json belong to, each once.

    A number whose key does not begin with the name of its score, and is none of those that tables
    show, belongs to none.
    """
    found: dict[str, None] = {}
    for key in keys:
        parts = key.split("/")
        of_key = [
            row.name
            for row in rows_in_order()
            if any(one in row.labels or f"{one}_".startswith(f"{row.name}_") for one in parts)
        ]
        found |= dict.fromkeys(sorted(of_key, key=len)[-1:])
    return list(found)


def head(key: str) -> str:
    """Return the head of a narrow column of a score, by its name or "factor/name"."""
    row = SCORES.load(key.rpartition("/")[2].replace("_", "-"))
    return row.head or row.label


def distances() -> dict[str, str]:
    """Return the labels of the mean squares that are shown in held notes and in rests, by key."""
    return {key: label for row in rows_in_order() for key, label in row.distances.items()}


def shown_keys() -> list[str]:
    """Return the keys of all numbers that tables show, in their order."""
    return [key for row in rows_in_order() for key in {**row.labels, **row.distances}]


def factor_rows() -> list[Score]:
    """Return the scores per factor in the order of tables."""
    return [row for row in rows_in_order() if row.scope == "factor"]


def groups() -> dict[str, list[Score]]:
    """Return the scores of the whole run under their headings, in the order of tables."""
    found: dict[str, list[Score]] = {}
    for row in rows_in_order():
        if row.scope == "run":
            found.setdefault(row.group, []).append(row)
    return found
