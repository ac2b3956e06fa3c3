"""The disentangled sequential autoencoder as pieces that combine (000 Eq 1, Fig 2, section 5.2).

x: (batch, time, mel) log-mel in raw units outside the model, standardised per band inside;
z: (batch, time, z_dim); v: (batch, v_dim).
"""

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import DsoundsError
from ..settings.config import ModelConfig
from .decoders import FrameDecoder
from .encoders import FactorisedLocalEncoder, GlobalEncoder
from .gaussians import Gaussian
from .interface import Codes
from .methods import Method
from .priors import SnapshotPrior, StandardPrior, Transition

PIECES = ("global_encoder", "local_encoder", "transition", "decoder")
FLAT = 1e-3  # a band that varies less (log units) is constant: dividing by it would blow up noise


class Scale(nn.Module):
    """Raw log-mel to zero mean and unit deviation per band, and back. Saved with the weights."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)  # (mel,)
        self.register_buffer("deviation", deviation)  # (mel,)

    def forward(self, x: Tensor) -> Tensor:
        """Standardise raw log-mel."""
        return (x - self.get_buffer("mean")) / self.get_buffer("deviation")

    def inverse(self, x: Tensor) -> Tensor:
        """Return raw log-mel."""
        return x * self.get_buffer("deviation") + self.get_buffer("mean")


def identity_scale(mel: int) -> Scale:
    """Return the scale of a model that works in raw units."""
    return Scale(torch.zeros(mel), torch.ones(mel))


def fit_scale(x: np.ndarray) -> Scale:
    """Measure mean and deviation per band over clips and frames, x: (clips, time, mel)."""
    mean = x.mean(axis=(0, 1), dtype=np.float64)
    deviation = x.std(axis=(0, 1), dtype=np.float64)
    deviation[deviation < FLAT] = 1.0
    return Scale(
        torch.tensor(mean, dtype=torch.float32), torch.tensor(deviation, dtype=torch.float32)
    )


class SequenceAutoencoder(nn.Module):
    """p(v) prod_t p(x_t | z_t, v) p(z_t | z_<t) with its inference networks, piece by piece."""

    def __init__(
        self,
        scale: Scale,
        global_encoder: nn.Module,
        local_encoder: nn.Module,
        transition: Transition,
        decoder: nn.Module,
        v_prior: StandardPrior | SnapshotPrior,
    ) -> None:
        super().__init__()
        self.scale = scale
        self.global_encoder = global_encoder
        self.local_encoder = local_encoder
        self.transition = transition
        self.decoder = decoder
        self.v_prior = v_prior

    def encode(self, x: Tensor) -> Codes:
        """Return the posteriors of raw x; where z depends on v, v is its posterior mean."""
        scaled = self.scale(self._checked(x))
        q_v: Gaussian = self.global_encoder(scaled)
        q_z: Gaussian = self.local_encoder(scaled, q_v.mean)
        return Codes(q_v.mean, q_v.logvar, q_z.mean, q_z.logvar)

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Return the decoder's mean in raw log-mel, (batch, time, mel)."""
        return self.scale.inverse(self.decoder(z, v))

    def prior_v(self, x: Tensor) -> Gaussian:
        """Return the prior of v for each clip of raw x: N(0, 1), or its own (Eq 3)."""
        return self.v_prior(self.scale(self._checked(x)))

    @torch.no_grad()
    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw new sequences, (n, frames, mel): v and z_1:T from their priors, then the mean.

        The prior of v is N(0, 1), or after stage 2 of a two-stage method the mixture of
        sequence-level priors that the snapshot kept.
        """
        v = self.v_prior.sample(n, generator)
        return self.decode(self.transition.sample(n, frames, generator), v)

    def _checked(self, x: Tensor) -> Tensor:
        mel = len(self.scale.get_buffer("mean"))
        if x.ndim != 3 or x.shape[-1] != mel:
            raise DsoundsError(
                f"the model reads (batch, time, {mel}) log-mel, came {tuple(x.shape)}; "
                "are time and bands swapped, or were other features trained on?"
            )
        return x


def build_model(
    config: ModelConfig, method: Method, scale: Scale, seed: int
) -> SequenceAutoencoder:
    """Return the model of 000 section 5.2 with weights drawn from `seed` alone."""
    mel = len(scale.get_buffer("mean"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = GlobalEncoder(mel, config.encoder_hidden, config.v_dim)
        snapshots = method.snapshots
        return SequenceAutoencoder(
            scale,
            encoder,
            FactorisedLocalEncoder(mel, config.encoder_hidden, config.z_dim),
            Transition(config.z_dim, config.transition_hidden, config.transition_layers),
            FrameDecoder(config.z_dim, config.v_dim, config.decoder_hidden, mel),
            SnapshotPrior(encoder, config.v_dim) if snapshots else StandardPrior(config.v_dim),
        )
