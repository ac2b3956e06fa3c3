"""The inference network q(v | x_1:T); those of z are in `train.models.local_encoders`.

| pooling | what of the frames' features, over time, reaches the Gaussian layer |
|---|---|
| mean | their mean (Luo et al. 2022, sec. 5.2) |
| mean-deviation | their mean, and beside it sqrt(variance + 1e-4), of the biased variance |
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .gaussians import Gaussian, GaussianLayer, fcn

_FLAT = 1e-4  # added to the variance, as the gradient of a square root is infinite at 0


def mean(frames: Tensor) -> Tensor:
    """Return the mean over time of features, (batch, time, dim): (batch, dim)."""
    return frames.mean(dim=1)


def deviation(frames: Tensor) -> Tensor:
    """Return sqrt(variance over time + 1e-4) of features, (batch, time, dim): (batch, dim).

    The variance is the biased one: the mean square of the differences from the mean.
    """
    square = (frames - frames.mean(dim=1, keepdim=True)).square()
    return (square.mean(dim=1) + _FLAT).sqrt()


POOLINGS: dict[str, tuple[Callable[[Tensor], Tensor], ...]] = {
    "mean": (mean,),
    "mean-deviation": (mean, deviation),
}


class GlobalEncoder(nn.Module):
    """q(v | x_1:T): FCN-[64,64]-Avg-Gau-16, or another pooling than the average over time."""

    def __init__(
        self,
        mel: int,
        hidden: tuple[int, ...],
        v_dim: int,
        activation: str = "tanh",
        pooling: str = "mean",
    ) -> None:
        super().__init__()
        self.frames = fcn(mel, hidden, activation)
        self.pooled = POOLINGS[pooling]
        self.gaussian = GaussianLayer(len(self.pooled) * hidden[-1], v_dim)

    def forward(self, x: Tensor) -> Gaussian:
        """Map scaled x, (batch, time, mel), to a Gaussian over (batch, v_dim)."""
        frames = self.frames(x)
        return self.gaussian(torch.cat([part(frames) for part in self.pooled], dim=-1))
