"""Scores as lines for a terminal, drawn from the rows of the scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from .frame_means import means_of
from .levels import level_of
from .registry import factor_rows, groups, rows_in_order
from .row import Score

_WIDTH = 10  # width of a column
_OTHERS = "Other scores"
_PARTS = ("all", "held", "rests")
_DISTANCES = "Mean squares in log-mel"
_MOST_LISTED = 8  # names in a note
_LINE = 100  # characters of a note


@dataclass(frozen=True)
class Figure:
    """A line of the table: a number with its floor, its ceiling and its corrected value."""

    label: str
    value: float
    floor: float | None
    ceiling: float | None
    corrected: float | None
    decimals: int

    def text(self, width: int) -> str:
        """Return the line, whose label takes so many characters."""
        cells = [_number(one, self.decimals) for one in (self.value, self.floor, self.ceiling)]
        if self.corrected is not None:
            cells.append(_number(self.corrected, self.decimals))
        return f"  {self.label}".ljust(width) + "".join(f"{cell:>{_WIDTH}}" for cell in cells)


def lines(result: dict[str, Any]) -> str:
    """Return the scores as text: F1s per factor, the scores of the run by headings, then notes.

    Distances stand in a table of their own: over all frames, in held notes and in rests. A number
    without a value has no line. Where the needs of a score are not met, a note says why.
    """
    known = _groups(result)
    tables = {title: _figures(rows, result) for title, rows in known.items()}
    width = 4 + max((len(one.label) for table in tables.values() for one in table), default=0)
    out = [*_heading(result["computed_from"]), "", *_factors(result)]
    for title, rows in known.items():
        out += _table(title, tables[title], width) + _distances(rows, result["scores"], width)
    notes = [f"note: {note}" for note in [*result["notes"], *_empty(result)]]
    return "\n".join([*out, *(fill(note, _LINE, subsequent_indent="  ") for note in notes)])


def listed(names: Sequence[str]) -> str:
    """Return names for a note of one line; of many the first alone."""
    if len(names) <= _MOST_LISTED:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1} others"


def _heading(about: dict[str, Any]) -> list[str]:
    """Return which model and which clips, as far as that is known."""
    name = next((about[key] for key in ("name", "family", "method") if key in about), "codes")
    sizes = [f"{code} {about[f'{code}_dim']}" for code in "vz" if about.get(f"{code}_dim")]
    name = ", ".join([name, *sizes])
    if "epoch" in about:
        name += f": epoch {about['epoch']}, stage {about['stage']}"
    if "corpus" not in about:
        return [name]
    return [
        f"{name}, {about['scored_clips']} {about['part']} clips of {about['corpus']}",
        f"split {about['split']}: {about['train_clips']} training clips for the LDA",
    ]


def _factors(result: dict[str, Any]) -> list[str]:
    """Return a line for each factor: its scores, and the floor and ceiling that they share."""
    rows = [row for row in factor_rows() if row.name in result["rows"]]
    heads = {key: label for row in rows for key, label in row.labels.items()}
    if not result["factors"] or not heads:
        return []
    width = max(20, *(len(name) + 8 for name in result["factors"]))
    columns = {one: max(_WIDTH, len(one) + 2) for one in (*heads.values(), "floor", "ceiling")}
    titles = (f"{one:>{size}}" for one, size in columns.items())
    out = ["LDA macro-F1 from v".ljust(width) + "".join(titles)]
    for name, found in result["factors"].items():
        numbers = [*(found.get(key) for key in heads), *_shared_levels(result, rows, name)]
        cells = (
            f"{_number(one, 3):>{size}}"
            for one, size in zip(numbers, columns.values(), strict=True)
        )
        out.append(f"  {name}".ljust(width) + "".join(cells))
    return [*out, ""]


def _shared_levels(
    result: dict[str, Any], rows: Iterable[Score], factor: str
) -> list[float | None]:
    """Return floor and ceiling of the first of the scores of a factor that has one."""
    found = []
    for which in ("floor", "ceiling"):
        levels = (level_of(result["rows"][row.name].get(which), factor) for row in rows)
        found.append(next((one for one in levels if one is not None), None))
    return found


def _groups(result: dict[str, Any]) -> dict[str, list[Score]]:
    """Return the rows of the scores of the run, and of one's own, by their heading."""
    known = {row.name for row in rows_in_order()}
    own = [Score(name, name, lambda data: None) for name in result["rows"] if name not in known]
    return {**groups(), _OTHERS: own}


def _figures(rows: Iterable[Score], result: dict[str, Any]) -> list[Figure]:
    """Return the figures that there are of some scores."""
    scores, about = result["scores"], result["rows"]
    return [
        _figure(row, key, label, scores, about.get(row.name, {}))
        for row in rows
        for key, label in row.labels.items()
        if scores.get(key) is not None
    ]


def _empty(result: dict[str, Any]) -> list[str]:
    """Return a note of the numbers that tables would show and that have no value here."""
    shown = [key for row in rows_in_order() for key in row.labels]
    empty = [key for key in shown if key in result["scores"] and result["scores"][key] is None]
    return [f"no value: {listed(empty)}"] if empty else []


def _figure(
    row: Score, key: str, label: str, scores: dict[str, Any], about: dict[str, Any]
) -> Figure:
    return Figure(
        f"{label} ({row.unit})" if row.unit and row.unit not in label else label,
        scores[key],
        level_of(about.get("floor", row.floor), key),
        level_of(about.get("ceiling", row.ceiling), key),
        scores.get(f"{key}_corrected"),
        row.decimals,
    )


def _table(title: str, figures: list[Figure], width: int) -> list[str]:
    if not figures:
        return []
    heads = ["value", "floor", "ceiling"]
    if any(one.corrected is not None for one in figures):
        heads.append("corrected")
    first = title.ljust(width) + "".join(f"{head:>{_WIDTH}}" for head in heads)
    return [first, *(one.text(width) for one in figures), ""]


def _distances(rows: Iterable[Score], scores: dict[str, Any], width: int) -> list[str]:
    """Return a line for each distance that some scores have, a column for each part of frames."""
    labels = {key: label for row in rows for key, label in row.distances.items()}
    found = {label: means_of(scores, key) for key, label in labels.items()}
    lines = {label: one for label, one in found.items() if one is not None}
    if not lines:
        return []
    width = max(width, 4 + max(map(len, lines)))
    out = [_DISTANCES.ljust(width) + "".join(f"{one:>{_WIDTH}}" for one in _PARTS)]
    for label, one in lines.items():
        cells = "".join(f"{cell:>{_WIDTH}}" for cell in one.cells(3))
        out.append(f"  {label}".ljust(width) + cells)
    return [*out, ""]


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
