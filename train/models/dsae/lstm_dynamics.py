"""Deterministic dynamics: one z of a clip, unrolled into h_1:T (Li and Mandt 2018, sec. 4.3).

z is (batch, 1, z_dim), h is (batch, time, width). The paper's z has 64 dimensions and its h_t 512,
so h_0 = z of LSTM-f stands for a linear map of z. The first cell state is 0 in both.
"""

import torch
from torch import Tensor, nn

from ..networks.gaussians import Gaussian, GaussianLayer
from ..networks.sequences import bi_lstm
from ..registry import DECODERS
from .dsae_settings import ModelConfig
from .lstm_settings import LstmConfig


class ForwardDynamics(nn.Module):
    """LSTM-f: h_0 = z, h_t = LSTM(h_t-1)."""

    def __init__(self, settings: LstmConfig) -> None:
        super().__init__()
        self.start = nn.Linear(settings.z_dim, settings.dynamics_hidden)
        self.lstm = nn.LSTM(1, settings.dynamics_hidden, batch_first=True)

    def forward(self, z: Tensor, frames: int) -> Tensor:
        """Map z, (batch, 1, z_dim), to h_1:T, (batch, frames, width)."""
        h_0 = self.start(z).transpose(0, 1).contiguous()  # (1, batch, width)
        nothing = z.new_zeros(len(z), frames, 1)  # torch has no LSTM without inputs
        return self.lstm(nothing, (h_0, torch.zeros_like(h_0)))[0]


class ConditionedDynamics(nn.Module):
    """LSTM-c: h_0 = 0, h_t = LSTM(h_t-1, z)."""

    def __init__(self, settings: LstmConfig) -> None:
        super().__init__()
        self.lstm = nn.LSTM(settings.z_dim, settings.dynamics_hidden, batch_first=True)

    def forward(self, z: Tensor, frames: int) -> Tensor:
        """Map z, (batch, 1, z_dim), to h_1:T, (batch, frames, width)."""
        return self.lstm(z.expand(-1, frames, -1))[0]


class DynamicsEncoder(nn.Module):
    """q(z | x_1:T): the last states of a bi-LSTM's both directions, averaged, then Gau.

    The paper does not give it. It does not see v, as in factorised q.
    """

    def __init__(self, mel: int, settings: LstmConfig) -> None:
        super().__init__()
        widths = settings.encoder_hidden
        self.lstm = bi_lstm(mel, widths, "encoder_hidden", "the encoder of the dynamics")
        self.gaussian = GaussianLayer(widths[0], settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map scaled x, (batch, time, mel), to a Gaussian over (batch, 1, z_dim)."""
        last = self.lstm(x)[1][0][-2:]  # (2, batch, width): both directions of the last layer
        return self.gaussian(last.mean(dim=0).unsqueeze(1))


class DynamicsDecoder(nn.Module):
    """p(x_t | h_t, v): the dynamics, then the decoder of single frames on [h_t ; v]."""

    def __init__(self, mel: int, frames: int, dynamics: nn.Module, settings: LstmConfig) -> None:
        super().__init__()
        sizes = ModelConfig(
            v_dim=settings.v_dim,
            z_dim=settings.dynamics_hidden,
            decoder_hidden=settings.decoder_hidden,
        )
        self.clip_frames = frames
        self.dynamics = dynamics
        self.frames = DECODERS.load("frame")(mel, sizes)

    def forward(self, z: Tensor, v: Tensor, frames: int | None = None) -> Tensor:
        """Map z, (batch, 1, z_dim), and v, (batch, v_dim), to (batch, frames, mel).

        There are as many frames as in the clips of training, where no number is given.
        """
        return self.frames(self.dynamics(z, frames or self.clip_frames), v)
