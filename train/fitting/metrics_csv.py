"""metrics.csv of a run folder, a row per epoch. Lightning is not imported, as it takes seconds.

`elbo` is the criterion of the family that early stopping and best.ckpt watch: Eq 2 for DSAE. The
active units of v and z are those of `train.fitting.active_units`; rows of 0.1.0 lack them.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ...errors import DsoundsError
from ..models.family import Term

METRICS = "metrics.csv"
ACTIVE_UNITS = ("v_active_units", "z_active_units")


def columns_of(terms: Iterable[Term]) -> list[str]:
    """Return the columns of a family's metrics.csv."""
    names = ["loss", "elbo", *(term.name for term in terms)]
    values = [f"{part}_{name}" for part in ("train", "validation") for name in names]
    return ["epoch", "stage", "seconds", *values, *ACTIVE_UNITS]


def read_metrics(path: Path) -> list[dict[str, str]]:
    """Return the whole rows of a metrics.csv; a last one cut short by a kill is left out.

    Raises
    ------
    DsoundsError
        For a file that is no table of numbers, or lacks `epoch`, `stage` or `seconds`.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if None not in row.values()]
        for row in rows:
            _check_numbers(int(row["epoch"]), row["seconds"], row["stage"], *row.values())
    except (ValueError, TypeError, KeyError, csv.Error) as error:
        raise DsoundsError(
            f"{path} is damaged ({error}): put a copy in its place; or remove it and go on "
            "with the training, whose curves then lack the epochs before"
        ) from None
    return rows


def _check_numbers(*cells: str | int) -> None:
    for cell in cells:
        float(cell or 0)  # an empty one: the stage has no such term


def csv_text(
    rows: list[dict[str, str]] | list[dict[str, float]], columns: list[str], header: bool
) -> str:
    """Return rows as CSV text; what has no column is left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, "", extrasaction="ignore", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: str | float) -> str | int:
    return f"{value:.6g}" if isinstance(value, float) else value
