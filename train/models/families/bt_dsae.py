"""Back-translation: a swapped clip, encoded again and swapped back, must be the clip it came from.

A DSAE of one's own stages and objective, made so that z has nothing of what v tells:

- each frame's z pays for itself: KL_z is to N(0, 1). Under a prior that sees the past, a factor
  that stands still in z costs nothing; here it costs in every frame, in v once a clip;
- v is inferred from other frames than those that are reconstructed, so that it has what they share;
- i's clip with j's v is decoded without a way back for the gradient, z is inferred from it, and
  with i's own v it must give clip i (back-translation, as between languages: Sennrich et al. 2016);
- v inferred again from the swapped clip must be j's (Luo et al. 2022, Eq 4), and v of two parts of
  a clip nearer than v of two clips (Bai et al. 2021, Eq 7 and 8).

In the first stage z is 0, so that v learns all that it can tell.

| term | what it is, in nats or halves of squares, averaged over clips and frames |
|---|---|
| reconstruction | half the squared error of decode(z, v) in a crop of the clip |
| kl_z, kl_v | KL to N(0, 1) of a frame of the crop, and of a clip |
| swapped_v | KL(q(v given decode(z_i, v_j)) to q(v given x_j)) |
| back | half the squared error of decode(z', v_i) in the crop, z' of decode(z_i, v_j) |
| back_kl_z | KL to N(0, 1) of a frame of z' |
| content | -I(v; x) by contrast of v of the crop and of the other frames |
| transition | KL(q(z_t) to p(z_t given z_<t)), for sampling: only the transition learns from it |
"""

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ....settings import settings as settings_class
from ..contrast.mutual_information import contrast
from ..dsae.autoencoder import SequenceAutoencoder, build_model, fit_scale
from ..dsae.dsae_settings import ModelConfig, Size, Weight
from ..dsae.objectives import nats, partners, squared_error
from ..family import Batch, Family, Preset, Stage, Term
from ..networks.gaussians import Gaussian, standard

# Longer than a note of a melody and its release: what sounds in a frame began before it.
DECODER_OFFSETS = (-48, -40, -32, -24, -18, -12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 4, 6, 8)
PRIOR_CLIPS = 8  # of a batch that the transition learns from: an LSTM over time is slow


@settings_class
class BackTranslationConfig:
    """Weights of the terms."""

    reconstruction_weight: Annotated[float, Field(gt=0, lt=1e6)] = 4.0
    """weight w of the reconstruction: the decoder's variance is 1 / w"""
    kl_z_weight: Weight = 3.0
    """weight of the KL of z to N(0, 1): the price of what a frame tells"""
    kl_v_weight: Weight = 0.3
    """weight of the KL of v"""
    back_weight: Weight = 1.0
    """weight of the clip that is swapped back, in weights of the clip's own terms"""
    swapped_v_weight: Weight = 2.0
    """weight of Eq 4 of Luo et al. 2022; 2, as it stands for Eq 6, too"""
    content_weight: Weight = 0.0
    """weight of I(v; x)"""
    temperature: Annotated[float, Field(gt=0, le=100)] = 0.15
    """tau of the contrast of v"""
    crop_frames: Size = 125
    """frames of a clip that are reconstructed; v is inferred from the others"""


@dataclass(frozen=True)
class HiddenStage(Stage):
    """A stage in which the decoder sees z = 0."""


HIDDEN = HiddenStage(frozen=("local_encoder", "transition"), least_batch=2)


@dataclass(frozen=True)
class Crop:
    """Frames start to stop, exclusive; the same for all clips of a batch."""

    start: int
    stop: int

    def inside(self, frames: Tensor) -> Tensor:
        """Return the crop's frames of (batch, time, dim)."""
        return frames[:, self.start : self.stop]

    def outside(self, frames: Tensor) -> Tensor:
        """Return the other frames; all of them where the crop leaves none."""
        if self.stop - self.start == frames.shape[1]:
            return frames
        return torch.cat([frames[:, : self.start], frames[:, self.stop :]], dim=1)

    def of(self, q: Gaussian) -> Gaussian:
        """Return the Gaussians of the crop's frames."""
        return Gaussian(self.inside(q.mean), self.inside(q.logvar))


def drawn_crop(frames: int, length: int, generator: torch.Generator) -> Crop:
    """Draw a crop of so many frames of a clip, of all of them at most."""
    length = min(length, frames)
    device = generator.device
    start = int(torch.randint(frames - length + 1, (), generator=generator, device=device))
    return Crop(start, start + length)


