"""The true counterfactual error: how far a swapped clip is from the one of the generator.

The generator can render "the melody of i with the static factors of j" exactly, x_cf. With
D the mean square difference in log-mel over all clips, bands and frames,

    error = (D(decode(z_i, v_j), x_cf) - D(resynthesis of x_cf, x_cf))
          / (D(decode(z_i, v_i), x_cf) - D(resynthesis of x_cf, x_cf))

is 0 for a swap as good as the model's own resynthesis of the true counterfactual, 1 for no swap.
Classifiers cannot tell "v ignored" from "swapped badly"; this can. Where resynthesis is nearly as
far from the truth as no swap, the ratio means nothing: a model that has learned nothing (an epoch
with a learning rate of 1e-4) had 0.71. So the share of D without a swap that lies between them is
reported as counterfactual_scale (0.004 there, 0.5 after two epochs), and there is no ratio where it
is small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.evaluation_data import EvaluationData
    from .distances import Distance

LEAST_SCALE = 0.03  # below it there is no ratio
SHORT_SCALE = 0.2  # below it a note says so
PARTS = {"": "whole", "_held": "held", "_rests": "rests"}


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the error and the distances it is made of.

    The error is nan where resynthesis is nearly as far from the truth as no swap, so that the scale
    has no length. Mean squares are in raw log-mel units: over all frames, over those in which the
    clip holds a note (..._held), and over its rests (..._rests). Beside them stands the spectral
    convergence.
    """
    from .distances import distances

    def resynthesised(x: Tensor) -> Tensor:
        own = data.encode(x)
        return data.decode(own.z_mean, own.v_mean)

    truth = data.counterfactual
    swap = data.decoded("counterfactual swap", v_of=data.partner)
    again = (resynthesised(x) for x in truth)
    found = distances(truth, data.frames.get("rest"), swap, data.reconstruction, again)
    out: dict[str, float] = {}
    for ending, part in PARTS.items():
        out |= _ratio(ending, *(getattr(one, part) for one in found))
    _note(data, out["counterfactual_scale"])
    return out | _convergence(*found)


def _ratio(ending: str, swapped: float, unswapped: float, resynthesis: float) -> dict[str, float]:
    """Return the numbers of some frames; none where there are no such frames."""
    if swapped != swapped:
        return {}
    gap = unswapped - resynthesis
    scale = gap / unswapped if unswapped > 0 else 0.0
    error = (swapped - resynthesis) / gap if scale > LEAST_SCALE else float("nan")
    return {
        f"counterfactual_error{ending}": error,
        f"counterfactual_scale{ending}": scale,
        f"counterfactual_mse{ending}": swapped,
        f"counterfactual_mse_resynthesis{ending}": resynthesis,
        f"counterfactual_mse_unswapped{ending}": unswapped,
    }


def _convergence(swapped: Distance, unswapped: Distance, resynthesis: Distance) -> dict[str, float]:
    return {
        "counterfactual_convergence": swapped.convergence,
        "counterfactual_convergence_resynthesis": resynthesis.convergence,
        "counterfactual_convergence_unswapped": unswapped.convergence,
    }


def _note(data: EvaluationData, scale: float) -> None:
    """Note why there is no ratio, or that it means little."""
    if scale <= LEAST_SCALE:
        data.notes.append(
            "counterfactual_error: nothing to measure against, as resynthesis is hardly nearer to "
            "the truth than no swap"
        )
    elif scale < SHORT_SCALE:
        data.notes.append(
            "counterfactual_error means little: resynthesis is only "
            f"{scale:.0%} nearer to the truth than no swap"
        )


SCORE = Score(
    name="counterfactual_error",
    label="true counterfactual error",
    compute=compute,
    hint="0: as good as resynthesis, 1: no swap",
    order=100,
    better="lower",
    floor=1.0,
    ceiling=0.0,
    needs=frozenset({"decode", "counterfactuals", "v"}),
    shown={"counterfactual_error": "true counterfactual error"},
    head="counterfactual",
    version=2,
)
