"""Each frame from its own z_t and v, p(x_t | z_t, v) (Luo et al. 2022, sec. 5.2)."""

from typing import Any

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import fcn
from ..networks.sequences import linear_with_v


class FrameDecoder(nn.Module):
    """FCN-[64,64]-Gau-80 on [z_t ; v], v broadcast along time."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        inputs = settings.z_dim + settings.v_dim
        self.frames = fcn(inputs, settings.decoder_hidden, settings.activation)
        self.mean = nn.Linear(settings.decoder_hidden[-1], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        first: Any = self.frames[0]
        return self.mean(self.frames[1:](linear_with_v(first, z, v)))


DECODER = FrameDecoder
