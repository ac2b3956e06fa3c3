"""F1 of reading the other clip's class after the global swap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from .partners import chances, probe

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the F1 of each factor; the right answer is the class of the clip that gave v."""
    return {
        name: probe(data, name).f1(
            data.v_of(data.global_swap(name)), data.labels[name][data.partners[name]]
        )
        for name in data.factors
    }


SCORE = Score(
    name="f1_global",
    label="global swap",
    compute=compute,
    hint="decoded with another clip's v and encoded again: v has that clip's class",
    unit="macro F1",
    scope="factor",
    order=30,
    better="higher",
    floor=chances,
    ceiling=1.0,
    needs=frozenset({"v", "train", "decode"}),
    reference="Luo et al. 2022, sec. 6.1",
)
