"""The row that the variational autoencoders of a whole clip share; their presets differ.

Sources: Kingma and Welling 2014 (the VAE), Higgins et al. 2017 (beta), Burgess et al. 2018 (the
capacity that grows).
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..dsae.autoencoder import fit_scale
from ..family import Batch, DataShape, Family, Preset, Stage, Term
from .clip_vae import ClipVae, build_vae, vae_terms
from .vae_settings import VaeConfig, VaeObjectiveConfig

TERMS = (
    Term(
        "reconstruction",
        "reconstruction",
        "half the squared error of a clip, in the units of the model, lower is better",
        weight="reconstruction_weight",
    ),
    Term("kl_v", "KL of v", "per clip, to N(0, 1)", weight="beta"),
    Term(
        "capacity",
        "distance from C",
        "of the KL of v from the capacity of the epoch",
        weight="capacity_weight",
        watched=False,
    ),
)


def vae_family(
    presets: Mapping[str, Preset],
    model: type = VaeConfig,
    build: Callable[[Any, DataShape], nn.Module] = build_vae,
) -> Family:
    """Return the family of a VAE of whole clips with these presets and these networks."""
    return Family(
        model=model,
        objective=VaeObjectiveConfig,
        build=build,
        compute=_compute,
        terms=TERMS,
        prepare=fit_scale,
        criterion="ELBO",
        presets=presets,
    )


def _compute(
    model: ClipVae,
    batch: Batch,
    settings: VaeObjectiveConfig,
    stage: Stage,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    return vae_terms(model, batch, settings, generator)
