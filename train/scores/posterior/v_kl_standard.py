"""How much v says about a clip: KL of its posterior to N(0, 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score
from .v_kl_prior import mean_kl

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> float:
    """Return KL(q(v | x) || N(0, 1)), mean over clips, in nats."""
    return mean_kl(data, None)


SCORE = Score(
    name="v_kl_standard",
    label="KL of v to N(0, 1)",
    compute=compute,
    hint="near 0: v says nothing about the clip",
    unit="nats",
    group="Global code",
    order=200,
    floor=0.0,
    needs=frozenset({"v", "v_logvar"}),
    head="KL_v",
)
