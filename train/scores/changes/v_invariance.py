"""How far v moves where a dynamic factor of a clip is truly changed: 0 for not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the mean over dynamic factors, and the number of each.

    It is the mean square distance of the means of v, before and after, over that of two different
    clips.
    """
    from .moved import invariances, known_changes

    return invariances(data, "v_invariance", "v", known_changes(data, data.dynamic_factors))


SCORE = Score(
    name="v_invariance",
    label="v under a dynamic change",
    compute=compute,
    hint="how far v moves where a dynamic factor is truly changed; 1: as to another clip",
    unit="share of a square distance",
    group="True changes",
    order=740,
    better="lower",
    floor=1.0,
    ceiling=0.0,
    needs=frozenset({"x", "v", "dynamic", "changes"}),
    costly=True,
)
