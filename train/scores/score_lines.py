"""Scores as lines for a terminal, drawn from the rows of the scores."""

from typing import Any

from .registry import factor_rows, groups, rows_in_order

_WIDTH = 16  # width of a column


def lines(result: dict[str, Any]) -> str:
    """Return the scores as text: F1s per factor, then each score of the run, then notes.

    A score whose needs are not met has no line: a note says why.
    """
    figures = [
        _figure(label, result["scores"].get(key), row.unit or row.hint, row.decimals)
        for rows in groups().values()
        for row in rows
        if "left_out" not in result["rows"].get(row.name, {"left_out": "it was not asked for"})
        for key, label in row.labels.items()
    ]
    known = {key for row in rows_in_order() for key in row.labels}
    others = [name for name in result["rows"] if name in result["scores"] and name not in known]
    figures += [_figure(name, result["scores"][name], "", 3) for name in others]
    notes = [f"note: {note}" for note in result["notes"]]
    return "\n".join([*_heading(result["computed_from"]), "", *_factors(result), *figures, *notes])


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
    """Return a line for each factor: its scores, and the floor of the first of them."""
    heads = {key: label for row in factor_rows() for key, label in row.labels.items()}
    if not result["factors"]:
        return []
    width = max(20, *(len(name) + 8 for name in result["factors"]))
    out = ["LDA macro-F1 from v".ljust(width) + "".join(f"{h:>{_WIDTH}}" for h in heads.values())]
    out[0] += f"{'chance':>{_WIDTH}}"
    for name, row in result["factors"].items():
        guesses = [row.get(key) for key in ("f1_constant", "f1_random")]
        best = max((guess for guess in guesses if guess is not None), default=None)
        cells = [_number(value, 3) for value in (*(row.get(key) for key in heads), best)]
        out.append(f"  {name}".ljust(width) + "".join(f"{cell:>{_WIDTH}}" for cell in cells))
    return [*out, ""]


def _figure(label: str, value: float | None, about: str, decimals: int) -> str:
    return f"{label:<28}{_number(value, decimals):>10}  {about}"


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
