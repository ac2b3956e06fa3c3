"""Each frame from v and the z of the frames around it, by two convolutions.

Each of them is over `context` frames; with 9 a frame sees the z of 17 frames. Widths are those of
`decoder_hidden`, of which there must be two.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.convolutions import Convolutions


class ConvolutionalDecoder(nn.Module):
    """Conv-[64,64]-Gau-80 on z; v joins the first convolution, once for a clip."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        widths = settings.decoder_hidden
        self.frames = Convolutions(
            settings.z_dim,
            widths,
            settings.context,
            settings.activation,
            "decoder_hidden",
            "the decoder convolutional",
        )
        self.of_v = nn.Linear(settings.v_dim, widths[0], bias=False)
        self.mean = nn.Linear(widths[1], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        return self.mean(self.frames(z, self.of_v(v)))


DECODER = ConvolutionalDecoder
