"""KL of the posterior of v to the prior that the model trained under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluated_codes import Prior
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> float:
    """Return KL(q(v | x) || p(v)), mean over clips, in nats; p is N(0, 1) where none is given."""
    return mean_kl(data, data.prior)


def mean_kl(data: EvaluationData, prior: Prior | None) -> float:
    """Return KL of q(v | x) to a prior, N(0, 1) where None: mean over clips, in nats."""
    import torch

    from ...models.networks.gaussians import Gaussian, standard

    q = Gaussian(data.v, data.v_logvar)
    p = standard(q.mean)
    if prior is not None and data.scored.x is not None:
        with torch.no_grad():
            parts = [prior(batch) for batch in data.x]
        p = Gaussian(*(torch.cat([getattr(q, n) for q in parts]) for n in ("mean", "logvar")))
    return float(q.kl(p).double().sum(dim=-1).mean())


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
