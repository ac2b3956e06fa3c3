"""All scores: the rows of this package's modules, each in its constant SCORE."""

from collections.abc import Sequence

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


def head(key: str) -> str:
    """Return the head of a narrow column of a score, by its name or "factor/name"."""
    row = SCORES.load(key.rpartition("/")[2].replace("_", "-"))
    return row.head or row.label


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
