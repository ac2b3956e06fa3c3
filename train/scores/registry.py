"""All scores: the rows of this package's modules, each in its constant SCORE."""

from ...registry import Registry
from .row import Score

SCORES = Registry(__package__, "SCORE", Score, "score")


def rows_in_order() -> list[Score]:
    """Return every score in the order of tables."""
    return sorted((row for _, row in SCORES.rows()), key=lambda row: (row.order, row.name))


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
