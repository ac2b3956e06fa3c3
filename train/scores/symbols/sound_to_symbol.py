"""Sound to symbol: whether the most probable symbol of each property is true of the clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from . import told_symbols

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> float:
    """Return the share of right answers on clips of no held-out recombination."""
    return told_symbols.accuracy(data, held_out=False)


def guess(data: EvaluationData) -> float:
    """Return the share of right answers of the better guess."""
    return told_symbols.floor(data, held_out=False)


SCORE = Score(
    name="sound_to_symbol",
    label="sound to symbol",
    compute=compute,
    hint="the most probable symbol of each property is true of the clip",
    unit="accuracy",
    group="Symbols",
    order=400,
    better="higher",
    floor=guess,
    ceiling=1.0,
    needs=frozenset({"symbol_model", "symbols", "x"}),
    reference="Higgins et al. 2018",
)
