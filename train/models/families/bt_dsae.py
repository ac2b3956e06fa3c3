"""Back-translation: a swapped clip, encoded again and swapped back, must be the clip it came from.

The networks are those of DSAE (`train.models.dsae`), the objective is its own. It is made so that z
holds nothing of what v tells. i is a clip and j its partner in the batch; z_i and v_j are codes.

- KL_z is to N(0, 1) in each frame. Under a prior that sees the past, a factor that stands still
  costs nothing in z. Here z pays for it in every frame, and v only once a clip.
- A random crop of each clip is reconstructed, and v is inferred from the other frames. So v learns
  what the frames of a clip have in common.
- z' is inferred from the swapped clip, decode(z_i, v_j), and decode(z', v_i) must be clip i again.
  This is back-translation, as between languages (Sennrich et al. 2016); as there, no gradient flows
  through the swapped clip.
- v inferred again from the swapped clip must be that of j (Luo et al. 2022, Eq 4).
- v of two parts of a clip must be nearer than v of two clips (Bai et al. 2021, Eq 7 and 8).

In the first stage the decoder sees z = 0, so that v learns all that it can tell.

| term | what it is, averaged over clips and, where it has one, over frames |
|---|---|
| reconstruction | half the squared error of decode(z_i, v_i) from clip i, in the crop |
| kl_z | KL(q(z_t) to N(0, 1)) in nats, in the crop |
| kl_v | KL(q(v) to N(0, 1)) in nats |
| swapped_v | KL(q(v given decode(z_i, v_j)) to q(v given x_j)) in nats |
| back | half the squared error of decode(z', v_i) from clip i, in the crop |
| back_kl_z | kl_z of z' |
| content | -I(v; x) in nats, by contrast of v of the crop and v of the other frames |
| transition | KL(q(z_t) to p(z_t given z_<t)) in nats, in the crop |

The transition network is there to draw new z. It learns from the term transition, from which no
other part learns. With z_prior = "transition" it is also the prior of both KL_z, as in DSAE.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from ....settings import settings as settings_class
from ..contrast.mutual_information import contrast
from ..contrast.true_views import true_views
from ..dsae.autoencoder import SequenceAutoencoder, build_model, fit_scale
from ..dsae.dsae_settings import ModelConfig, Weight
from ..dsae.objectives import Terms, nats, partners, squared_error
from ..family import Batch, Family, Features, Preset, Stage, Term
from ..networks.gaussians import Gaussian, standard

if TYPE_CHECKING:
    from ....datasets import Corpus
    from ...settings.config import RunConfig

# Longer than a note of a melody and its release: what sounds in a frame began before it.
DECODER_OFFSETS = (-48, -40, -32, -24, -18, -12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 4, 6, 8)
PRIOR_CLIPS = 8  # of a batch that the transition learns from: an LSTM over time is slow


@settings_class
class BackTranslationConfig:
    """Weights of the terms, and what they compare."""

    reconstruction_weight: Annotated[float, Field(gt=0, lt=1e6)] = 4.0
    """weight w of the reconstruction: the decoder's variance is 1 / w"""
    kl_z_weight: Weight = 3.0
    """weight of the KL of z: the price of what z tells of a frame"""
    kl_v_weight: Weight = 0.3
    """weight of the KL of v: the price of what v tells of a clip"""
    back_weight: Weight = 1.0
    """weight of a clip that was swapped and swapped back: it multiplies those of the reconstruction
    and of the KL of z"""
    swapped_v_weight: Weight = 2.0
    """weight of Eq 4 of Luo et al. 2022: v inferred from a swapped clip must be the v it was given;
    2, as the term stands for their Eq 6, too"""
    content_weight: Weight = 30.0
    """weight of I(v; x): v of two parts of a clip must be nearer than v of two clips"""
    temperature: Annotated[float, Field(gt=0, le=100)] = 0.15
    """tau of that contrast: the smaller it is, the more the nearest clips count"""
    crop_frames: Annotated[int, Field(ge=1, le=10**6)] = 125
    """frames of the crop of a clip that is reconstructed; v is inferred from the other frames, or
    from all of a clip that has no more"""
    z_prior: Literal["standard", "transition"] = "standard"
    """what the KL of z is to: N(0, 1) in each frame, or the transition network; that sees the past,
    so that what stands still costs nothing in z"""
    swapped: Literal["decoded", "true"] = "decoded"
    """which swapped clip is swapped back: that which the model decodes; or, as an upper bound, the
    true one, rendered by the generator (for generated corpora only)"""


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


