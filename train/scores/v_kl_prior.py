"""KL of the posterior of v to the prior that the model trained under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .row import Score

if TYPE_CHECKING:
    from .evaluation_data import EvaluationData


def compute(data: EvaluationData) -> float:
    """Return KL(q(v | x) || p(v)), mean over clips, in nats; p is N(0, 1) where none is given."""
    return data.kl_v(data.prior)


SCORE = Score(
    name="v_kl_prior",
    label="KL of v to the prior used",
    compute=compute,
    hint="to the prior of each clip that training used",
    unit="nats",
    group="Global code",
    order=210,
    floor=0.0,
    needs=frozenset({"v", "v_logvar"}),
    reference="Luo et al. 2022, Eq 3",
)
