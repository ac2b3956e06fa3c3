"""Factorised q: each frame's z from that frame alone, q(z_t | x_t) (Luo et al. 2022, sec. 5.2)."""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import Gaussian, GaussianLayer, fcn


class FactorisedLocalEncoder(nn.Module):
    """q(z_t | x_t): FCN-[64,64]-Gau, shared over time and independent of v."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        self.frames = fcn(mel, settings.encoder_hidden, settings.activation)
        self.gaussian = GaussianLayer(settings.encoder_hidden[-1], settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), to a Gaussian over (batch, time, z_dim)."""
        return self.gaussian(self.frames(x))


LOCAL_ENCODER = FactorisedLocalEncoder
