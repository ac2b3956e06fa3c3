"""F1 of reading the clip's own class after the local swap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from .partners import chances, probe

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the F1 of each factor."""
    return {
        name: probe(data, name).f1(data.v_of(data.local_swap(name)), data.labels[name])
        for name in data.factors
    }


SCORE = Score(
    name="f1_local",
    label="local swap",
    compute=compute,
    hint="decoded with another clip's z and encoded again: v has the clip's own class",
    unit="macro F1",
    scope="factor",
    order=40,
    better="higher",
    floor=chances,
    ceiling=1.0,
    needs=frozenset({"v", "train", "decode"}),
    reference="Luo et al. 2022, sec. 6.1",
)
