"""The objective of C-DSVAE: Eq 6 of Bai et al. 2021, its static code s called v here.

    reconstruction - alpha (KL_v + KL_z) + beta (I(v; x) + I(z; x)) - gamma I(z; v)

| term | what it is |
|---|---|
| reconstruction, kl_v, kl_z | those of DSAE; along the drawn path where q(z) is autoregressive |
| content | -I(v; x): Eq 7 and 8 on the posterior means of v, or sampled densities |
| motion | -I(z; x): the same for z_1:T |
| independence | I(z; v), from sampled densities |

Where the authors' released code differs: its densities for I(z; v) take the log variance for the
logarithm of the deviation; here they are those of the posterior. It estimates I(z_t; v) of each
frame by itself (`density` = frame), where Eq 5 has z_1:T. There, q(z_t | x_j) of an autoregressive
posterior is that along a path drawn from x_j. With `sampling` = weighted, as there, the estimate is
too large by log N, so that clipping it at 0 hardly ever acts.
"""

import torch
from torch import Tensor

from ..dsae.autoencoder import SequenceAutoencoder
from ..dsae.dsae_settings import ObjectiveConfig
from ..dsae.objectives import DsaeStage, Inferred, Objective, Terms, infer
from ..family import Batch, Stage
from ..networks.gaussians import Gaussian
from .augmentations import CONTENT, MOTION, Strength
from .c_dsvae_settings import ContrastConfig
from .mutual_information import between, contrast, with_data


def terms_of(
    model: SequenceAutoencoder,
    batch: Batch,
    settings: ContrastConfig,
    stage: Stage,
    generator: torch.Generator,
) -> Terms:
    """Return the terms of a batch."""
    x = model.scale(batch.x)
    inferred = infer(model, x, generator)
    z, along = inferred.q_z.drawn(generator)
    drawn = Inferred(inferred.q_v, along, inferred.v)
    terms = Objective(ObjectiveConfig()).eq2(model, x, drawn, z, DsaeStage())
    if settings.time == "sum":
        terms |= {name: x.shape[1] * terms[name] for name in ("reconstruction", "kl_z")}
    pairs_v = inferred.q_v.pairs(inferred.v)
    pairs_z = along.pairs(z) if settings.density == "frame" else inferred.q_z.pairs(z).sum(dim=0)
    clips = int(model.get_buffer("clips"))
    if settings.mutual_information == "mws":
        for name, pairs in (("content", pairs_v), ("motion", pairs_z)):
            terms[name] = -with_data(pairs, clips, settings.sampling).mean()
    else:
        terms |= contrasts(model, batch, settings, inferred, generator)
    shared = between(pairs_z, pairs_v, clips, settings.sampling)
    terms["independence"] = (shared.clamp(min=0) if settings.clipped else shared).mean()
    return terms


def contrasts(
    model: SequenceAutoencoder,
    batch: Batch,
    settings: ContrastConfig,
    inferred: Inferred,
    generator: torch.Generator,
) -> Terms:
    """Return minus Eq 8 for v and z, as far as the settings name views for them."""
    terms = {}
    strength = Strength(settings.block_frames, settings.equalisation_db, settings.formant_ratio)
    if settings.content != "none":
        view = CONTENT[settings.content](batch.x, strength, generator)
        q_v: Gaussian = model.global_encoder(model.scale(view))
        terms["content"] = -contrast(inferred.q_v.mean, q_v.mean, settings.temperature)
    if settings.motion != "none":
        view = motion_view(batch, settings.motion, model.get_buffer("silence"), strength, generator)
        q_z: Gaussian = infer(model, model.scale(view), generator).q_z
        terms["motion"] = -contrast(inferred.q_z.mean, q_z.mean, settings.temperature)
    return terms


def motion_view(
    batch: Batch, name: str, silence: Tensor, strength: Strength, generator: torch.Generator
) -> Tensor:
    """Return views of motion: those that the corpus gave, or made from x."""
    if name == "true":
        return batch.extras["motion"]
    return MOTION[name](batch.x, silence, strength, generator)
