"""The variational autoencoder of a whole clip, with one code v (Kingma and Welling 2014).

x is (batch, time, mel) log-mel, in raw units outside the model, standardised per band inside; v is
(batch, v_dim). There is no z.

| term | what it is |
|---|---|
| reconstruction | half the squared error, summed over the clip's frames and bands |
| kl_v | KL(q(v given x) to N(0, 1)), summed over dimensions |
| capacity | the distance of kl_v from C, which grows with the epochs (Burgess et al. 2018, Eq 8) |

Terms are scalars, averaged over the batch. The constant of the Gaussian likelihood is left out. The
decoder's variance is 1 / w (w: reconstruction_weight), so w * reconstruction + kl_v is minus the
evidence lower bound (ELBO) of a clip. DSAE and its relatives divide theirs by the frames.
"""

import torch
from torch import Tensor, nn

from ....settings import require
from ..dsae.autoencoder import Scale
from ..family import Batch, DataShape
from ..interface import Codes
from ..networks.gaussians import Gaussian, standard
from ..networks.priors import StandardPrior
from ..registry import CLIP_NETWORKS
from .vae_settings import VaeConfig, VaeObjectiveConfig

Terms = dict[str, Tensor]


class ClipVae(nn.Module):
    """q(v | x) and p(x | v) p(v) for clips of a fixed number of frames, with p(v) = N(0, 1)."""

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, v_dim: int, shape: DataShape
    ) -> None:
        super().__init__()
        self.frames, self.mel = shape.frames, shape.mel
        self.scale = Scale(shape.mel)
        self.encoder = encoder
        self.decoder = decoder
        self.v_prior = StandardPrior(v_dim)

    def posterior(self, x: Tensor) -> Gaussian:
        """Return q(v | x) of raw x, (batch, time, mel)."""
        require(
            tuple(x.shape[1:]) == (self.frames, self.mel),
            f"the model reads clips of (batch, {self.frames}, {self.mel}) log-mel, got "
            f"{tuple(x.shape)}; was it trained on clips of another length or on other features?",
        )
        return self.encoder(self.scale(x))

    def encode(self, x: Tensor) -> Codes:
        """Return the posterior of v of raw x; there is no z."""
        q_v = self.posterior(x)
        return Codes(q_v.mean, q_v.logvar)

    def decode(self, z: Tensor | None, v: Tensor) -> Tensor:
        """Return the decoder's mean in raw log-mel, (batch, frames, mel); z is None."""
        return self.scale.inverse(self.decoder(v))

    @torch.no_grad()
    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw new clips: v from N(0, 1), then the decoder's mean, (n, frames, mel).

        Raises
        ------
        DsoundsError
            If more frames are asked for than the model's clips have; fewer are their first ones.
        """
        require(
            frames <= self.frames,
            f"{frames} frames were asked for, and the clips of this model have {self.frames}: it "
            "makes whole clips, and cannot continue them",
        )
        return self.decode(None, self.sample_v(n, generator))[:, :frames]

    @torch.no_grad()
    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw v from its prior: (n, v_dim)."""
        return self.v_prior.sample(n, generator)


def build_vae(settings: VaeConfig, shape: DataShape) -> ClipVae:
    """Return a model with the networks that the settings name, for clips of this shape."""
    network = CLIP_NETWORKS.load(settings.network)
    encoder, decoder = network.encoder(settings, shape), network.decoder(settings, shape)
    return ClipVae(encoder, decoder, settings.v_dim, shape)


def vae_terms(
    model: ClipVae, batch: Batch, settings: VaeObjectiveConfig, generator: torch.Generator
) -> Terms:
    """Return the terms of a batch, with v drawn from its posterior."""
    q_v = model.posterior(batch.x)
    return elbo_terms(model, batch, q_v, q_v.sample(generator), settings)


def elbo_terms(
    model: ClipVae, batch: Batch, q_v: Gaussian, v: Tensor, settings: VaeObjectiveConfig
) -> Terms:
    """Return the terms of a batch whose v, (batch, v_dim), is drawn already."""
    square = (model.decoder(v) - model.scale(batch.x)).square()
    kl_v = q_v.kl(standard(q_v.mean)).sum(dim=-1).mean()
    terms = {"reconstruction": 0.5 * square.sum(dim=(1, 2)).mean(), "kl_v": kl_v}
    if settings.capacity_weight:
        terms["capacity"] = (kl_v - capacity_at(batch.epoch, settings)).abs()
    return terms


def capacity_at(epoch: int, settings: VaeObjectiveConfig) -> float:
    """Return C in nats in an epoch, from 0: a line from 0 to `capacity`, which then stays."""
    return settings.capacity * min(1.0, epoch / settings.capacity_epochs)
