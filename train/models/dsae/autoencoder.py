"""The disentangled sequential autoencoder (Li and Mandt 2018; Luo et al. 2022, Fig 2, sec. 5.2).

x is (batch, time, mel) log-mel, in raw units outside the model, standardised per band inside; z is
(batch, time, z_dim); v is (batch, v_dim).
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ....errors import DsoundsError
from ..family import DataShape, Features
from ..interface import Codes
from ..networks.encoders import GlobalEncoder
from ..networks.gaussians import Gaussian
from ..networks.priors import SnapshotPrior, StandardPrior, Transition
from ..registry import DECODERS, LOCAL_ENCODERS
from .dsae_settings import ModelConfig
from .local_input import LOCAL_INPUTS

FLAT = 1e-3  # a band that varies less (log units) is constant: dividing by it would amplify noise
_CHUNK_CLIPS = 256


class Scale(nn.Module):
    """Raw log-mel to zero mean and unit deviation per band, and back. Saved with the weights."""

    def __init__(self, mel: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(mel))
        self.register_buffer("deviation", torch.ones(mel))

    def fit(self, x: Features) -> None:
        """Measure mean and deviation per band over clips and frames of x, (clips, time, mel).

        x may be too large for memory: it is read a part at a time, twice.
        """
        count = x.shape[0] * x.shape[1]
        mean = sum(x[part].sum(axis=(0, 1), dtype=np.float64) for part in chunks(x)) / count
        square = sum(np.square(x[part] - mean).sum(axis=(0, 1)) for part in chunks(x)) / count
        deviation = np.sqrt(square)
        deviation[deviation < FLAT] = 1.0
        self.get_buffer("mean").copy_(torch.from_numpy(mean))
        self.get_buffer("deviation").copy_(torch.from_numpy(deviation))

    def forward(self, x: Tensor) -> Tensor:
        """Standardise raw log-mel."""
        return (x - self.get_buffer("mean")) / self.get_buffer("deviation")

    def inverse(self, x: Tensor) -> Tensor:
        """Return raw log-mel."""
        return x * self.get_buffer("deviation") + self.get_buffer("mean")


def chunks(x: Features) -> list[slice]:
    """Return slices of the clips of x that fit in memory one at a time."""
    return [slice(start, start + _CHUNK_CLIPS) for start in range(0, len(x), _CHUNK_CLIPS)]


def fit_scale(model: Any, settings: Any, x: Features) -> None:
    """Measure the model's scale on training clips, where it standardises (`Family.prepare`)."""
    if settings.standardise:
        model.scale.fit(x)


class Autoencoder(nn.Module):
    """What every DSAE has: v and z inferred from raw x, a prior of v, and the parts of Eq 2.

    Attributes
    ----------
    global_encoder, local_encoder
        q(v | x) of scaled x, and q(z | x, v) of what `local_input` says and of v, as Gaussians.
    local_input
        What the local encoder reads of scaled x, by its name in LOCAL_INPUTS: x itself, unless a
        model says otherwise.
    transition
        Called with z it returns its prior, a Gaussian of the same shape.
    decoder
        Called with z and v it returns the mean of scaled x.
    """

    scale: Scale
    global_encoder: nn.Module
    local_encoder: nn.Module
    transition: nn.Module
    decoder: nn.Module
    v_prior: StandardPrior | SnapshotPrior
    local_input: str = "plain"

    def encode(self, x: Tensor) -> Codes:
        """Return the posteriors of raw x; where z depends on v, v is its posterior mean."""
        scaled = self.scale(self._checked(x))
        q_v: Gaussian = self.global_encoder(scaled)
        q_z = self.posterior_z(scaled, q_v.mean)
        return Codes(q_v.mean, q_v.logvar, q_z.mean, q_z.logvar)

    def posterior_z(self, x: Tensor, v: Tensor) -> Gaussian:
        """Return q(z | x, v) of scaled x, (batch, time, mel), and v, (batch, v_dim)."""
        return self.local_encoder(LOCAL_INPUTS[self.local_input](x), v)

    def prior_v(self, x: Tensor) -> Gaussian:
        """Return the prior of v for each clip of raw x: N(0, 1), or its own (Eq 3)."""
        return self.v_prior(self.scale(self._checked(x)))

    @torch.no_grad()
    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw v from its prior: (n, v_dim)."""
        return self.v_prior.sample(n, generator)

    def _checked(self, x: Tensor) -> Tensor:
        mel = len(self.scale.get_buffer("mean"))
        if x.ndim != 3 or x.shape[-1] != mel:
            raise DsoundsError(
                f"the model reads (batch, time, {mel}) log-mel, got {tuple(x.shape)}; "
                "are time and bands swapped, or were other features trained on?"
            )
        return x


class SequenceAutoencoder(Autoencoder):
    """p(v) prod_t p(x_t | z_t, v) p(z_t | z_<t) with its inference networks, piece by piece."""

    transition: Transition

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

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Return the decoder's mean in raw log-mel, (batch, time, mel)."""
        return self.scale.inverse(self.decoder(z, v))

    @torch.no_grad()
    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw new sequences, (n, frames, mel): v and z_1:T from their priors, then the mean.

        The prior of v is N(0, 1), or after stage 2 of a two-stage family the mixture of
        sequence-level priors that the snapshot kept.
        """
        return self.decode(self.sample_z(n, frames, generator), self.sample_v(n, generator))

    @torch.no_grad()
    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z_1:T from their prior: (n, frames, z_dim)."""
        start = self.scale.get_buffer("mean").new_zeros(n, 0, self.transition.z_dim)
        return self.continue_z(start, frames, generator)

    @torch.no_grad()
    def continue_z(
        self, z: Tensor, frames: int, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw what follows z, (n, time, z_dim), from p(z_t | z_<t): (n, frames, z_dim)."""
        return self.transition.continued(z, frames, generator)


def build_model(
    settings: ModelConfig, shape: DataShape, snapshots: bool = False
) -> SequenceAutoencoder:
    """Return the model of Luo et al. 2022, sec. 5.2.

    `snapshots` says whether the prior of v can be a snapshot.
    """
    mel = shape.mel
    encoder = GlobalEncoder(
        mel,
        settings.global_hidden or settings.encoder_hidden,
        settings.v_dim,
        settings.activation,
        settings.pooling,
    )
    model = SequenceAutoencoder(
        Scale(mel),
        encoder,
        LOCAL_ENCODERS.load(settings.local_encoder)(mel, settings),
        Transition(settings.z_dim, settings.transition_hidden, settings.transition_layers),
        DECODERS.load(settings.decoder)(mel, settings),
        SnapshotPrior(encoder, settings.v_dim) if snapshots else StandardPrior(settings.v_dim),
    )
    model.local_input = settings.local_input
    return model
