"""Convolutional: the log-mel as a picture, halved in frames and bands by each layer.

A convolution of stride 2 maps n rows to ceil(n / 2). Two numbers n have the same half, so the
transposed one is told which of them to return: a clip of any size is returned in its own.
"""

from itertools import pairwise

from torch import Tensor, nn

from ..clip_network import ClipNetwork
from ..clips.vae_settings import VaeConfig
from ..family import DataShape
from ..networks.gaussians import Gaussian, GaussianLayer

_KERNEL, _STRIDE, _PADDING = 3, 2, 1
Size2d = tuple[int, int]


class ConvClipEncoder(nn.Module):
    """q(v | x): convolutions with ReLU, one layer on all that they give, Gau."""

    def __init__(self, settings: VaeConfig, shape: DataShape) -> None:
        super().__init__()
        channels = (1, *settings.channels)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            layers += [nn.Conv2d(inputs, outputs, _KERNEL, _STRIDE, _PADDING), nn.ReLU()]
        self.picture = nn.Sequential(*layers)
        rows, columns = halved(shape, len(settings.channels))[-1]
        self.clip = nn.Linear(channels[-1] * rows * columns, settings.clip_hidden)
        self.gaussian = GaussianLayer(settings.clip_hidden, settings.v_dim)

    def forward(self, x: Tensor) -> Gaussian:
        """Map scaled x, (batch, time, mel), to a Gaussian over (batch, v_dim)."""
        picture = self.picture(x.unsqueeze(1))  # (batch, channels, rows, columns)
        return self.gaussian(self.clip(picture.flatten(1)).relu())


class ConvClipDecoder(nn.Module):
    """p(x | v): the layers of the encoder in reverse order, convolutions transposed."""

    def __init__(self, settings: VaeConfig, shape: DataShape) -> None:
        super().__init__()
        channels = (*reversed(settings.channels), 1)
        *larger, self.smallest = halved(shape, len(settings.channels))
        self.sizes = larger[::-1]
        inputs = channels[0] * self.smallest[0] * self.smallest[1]
        self.clip = nn.Sequential(
            nn.Linear(settings.v_dim, settings.clip_hidden),
            nn.ReLU(),
            nn.Linear(settings.clip_hidden, inputs),
        )
        self.picture = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, _KERNEL, _STRIDE, _PADDING)
            for inputs, outputs in pairwise(channels)
        )

    def forward(self, v: Tensor) -> Tensor:
        """Map v, (batch, v_dim), to scaled log-mel, (batch, time, mel)."""
        picture = self.clip(v).unflatten(1, (-1, *self.smallest))
        for layer, size in zip(self.picture, self.sizes, strict=True):
            picture = layer(picture.relu(), output_size=size)
        return picture.squeeze(1)


def halved(shape: DataShape, times: int) -> list[Size2d]:
    """Return frames and bands before the first convolution and after each one."""
    sizes = [(shape.frames, shape.mel)]
    for _ in range(times):
        rows, columns = sizes[-1]
        sizes.append((-(-rows // 2), -(-columns // 2)))
    return sizes


CLIP_NETWORK = ClipNetwork(ConvClipEncoder, ConvClipDecoder)
