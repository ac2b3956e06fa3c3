"""Sound to symbol, of the symbols of recombinations that no label showed, on clips of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from . import told_symbols

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> float:
    """Return the share of right answers; nan where no scored clip shows a recombination."""
    found = told_symbols.accuracy(data, held_out=True)
    if found != found:
        data.notes.append("sound_to_symbol_held_out: no scored clip shows what was held out")
    return found


def guess(data: EvaluationData) -> float:
    """Return the share of right answers of the better guess."""
    return told_symbols.floor(data, held_out=True)


SCORE = Score(
    name="sound_to_symbol_held_out",
    label="sound to symbol, held out",
    compute=compute,
    hint="the symbols of a recombination that no label showed are told of its clips",
    unit="accuracy",
    group="Symbols",
    order=410,
    better="higher",
    floor=guess,
    ceiling=1.0,
    needs=frozenset({"symbol_model", "symbols", "concepts", "held_out", "x"}),
    reference="Higgins et al. 2018",
)
