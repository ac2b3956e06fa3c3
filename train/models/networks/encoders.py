"""The inference network q(v | x_1:T); those of z are in `train.models.local_encoders`."""

from torch import Tensor, nn

from .gaussians import Gaussian, GaussianLayer, fcn


class GlobalEncoder(nn.Module):
    """q(v | x_1:T): FCN-[64,64]-Avg-Gau-16, averaged over time (Luo et al. 2022, sec. 5.2)."""

    def __init__(
        self, mel: int, hidden: tuple[int, ...], v_dim: int, activation: str = "tanh"
    ) -> None:
        super().__init__()
        self.frames = fcn(mel, hidden, activation)
        self.gaussian = GaussianLayer(hidden[-1], v_dim)

    def forward(self, x: Tensor) -> Gaussian:
        """Map scaled x, (batch, time, mel), to a Gaussian over (batch, v_dim)."""
        return self.gaussian(self.frames(x).mean(dim=1))
