"""The effect of v on the output: how much changes with the v of another clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> float:
    """Return the mean square between decode(z, v) and decode(z, v of another clip)."""
    import torch

    from ...models.dsae.objectives import partners
    from ..data.batches import mean_squares

    other = partners(len(data), torch.Generator().manual_seed(data.seed)).numpy()
    changed = data.decoded("v of another clip", v_of=other)
    return float(mean_squares(data.reconstruction, changed)[0].mean())


SCORE = Score(
    name="v_effect",
    label="effect of v on the output",
    compute=compute,
    hint="change of the output with another clip's v; 0: v is ignored",
    unit="mean square, log-mel",
    order=110,
    floor=0.0,
    needs=frozenset({"decode", "v"}),
    head="v's effect",
)
