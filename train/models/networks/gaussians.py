"""Diagonal Gaussians: the form of every posterior and prior (Luo et al. 2022: Gau-L).

Divergences are in nats and kept per dimension; `train.models.dsae.objectives` sums them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Gaussian:
    """N(mean, diag(exp(logvar))), both of shape (..., dim).

    Where networks give half precision (training.precision = bf16), it is float32: divergences are
    differences of nearly equal numbers, of which bfloat16 keeps three digits.
    """

    mean: Tensor
    logvar: Tensor

    def __post_init__(self) -> None:
        for name in ("mean", "logvar"):
            value = getattr(self, name)
            if value.dtype in (torch.bfloat16, torch.float16):
                object.__setattr__(self, name, value.float())

    def sample(self, generator: torch.Generator | None) -> Tensor:
        """Draw by reparameterisation: mean + deviation * noise."""
        noise = torch.randn(
            self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype
        )
        return self.mean + torch.exp(0.5 * self.logvar) * noise

    def drawn(self, generator: torch.Generator | None) -> "tuple[Tensor, Gaussian]":
        """Draw, and return with the draw the Gaussians from which its parts were drawn.

        They are these, unless a part's Gaussian depends on the parts drawn before it.
        """
        return self.sample(generator), self

    def log_density(self, z: Tensor) -> Tensor:
        """Return log N(z; mean, exp(logvar)) per dimension, (..., dim)."""
        square = (z - self.mean).square() * torch.exp(-self.logvar)
        return -0.5 * (square + self.logvar + math.log(2 * math.pi))

    def pairs(self, z: Tensor) -> Tensor:
        """Return the log densities of draws of all clips under the Gaussians of all clips.

        Parameters
        ----------
        z
            (n, ..., dim): one draw for each clip.

        Returns
        -------
        Tensor
            (..., n, n): [..., i, j] is log N(z_i; mean_j, exp(logvar_j)), summed over dim.
        """
        centre = self.mean.detach().mean(dim=0)  # moves both sides: the squares stay small
        z, mean, logvar = (
            part.movedim(0, -2) for part in (z - centre, self.mean - centre, self.logvar)
        )
        precision = torch.exp(-logvar)
        # Autocast would take these products in bfloat16, and they are nearly equal.
        with torch.autocast(z.device.type, enabled=False):
            square = z.square() @ precision.mT - 2 * z @ (mean * precision).mT
        own = (mean.square() * precision + logvar + math.log(2 * math.pi)).sum(dim=-1)
        return -0.5 * (square + own.unsqueeze(-2))

    def kl(self, other: "Gaussian") -> Tensor:
        """Return KL(self || other) per dimension, (..., dim)."""
        ratio = torch.exp(self.logvar - other.logvar)
        distance = (self.mean - other.mean).square() * torch.exp(-other.logvar)
        return 0.5 * (other.logvar - self.logvar + ratio + distance - 1.0)

    def at(self, index: Tensor | slice) -> "Gaussian":
        """Return the Gaussians of other clips of the batch."""
        return Gaussian(self.mean[index], self.logvar[index])


def standard(like: Tensor) -> Gaussian:
    """Return N(0, 1) in the shape of `like`."""
    return Gaussian(torch.zeros_like(like), torch.zeros_like(like))


class GaussianLayer(nn.Module):
    """Two linear layers: mean and log variance (Luo et al. 2022, sec. 5.2: Gau-L)."""

    def __init__(self, inputs: int, dim: int) -> None:
        super().__init__()
        self.mean = nn.Linear(inputs, dim)
        self.logvar = nn.Linear(inputs, dim)

    def forward(self, hidden: Tensor) -> Gaussian:
        """Map (..., inputs) to a Gaussian over (..., dim).

        Both layers are one product: two of so few columns take longer.
        """
        weight = torch.cat([self.mean.weight, self.logvar.weight])
        bias = torch.cat([self.mean.bias, self.logvar.bias])
        return Gaussian(*nn.functional.linear(hidden, weight, bias).chunk(2, dim=-1))


class Tanh(nn.Module):
    """The hyperbolic tangent, by way of the logistic function in float32 on a CPU.

    There torch.tanh is Intel MKL's, which takes four times as long on other makers' processors.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x), in float32 on a CPU within 2e-7."""
        if x.device.type == "cpu" and x.dtype == torch.float32:
            return _LogisticTanh.apply(x)
        return torch.tanh(x)


class _LogisticTanh(torch.autograd.Function):
    """tanh(x) = 2 / (1 + exp(-2 x)) - 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = (x * 2).sigmoid_().mul_(2).sub_(1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(gradient, y)


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"tanh": Tanh, "gelu": nn.GELU}


def fcn(inputs: int, hidden: tuple[int, ...], activation: str = "tanh") -> nn.Sequential:
    """Return FCN-[hidden]: linear layers, each followed by tanh (Luo et al. 2022, sec. 5.2).

    `activation` is a name in ACTIVATIONS.
    """
    layers: list[nn.Module] = []
    for width_in, width_out in zip((inputs, *hidden)[:-1], hidden, strict=True):
        layers += [nn.Linear(width_in, width_out), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers)
