"""Each frame's z from the frames around it but without v, by two convolutions.

Each of them is over `context` frames; with 9 a z sees 17 frames. Widths are those of
`encoder_hidden`, of which there must be two.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.convolutions import Convolutions
from ..networks.gaussians import Gaussian, GaussianLayer


class ConvolutionalLocalEncoder(nn.Module):
    """Conv-[64,64]-Gau over the frames, independent of v."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        widths = settings.encoder_hidden
        self.frames = Convolutions(
            mel,
            widths,
            settings.context,
            settings.activation,
            "encoder_hidden",
            "the local encoder convolutional",
        )
        self.gaussian = GaussianLayer(widths[1], settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), to a Gaussian over (batch, time, z_dim)."""
        return self.gaussian(self.frames(x))


LOCAL_ENCODER = ConvolutionalLocalEncoder
