"""The effect of v on the output: how much changes with the v of another clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame_means import MEAN_SQUARE, squares_apart
from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

NAME = "v_effect"
LABEL = "effect of v on the output"


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the mean square between decode(z, v) and decode(z, v of another clip).

    Beside that over all frames stand those in held notes (..._held) and in rests (..._rests).
    """
    import torch

    from ...models.dsae.objectives import partners
    from ..data.batches import mean_squares

    other = partners(len(data), torch.Generator().manual_seed(data.seed)).numpy()
    changed = data.decoded("v of another clip", v_of=other)
    effect = float(mean_squares(data.reconstruction, changed)[0].mean())
    return {NAME: effect} | squares_apart(data, NAME, data.reconstruction, changed)


SCORE = Score(
    name=NAME,
    label=LABEL,
    compute=compute,
    hint="change of the output with another clip's v; 0: v is ignored",
    unit=MEAN_SQUARE,
    order=110,
    floor=0.0,
    needs=frozenset({"decode", "v"}),
    distances={NAME: LABEL},
    head="v's effect",
)
