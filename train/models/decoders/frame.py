"""Each frame from its own z_t and v, p(x_t | z_t, v) (Luo et al. 2022, sec. 5.2)."""

import torch
from torch import Tensor, nn

from ..dsae_settings import ModelConfig
from ..gaussians import fcn


class FrameDecoder(nn.Module):
    """FCN-[64,64]-Gau-80 on [z_t ; v], v broadcast along time."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        self.frames = fcn(settings.z_dim + settings.v_dim, settings.decoder_hidden)
        self.mean = nn.Linear(settings.decoder_hidden[-1], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        along_time = v.unsqueeze(1).expand(-1, z.shape[1], -1)  # (batch, time, v_dim)
        return self.mean(self.frames(torch.cat([z, along_time], dim=-1)))


DECODER = FrameDecoder
