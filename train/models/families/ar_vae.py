"""A VAE of whole clips of whose code some dimensions rise with attributes (Pati and Lerch 2021).

With the k-th attribute a_k and dimension v_k of the code (Watcharasupat and Lerch 2021, Eq 7),

    loss = reconstruction + beta KL_v + gamma sum_k A(v_k, a_k)
    A(v_k, a_k) = mean over all pairs i, j of the batch of
                  | tanh(delta (v_k,i - v_k,j)) - sign(a_k,i - a_k,j) |

There the reconstruction is a mean over frames and bands, here a sum (of halves): gamma and beta
weigh less by as much.
"""

from dataclasses import replace

import torch
from torch import Tensor

from ..clips.ar_vae_settings import FREE, ArVaeObjectiveConfig
from ..clips.clip_attributes import attribute_extras
from ..clips.clip_vae import ClipVae, elbo_terms
from ..clips.vae_relatives import TERMS, vae_family
from ..family import Batch, Preset, Stage, Term

PRESETS = {
    "fast": Preset("fully connected, every static factor has a dimension: half a minute"),
    "timbre": Preset(
        "fully connected, brightness and depth have one", {"attributes": ("brightness", "depth")}
    ),
    "paper": Preset(
        "as published: convolutional, 512 dimensions, brightness and depth, mean square error",
        {
            "network": "conv",
            "v_dim": 512,
            "attributes": ("brightness", "depth"),
            "gamma": 10.0,
            "reconstruction_weight": 1e-4,  # a mean: 2 / (251 frames * 80 bands)
        },
    ),
}


def attribute_term(v: Tensor, attributes: Tensor, delta: float) -> Tensor:
    """Return sum_k A(v_k, a_k), a scalar, for dimensions v and attributes, (batch, K) each."""
    codes, values = (one.unsqueeze(0) - one.unsqueeze(1) for one in (v, attributes))
    return (torch.tanh(delta * codes) - torch.sign(values)).abs().mean(dim=(0, 1)).sum()


def _compute(
    model: ClipVae,
    batch: Batch,
    settings: ArVaeObjectiveConfig,
    stage: Stage,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    q_v = model.posterior(batch.x)
    v, values = q_v.sample(generator), batch.extras["attributes"]
    named = settings.attributes or ("",) * values.shape[1]
    dims = [k for k, name in enumerate(named) if name != FREE]
    terms = elbo_terms(model, batch, q_v, v, settings)
    return terms | {"attributes": attribute_term(v[:, dims], values[:, dims], settings.delta)}


FAMILY = replace(
    vae_family(PRESETS),
    objective=ArVaeObjectiveConfig,
    compute=_compute,
    terms=(
        *TERMS,
        Term("attributes", "attributes", "0: each dimension is in its order", weight="gamma"),
    ),
    extras=attribute_extras,
    criterion="minus Eq 7",
)
