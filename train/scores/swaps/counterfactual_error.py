"""The true counterfactual error: how far a swapped clip is from the one of the generator.

The generator can render "the melody of i with the static factors of j" exactly, x_cf. With
D the mean square difference in log-mel over all clips, bands and frames,

    error = (D(decode(z_i, v_j), x_cf) - D(resynthesis of x_cf, x_cf))
          / (D(decode(z_i, v_i), x_cf) - D(resynthesis of x_cf, x_cf))

is 0 for a swap as good as the model's own resynthesis of the true counterfactual, 1 for no swap.
Classifiers cannot tell "v ignored" from "swapped badly"; this can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..row import Score

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.evaluation_data import EvaluationData

LEAST_EFFECT = 1e-9  # relative: below it, x_i and its counterfactual are the same to the model


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the error and the three distances it is made of.

    The error is nan where resynthesis is no better than no swap, so that the scale has no length;
    the distances are mean squares in raw log-mel units.
    """
    from ..data.batches import mean_squares

    def resynthesised(x: Tensor) -> Tensor:
        own = data.encode(x)
        return data.decode(own.z_mean, own.v_mean)

    truth = data.counterfactual
    swap = data.decoded("counterfactual swap", v_of=data.partner)
    again = (resynthesised(x) for x in truth)
    errors = mean_squares(truth, swap, data.reconstruction, again)
    swapped, unswapped, resynthesis = (float(error.mean()) for error in errors)
    scale = unswapped - resynthesis
    usable = scale > LEAST_EFFECT * max(unswapped, resynthesis)
    if not usable:
        data.notes.append(
            "counterfactual_error: nothing to measure against, as the model's resynthesis of the "
            "true counterfactual is no nearer to it than the clip without a swap"
        )
    return {
        "counterfactual_error": (swapped - resynthesis) / scale if usable else float("nan"),
        "counterfactual_mse": swapped,
        "counterfactual_mse_resynthesis": resynthesis,
        "counterfactual_mse_unswapped": unswapped,
    }


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
)
