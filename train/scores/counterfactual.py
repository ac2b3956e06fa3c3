"""The true counterfactual: is a swapped clip the clip that the generator would have made?

The generator can render "the melody of i with the static factors of j" exactly, x_cf. With
D the mean square difference in log-mel over all clips, bands and frames,

    error = (D(decode(z_i, v_j), x_cf) - D(resynthesis of x_cf, x_cf))
          / (D(decode(z_i, v_i), x_cf) - D(resynthesis of x_cf, x_cf))

is 0 for a swap as good as the model's own resynthesis of the true counterfactual, 1 for no swap.
Classifiers cannot tell "v ignored" from "swapped badly"; this can (reference: metrics, swap
scores).
"""

import numpy as np
import torch
from torch import Tensor

from ..models.interface import SequenceModel, decode_all, encode_all

LEAST_EFFECT = 1e-9  # relative: below it, x_i and its counterfactual are the same to the model


def counterfactual_scores(
    model: SequenceModel, x_i: np.ndarray, x_j: np.ndarray, x_cf: np.ndarray
) -> dict[str, float]:
    """Return the error and the three distances it is made of.

    Parameters
    ----------
    x_i, x_j, x_cf
        (clips, time, mel) float32: sources, partners, and sources with the partners' statics.

    Returns
    -------
    dict
        counterfactual_error (nan where resynthesis is no better than no swap, so that the scale
        has no length), counterfactual_mse, counterfactual_mse_resynthesis,
        counterfactual_mse_unswapped; mean squares in raw log-mel units.
    """
    source = encode_all(model, torch.from_numpy(x_i))
    v_j = encode_all(model, torch.from_numpy(x_j)).v_mean
    truth = torch.from_numpy(x_cf)
    own = encode_all(model, truth)
    swapped = mean_square(decode_all(model, source.z_mean, v_j), truth)
    unswapped = mean_square(decode_all(model, source.z_mean, source.v_mean), truth)
    resynthesis = mean_square(decode_all(model, own.z_mean, own.v_mean), truth)
    scale = unswapped - resynthesis
    usable = scale > LEAST_EFFECT * max(unswapped, resynthesis)
    return {
        "counterfactual_error": (swapped - resynthesis) / scale if usable else float("nan"),
        "counterfactual_mse": swapped,
        "counterfactual_mse_resynthesis": resynthesis,
        "counterfactual_mse_unswapped": unswapped,
    }


def mean_square(a: Tensor, b: Tensor) -> float:
    """Return the mean square difference, summed in double precision."""
    return float((a - b).double().square().mean())
