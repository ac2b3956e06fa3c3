"""The scores of models side by side, as rows of cells: groups of scores, a column per model."""

from collections.abc import Callable
from dataclasses import dataclass

from ..scores.frame_means import MEAN_SQUARE, means_of
from ..scores.levels import level_of
from ..scores.registry import factor_rows, groups, rows_in_order
from ..scores.row import Score
from .runs import Entry, TrainedEntry
from .verdict import Mark, mark


@dataclass(frozen=True)
class Cell:
    """A number as it is shown, its exact value, its mark; `bar` has value and floor, 0 to 1.

    `parts` says the same of held notes and of rests.
    """

    shown: str = "-"
    value: float | None = None
    mark: Mark | None = None
    bar: tuple[float, float] | None = None
    parts: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the table. `key` is the name of the number in scores.json."""

    key: str
    label: str
    hint: str
    cells: list[Cell]


@dataclass(frozen=True)
class Group:
    """Rows under a heading."""

    title: str
    lines: list[Line]


def score_groups(entries: list[Entry]) -> list[Group]:
    """Return the groups of the table: each factor, each heading of scores, training."""
    factors = dict.fromkeys(name for entry in entries for name in entry.factors)
    known = groups() | {"Other scores": _others(entries)}
    scored = [
        *(Group(name, _lines(factor_rows(), entries, name)) for name in factors),
        *(Group(title, _lines(rows, entries)) for title, rows in known.items()),
    ]
    return [*(group for group in scored if group.lines), Group("Training", _training(entries))]


def _others(entries: list[Entry]) -> list[Score]:
    """Return rows for scores of one's own, which stand in scores.json alone."""
    known = {row.name for row in rows_in_order()}
    names = dict.fromkeys(
        name
        for entry in entries
        for name, about in entry.result["rows"].items()
        if name not in known and name in entry.scores and "floor" in about
    )
    return [Score(name, name, compute=lambda data: None) for name in names]


def _lines(rows: list[Score], entries: list[Entry], factor: str | None = None) -> list[Line]:
    """Return a line for each number that any of the models has."""
    lines = [
        Line(
            key,
            label,
            _hint(row, key),
            [_cell(row, key, entry, factor) for entry in entries],
        )
        for row in rows
        for key, label in {**row.labels, **row.distances}.items()
    ]
    return [line for line in lines if any(cell.value is not None for cell in line.cells)]


def _hint(row: Score, key: str) -> str:
    """Return what stands below the label of a number; a distance beside others has its unit."""
    if key not in row.labels:
        return MEAN_SQUARE
    return "; ".join(text for text in (row.unit, row.hint) if text)


def _cell(row: Score, key: str, entry: Entry, factor: str | None) -> Cell:
    numbers = entry.scores if factor is None else entry.factors.get(factor, {})
    value = numbers.get(key)
    if value is None:
        return Cell()
    if key not in row.labels:
        return Cell(_number(value, row.decimals), value, parts=_parts(row, key, entry))
    about = entry.result["rows"].get(row.name, {})
    floor, ceiling = (
        level_of(about.get(name, getattr(row, name)), factor or key)
        for name in ("floor", "ceiling")
    )
    if row.better is None or floor is None or ceiling is None or floor == ceiling:
        shown = _number(value, row.decimals, ceiling)
        return Cell(shown, value, parts=_parts(row, key, entry))
    bar = (value, floor) if ceiling == 1 and 0 <= floor < 1 else None
    return Cell(_number(value, row.decimals), value, mark(value, floor, ceiling), bar)


def _parts(row: Score, key: str, entry: Entry) -> str:
    """Return a distance in held notes and in rests; "" of a number that is none."""
    means = means_of(entry.scores, key) if key in row.distances else None
    return means.parts(row.decimals) if means else ""


def _number(value: float, decimals: int, most: float | None = None) -> str:
    """Return a number; a count with the most that it can be."""
    if 0 < abs(value) < 0.1**decimals and decimals:
        return f"< {0.1**decimals:.{decimals}f}"
    shown = f"{value:,.{decimals}f}"
    return f"{shown} of {most:g}" if most is not None and not decimals else shown


def _training(entries: list[Entry]) -> list[Line]:
    """Return what training took; a model of one's own has no such numbers."""

    def line(key: str, label: str, hint: str, told: Callable[[TrainedEntry], str]) -> Line:
        shown = [told(entry) if isinstance(entry, TrainedEntry) else "-" for entry in entries]
        return Line(key, label, hint, [Cell(text) for text in shown])

    return [
        line("epochs", "epochs", "the best, whose weights are scored, of all made", _epochs),
        line("seconds", "training time", "", lambda entry: f"{entry.seconds:,.0f} s"),
        line("parameters", "parameters", "", lambda entry: f"{entry.parameters:,}"),
    ]


def _epochs(entry: TrainedEntry) -> str:
    return f"{entry.run.epoch} of {entry.metrics[-1]['epoch'] if entry.metrics else '?'}"
