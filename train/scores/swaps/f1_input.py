"""F1 of reading a static factor from v of the clips themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from .partners import chances, guesses, probe

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, dict[str, float]]:
    """Return the F1 of each factor, with the guesses that it is compared with."""
    return {
        name: {
            "f1_input": probe(data, name).f1(data.v.numpy(), data.labels[name]),
            **guesses(data, name),
        }
        for name in data.factors
    }


SCORE = Score(
    name="f1_input",
    label="input",
    compute=compute,
    hint="a linear discriminant reads the class from v of the clip itself",
    unit="macro F1",
    scope="factor",
    order=10,
    better="higher",
    floor=chances,
    ceiling=1.0,
    needs=frozenset({"v", "train"}),
    reference="Luo et al. 2022, sec. 6.1",
    shown={"f1_input": "input"},
)
