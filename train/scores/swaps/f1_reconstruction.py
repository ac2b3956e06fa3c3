"""F1 of reading a static factor from v of the clips decoded and encoded again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from .partners import chances, probe

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the F1 of each factor."""
    v = data.v_of(data.reconstruction)
    return {name: probe(data, name).f1(v, data.labels[name]) for name in data.factors}


SCORE = Score(
    name="f1_reconstruction",
    label="reconstruction",
    compute=compute,
    hint="decoded unchanged and encoded again: v has the clip's own class",
    unit="macro F1",
    scope="factor",
    order=20,
    better="higher",
    floor=chances,
    ceiling=1.0,
    needs=frozenset({"v", "train", "decode"}),
    reference="Luo et al. 2022, sec. 6.1",
    head="pre-swap",
)
