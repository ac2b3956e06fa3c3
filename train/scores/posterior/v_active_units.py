"""Active units of v: dimensions whose posterior mean varies over the clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

ACTIVE = 0.01  # variance of a posterior mean over clips


def compute(data: EvaluationData) -> float:
    """Return the number of dimensions whose posterior mean has a variance above `ACTIVE`."""
    return float((data.v.var(dim=0) > ACTIVE).sum())


def size_of_v(data: EvaluationData) -> float:
    """Return the number of dimensions of v."""
    return float(data.v.shape[1])


SCORE = Score(
    name="v_active_units",
    label="active units of v",
    compute=compute,
    hint="dimensions whose mean varies by more than 0.01",
    group="Global code",
    order=220,
    floor=0.0,
    ceiling=size_of_v,
    needs=frozenset({"v"}),
    reference="Burda et al. 2016, sec. 5",
    decimals=0,
    head="active units",
)