class BatchTerms:
    """The terms of scaled clips, (batch, time, mel), that share a crop and a draw of v."""

    def __init__(
        self,
        model: SequenceAutoencoder,
        x: Tensor,
        settings: BackTranslationConfig,
        generator: torch.Generator,
    ) -> None:
        self.model, self.x, self.settings, self.generator = model, x, settings, generator
        self.crop = drawn_crop(x.shape[1], settings.crop_frames, generator)
        self.q_v: Gaussian = model.global_encoder(self.crop.outside(x))
        self.v = self.q_v.sample(generator)

    def of_v(self) -> Terms:
        """Return kl_v, and content where it has a weight."""
        terms = {"kl_v": nats(self.q_v, standard(self.v))}
        if self.settings.content_weight:
            of_crop: Gaussian = self.model.global_encoder(self.crop.inside(self.x))
            told = contrast(self.q_v.mean, of_crop.mean, self.settings.temperature)
            terms["content"] = -told
        return terms

    def without_z(self) -> Tensor:
        """Return the reconstruction of the crop where z is 0."""
        frames = self.crop.stop - self.crop.start
        return self.error(self.x.new_zeros(len(self.x), frames, self.model.transition.z_dim))

    def of_z(self, q_z: Gaussian, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction and KL_z in the crop, for z of the whole clips, drawn from q_z."""
        inside, z = self.crop.of(q_z), self.crop.inside(z)
        by_past = self.settings.z_prior == "transition"
        return self.error(z), nats(inside, self.model.transition(z) if by_past else standard(z))

    def error(self, z: Tensor) -> Tensor:
        """Return half the squared error of a frame of the crop, of its z and the clip's own v."""
        return squared_error(self.model.decoder(z, self.v), self.crop.inside(self.x))

    def of_swap(self, z: Tensor, true: Tensor | None) -> Terms:
        """Return swapped_v, and the terms of what is swapped back.

        Parameters
        ----------
        z
            (batch, time, z_dim) of the whole clips.
        true
            Clips that are swapped back in place of decode(z_i, v_j).
        """
        j = partners(len(self.x), self.generator)
        swapped: Tensor = self.model.decoder(z, self.v[j])
        terms = {"swapped_v": nats(self.model.global_encoder(swapped), self.q_v.at(j))}
        if self.settings.back_weight:
            seen, v = swapped, self.v[j]
            if true is not None:
                seen, v = true, self.model.global_encoder(true).mean
            z, q_z = self.model.posterior_z(seen.detach(), v.detach()).drawn(self.generator)
            terms["back"], terms["back_kl_z"] = self.of_z(q_z, z)
        return terms


def terms_of(
    model: SequenceAutoencoder,
    batch: Batch,
    settings: BackTranslationConfig,
    stage: Stage,
    generator: torch.Generator,
) -> Terms:
    """Return the terms of a batch."""
    own = BatchTerms(model, model.scale(batch.x), settings, generator)
    terms = own.of_v()
    if isinstance(stage, HiddenStage):
        return terms | {"reconstruction": own.without_z()}
    z, q_z = model.posterior_z(own.x, own.v).drawn(generator)
    terms["reconstruction"], terms["kl_z"] = own.of_z(q_z, z)
    true = model.scale(batch.extras["swapped"]) if settings.swapped == "true" else None
    terms |= own.of_swap(z, true)
    return terms | {"transition": transition_term(model, own.crop.of(q_z), own.crop.inside(z))}


def transition_term(model: SequenceAutoencoder, q_z: Gaussian, z: Tensor) -> Tensor:
    """Return KL(q(z_t) to p(z_t given z_<t)) of some clips, from which the transition learns."""
    few = slice(PRIOR_CLIPS)
    fixed = Gaussian(q_z.mean[few].detach(), q_z.logvar[few].detach())
    return nats(fixed, model.transition(z[few].detach()))


def _extras(corpus: "Corpus", config: "RunConfig") -> dict[str, Features]:
    """Return the true swapped clips, where they are asked for."""
    if config.objective.swapped != "true":
        return {}
    return {"swapped": true_views(corpus, config.features, config.seed)}


TERMS = (
    Term(
        "reconstruction",
        "reconstruction",
        "half the squared error of a frame, lower is better",
        weight="reconstruction_weight",
    ),
    Term("kl_z", "KL of z", "per frame, to z_prior", weight="kl_z_weight"),
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
        "per frame, to z_prior",
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
        "KL of z to the transition network, which alone learns from it",
        watched=False,
    ),
)

NETWORKS = {
    "local_encoder": "taps",
    "local_input": "normalised",
    "decoder": "bilinear",
    "decoder_hidden": (128, 128),
    "decoder_offsets": DECODER_OFFSETS,
    "global_hidden": (128, 128),
    "pooling": "mean-deviation",
    "activation": "gelu",
}
TRAINING = {
    "epochs": 75,
    "stage1_epochs": 15,
    "epoch_clips": 480,
    "schedule": "cosine",
    "warmup_steps": 30,
    "gradient_norm": 50.0,
}
PRESETS = {
    "default": Preset(
        "taps around each frame in encoder and decoder, 1,125 steps of 32 clips: minutes",
        {**NETWORKS, **TRAINING},
    ),
    "quick": Preset(
        "300 steps of 16 clips: a minute; swaps about twice as far from the truth",
        {
            **NETWORKS,
            **TRAINING,
            "epochs": 20,
            "stage1_epochs": 4,
            "epoch_clips": 240,
            "batch_size": 16,
        },
    ),
    "true-swaps": Preset(
        "the upper bound: what is swapped back is the true counterfactual",
        {**NETWORKS, **TRAINING, "swapped": "true"},
    ),
}

FAMILY = Family(
    model=ModelConfig,
    objective=BackTranslationConfig,
    build=build_model,
    compute=terms_of,
    terms=TERMS,
    stages=(HIDDEN, Stage(least_batch=2)),
    extras=_extras,
    prepare=fit_scale,
    criterion="minus the watched terms",
    presets=PRESETS,
)
