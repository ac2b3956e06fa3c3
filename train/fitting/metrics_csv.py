"""metrics.csv of a run folder, a row per epoch. No Lightning here: its import takes seconds."""

import csv
import io
from pathlib import Path

from ..models.objectives import EQ2, SWAPS

METRICS = "metrics.csv"
COLUMNS = ["epoch", "stage", "seconds"] + [
    f"{part}_{name}" for part in ("train", "validation") for name in ("loss", "elbo", *EQ2, *SWAPS)
]


def read_metrics(path: Path) -> list[dict[str, str]]:
    """Return the whole rows of a metrics.csv; a last one cut short by a kill is left out."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if None not in row.values()]


def csv_text(rows: list[dict[str, str]] | list[dict[str, float]], header: bool) -> str:
    """Return rows as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: str | float) -> str | int:
    return f"{value:.6g}" if isinstance(value, float) else value
