"""The rows of what a judge hears in sounds of concepts; `heard_symbols` computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .row import Need, Score

if TYPE_CHECKING:
    from .evaluation_data import EvaluationData
    from .heard_symbols import Heard

NEEDS: frozenset[Need] = frozenset({"symbol_model", "symbols", "concepts", "train", "x", "decode"})


def accuracy_row(name: str, label: str, hint: str, order: int, of: str) -> Score:
    """Return the row of the accuracy of sounds, of a source of concepts in `heard_symbols`."""

    def compute(data: EvaluationData) -> dict[str, float]:
        found = _heard(data, of)
        return {name: found.accuracy} | {
            f"{name}/{key}": value for key, value in found.of_operators().items()
        }

    return Score(
        name=name,
        label=label,
        compute=compute,
        hint=hint,
        unit="accuracy",
        group="Symbols",
        order=order,
        better="higher",
        floor=lambda data: _heard(data, of).floor,
        ceiling=lambda data: _heard(data, of).ceiling,
        needs=_needs(of),
        reference="Higgins et al. 2018",
        shown={name: label},
    )


def diversity_row(name: str, label: str, hint: str, order: int, of: str) -> Score:
    """Return the row of the diversity of the same sounds."""

    def compute(data: EvaluationData) -> dict[str, float]:
        found = _heard(data, of)
        return {name: found.diversity} | {
            f"{name}/{key}": value for key, value in found.freed_by_operators().items()
        }

    return Score(
        name=name,
        label=label,
        compute=compute,
        hint=hint,
        unit="share of the corpus's",
        group="Symbols",
        order=order,
        better="higher",
        floor=lambda data: _heard(data, of).least,
        ceiling=1.0,
        needs=_needs(of),
        reference="Higgins et al. 2018",
        shown={name: label},
    )


def _needs(of: str) -> frozenset[Need]:
    return NEEDS | {"held_out"} if of.endswith("held_out") else NEEDS


def _heard(data: EvaluationData, of: str) -> Heard:
    from .heard_symbols import SOURCES

    return data.once(("heard", of), lambda: SOURCES[of](data))