def terms_of(
    model: SequenceAutoencoder,
    batch: Batch,
    settings: BackTranslationConfig,
    stage: Stage,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return the terms of a batch."""
    x = model.scale(batch.x)
    crop = drawn_crop(x.shape[1], settings.crop_frames, generator)
    q_v: Gaussian = model.global_encoder(crop.outside(x))
    v = q_v.sample(generator)
    terms = {"kl_v": nats(q_v, standard(v))}
    if settings.content_weight:
        of_crop: Gaussian = model.global_encoder(crop.inside(x))
        terms["content"] = -contrast(q_v.mean, of_crop.mean, settings.temperature)
    if isinstance(stage, HiddenStage):
        z = x.new_zeros(len(x), crop.stop - crop.start, model.transition.z_dim)
        return terms | {"reconstruction": squared_error(model.decoder(z, v), crop.inside(x))}
    z, q_z = model.posterior_z(x, v).drawn(generator)
    terms |= cropped_terms(model, x, q_z, z, v, crop)
    terms |= swap_terms(model, x, z, (q_v, v), crop, generator)
    return terms | {"transition": transition_term(model, crop.of(q_z), crop.inside(z))}


def cropped_terms(
    model: SequenceAutoencoder, x: Tensor, q_z: Gaussian, z: Tensor, v: Tensor, crop: Crop
) -> dict[str, Tensor]:
    """Return reconstruction and KL_z in the crop, of z drawn from q_z, of whole clips."""
    inside = crop.of(q_z)
    return {
        "reconstruction": squared_error(model.decoder(crop.inside(z), v), crop.inside(x)),
        "kl_z": nats(inside, standard(inside.mean)),
    }


def swap_terms(
    model: SequenceAutoencoder,
    x: Tensor,
    z: Tensor,
    global_code: tuple[Gaussian, Tensor],
    crop: Crop,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return the terms of the swapped clips, decode(z_i, v_j), and of what is swapped back.

    `global_code` has q(v) and v of the clips.
    """
    q_v, v = global_code
    j = partners(len(x), generator)
    swapped: Tensor = model.decoder(z, v[j])
    again: Gaussian = model.global_encoder(swapped)
    z_back, q_back = model.posterior_z(swapped.detach(), v[j].detach()).drawn(generator)
    back = cropped_terms(model, x, q_back, z_back, v, crop)
    return {
        "swapped_v": nats(again, q_v.at(j)),
        "back": back["reconstruction"],
        "back_kl_z": back["kl_z"],
    }


def transition_term(model: SequenceAutoencoder, q_z: Gaussian, z: Tensor) -> Tensor:
    """Return KL(q(z_t) to p(z_t given z_<t)) of some clips, from which the transition learns."""
    few = slice(PRIOR_CLIPS)
    fixed = Gaussian(q_z.mean[few].detach(), q_z.logvar[few].detach())
    return nats(fixed, model.transition(z[few].detach()))


TERMS = (
    Term(
        "reconstruction",
        "reconstruction",
        "half the squared error of a frame, lower is better",
        weight="reconstruction_weight",
    ),
    Term("kl_z", "KL of z", "per frame, to N(0, 1)", weight="kl_z_weight"),
    Term("kl_v", "KL of v", "per clip, to N(0, 1)", weight="kl_v_weight"),
    Term("swapped_v", "Eq 4", "v after v was swapped", weight="swapped_v_weight", watched=False),
    Term(
        "back",
        "swapped back",
        "half the squared error of a frame of a clip that was swapped and swapped back",
        weight=("reconstruction_weight", "back_weight"),
    ),
    Term(
        "back_kl_z",
        "KL of z, swapped back",
        "per frame, to N(0, 1)",
        weight=("kl_z_weight", "back_weight"),
    ),
    Term(
        "content",
        "-I(v; x)",
        "what v tells of the clip, lower is more",
        weight="content_weight",
        watched=False,
        log=False,
    ),
    Term(
        "transition",
        "transition",
        "KL of z to its transition network, which alone learns from it",
        watched=False,
    ),
)

PRESETS = {
    "fast": Preset(
        "the networks and weights that a swap needs",
        {
            "local_encoder": "taps",
            "local_input": "normalised",
            "decoder": "bilinear",
            "decoder_hidden": (128, 128),
            "decoder_offsets": DECODER_OFFSETS,
            "global_hidden": (128, 128),
            "pooling": "mean-deviation",
            "activation": "gelu",
            "epochs": 60,
            "stage1_epochs": 12,
            "schedule": "cosine",
            "warmup_steps": 30,
            "gradient_norm": 50.0,
        },
    ),
}

FAMILY = Family(
    model=ModelConfig,
    objective=BackTranslationConfig,
    build=build_model,
    compute=terms_of,
    terms=TERMS,
    stages=(HIDDEN, Stage(least_batch=2)),
    prepare=fit_scale,
    criterion="minus the clip's own terms and those of the way back",
    presets=PRESETS,
)
