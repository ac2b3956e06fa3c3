"""Generative networks p(x_t | z_t, v): the mean of a Gaussian over log-mel, in scaled units.

Source: Luo et al. 2022, sec. 5.2. The variance is fixed, so only the mean has parameters.
"""

import torch
from torch import Tensor, nn

from .gaussians import fcn


class FrameDecoder(nn.Module):
    """p(x_t | z_t, v): FCN-[64,64]-Gau-80 on [z_t ; v], v broadcast along time."""

    def __init__(self, z_dim: int, v_dim: int, hidden: tuple[int, ...], mel: int) -> None:
        super().__init__()
        self.frames = fcn(z_dim + v_dim, hidden)
        self.mean = nn.Linear(hidden[-1], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        along_time = v.unsqueeze(1).expand(-1, z.shape[1], -1)  # (batch, time, v_dim)
        return self.mean(self.frames(torch.cat([z, along_time], dim=-1)))
