"""Inference networks: q(v | x_1:T) and q(z_t | x_t). Input is in the model's own (scaled) units.

Every local encoder takes (x, v), so that one which conditions on v (full q) is another class with
the same call. Source: 000 section 5.2.
"""

from torch import Tensor, nn

from .gaussians import Gaussian, GaussianLayer, fcn


class GlobalEncoder(nn.Module):
    """q(v | x_1:T): FCN-[64,64]-Avg-Gau-16, the average taken over time."""

    def __init__(self, mel: int, hidden: tuple[int, ...], v_dim: int) -> None:
        super().__init__()
        self.frames = fcn(mel, hidden)
        self.gaussian = GaussianLayer(hidden[-1], v_dim)

    def forward(self, x: Tensor) -> Gaussian:
        """Map x: (batch, time, mel) to a Gaussian over (batch, v_dim)."""
        return self.gaussian(self.frames(x).mean(dim=1))


class FactorisedLocalEncoder(nn.Module):
    """q(z_t | x_t): FCN-[64,64]-Gau, shared over time and independent of v (factorised q)."""

    def __init__(self, mel: int, hidden: tuple[int, ...], z_dim: int) -> None:
        super().__init__()
        self.frames = fcn(mel, hidden)
        self.gaussian = GaussianLayer(hidden[-1], z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x: (batch, time, mel) to a Gaussian over (batch, time, z_dim)."""
        return self.gaussian(self.frames(x))
