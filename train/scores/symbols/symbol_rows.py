"""The rows of what a judge hears in sounds of concepts; `heard_symbols` computes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..row import Need, Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData
    from .heard_symbols import Heard

Numbers = Callable[["Heard"], tuple[float, Mapping[str, float]]]
NEEDS: frozenset[Need] = frozenset({"symbol_model", "symbols", "concepts", "train", "x", "decode"})


def accuracy_row(name: str, label: str, hint: str, order: int, of: str) -> Score:
    """Return the row of the accuracy of sounds, of a source of concepts in `heard_symbols`."""
    row = _row(name, label, hint, order, of, lambda heard: (heard.accuracy, heard.of_operators()))
    floor, ceiling = (partial(_level, of, one) for one in ("floor", "ceiling"))
    return replace(row, unit="accuracy", floor=floor, ceiling=ceiling)


def diversity_row(name: str, label: str, hint: str, order: int, of: str) -> Score:
    """Return the row of the diversity of the same sounds."""
    row = _row(
        name, label, hint, order, of, lambda heard: (heard.diversity, heard.freed_by_operators())
    )
    return replace(
        row, unit="share of the corpus's", floor=partial(_level, of, "least"), ceiling=1.0
    )


def _row(name: str, label: str, hint: str, order: int, of: str, numbers: Numbers) -> Score:
    """Return a row whose value is a number of all concepts, and one of each operator."""

    def compute(data: EvaluationData) -> dict[str, float]:
        whole, operators = numbers(_heard(data, of))
        return {name: whole} | {f"{name}/{key}": value for key, value in operators.items()}

    return Score(
        name=name,
        label=label,
        compute=compute,
        hint=hint,
        group="Symbols",
        order=order,
        better="higher",
        needs=NEEDS | {"held_out"} if of.endswith("held_out") else NEEDS,
        reference="Higgins et al. 2018",
        shown={name: label},
    )


def _level(of: str, name: str, data: EvaluationData) -> float:
    level: float = getattr(_heard(data, of), name)
    return level


def _heard(data: EvaluationData, of: str) -> Heard:
    from .heard_symbols import SOURCES

    return data.once(("heard", of), lambda: SOURCES[of](data))
