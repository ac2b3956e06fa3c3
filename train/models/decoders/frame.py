"""Each frame from its own z_t and v, p(x_t | z_t, v) (Luo et al. 2022, sec. 5.2)."""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import linear

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import fcn


class FrameDecoder(nn.Module):
    """FCN-[64,64]-Gau-80 on [z_t ; v], v broadcast along time."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        self.frames = fcn(settings.z_dim + settings.v_dim, settings.decoder_hidden)
        self.mean = nn.Linear(settings.decoder_hidden[-1], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        first: Any = self.frames[0]
        of_z, of_v = first.weight.split([z.shape[-1], v.shape[-1]], dim=1)
        hidden = linear(z, of_z) + linear(v, of_v, first.bias).unsqueeze(1)  # v once, not per frame
        return self.mean(self.frames[1:](hidden))


DECODER = FrameDecoder
