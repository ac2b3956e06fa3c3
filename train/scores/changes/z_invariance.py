"""How far z moves where a static factor of a clip is truly changed: 0 for not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the mean over static factors, and the number of each.

    It is the mean square distance of the means of z, before and after, over that of two different
    clips.
    """
    from .moved import invariances, known_changes

    return invariances(data, "z_invariance", "z", known_changes(data, data.factors))


SCORE = Score(
    name="z_invariance",
    label="z under a static change",
    compute=compute,
    hint="how far z moves where a static factor is truly changed; 1: as to another clip",
    unit="share of a square distance",
    group="True changes",
    order=730,
    better="lower",
    floor=1.0,
    ceiling=0.0,
    needs=frozenset({"x", "z", "labels", "changes"}),
    costly=True,
)
