"""A DSAE with deterministic dynamics: p(v) p(z) prod_t p(x_t | h_t, v), h_1:T a function of z.

Source: Li and Mandt 2018, sec. 4.3, whose f is v here. z is (batch, 1, z_dim).
"""

import torch
from torch import Tensor, nn

from ..family import DataShape
from ..networks.encoders import GlobalEncoder
from ..networks.gaussians import standard
from ..networks.priors import StandardDynamics, StandardPrior
from .autoencoder import Autoencoder, Scale
from .lstm_dynamics import DynamicsDecoder, DynamicsEncoder
from .lstm_settings import LstmConfig


class LstmAutoencoder(Autoencoder):
    """The parts of LSTM-f or LSTM-c, as `dynamics` tells."""

    decoder: DynamicsDecoder

    def __init__(self, settings: LstmConfig, shape: DataShape, dynamics: nn.Module) -> None:
        super().__init__()
        self.z_dim = settings.z_dim
        self.scale = Scale(shape.mel)
        self.global_encoder = GlobalEncoder(shape.mel, settings.encoder_hidden, settings.v_dim)
        self.local_encoder = DynamicsEncoder(shape.mel, settings)
        self.transition = StandardDynamics()
        self.decoder = DynamicsDecoder(shape.mel, shape.frames, dynamics, settings)
        self.v_prior = StandardPrior(settings.v_dim)

    def decode(self, z: Tensor, v: Tensor, frames: int | None = None) -> Tensor:
        """Return the decoder's mean in raw log-mel, (batch, frames, mel).

        There are as many frames as in the clips of training, where no number is given.
        """
        return self.scale.inverse(self.decoder(z, v, frames))

    @torch.no_grad()
    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw new sequences of any length, (n, frames, mel): v and z from N(0, 1)."""
        z = self.sample_z(n, frames, generator)
        return self.decode(z, self.sample_v(n, generator), frames)

    @torch.no_grad()
    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z from N(0, 1): (n, 1, z_dim), one for any number of frames."""
        mean = self.scale.get_buffer("mean")
        return standard(mean.new_zeros(n, 1, self.z_dim)).sample(generator)

    @torch.no_grad()
    def predict(self, x: Tensor, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Return the frames that follow raw x, (batch, time, mel): (batch, frames, mel).

        z and v are the means of their posteriors given x; as the dynamics are deterministic,
        nothing is drawn from `generator`.
        """
        codes = self.encode(x)
        assert codes.z_mean is not None
        assert codes.v_mean is not None
        return self.decode(codes.z_mean, codes.v_mean, x.shape[1] + frames)[:, x.shape[1] :]
