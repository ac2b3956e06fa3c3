"""Each frame from v and from z at several offsets around t, p(x_t | z_t+k for each k, v).

The offsets k are the setting `decoder_offsets`, in frames. The default ones look further back than
ahead, as what sounds in a frame began before it. Widths are those of `decoder_hidden`, one for each
layer; they must be equal.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import ACTIVATIONS
from ..networks.sequences import at_offsets, linear_with_v, require_equal


class TapsDecoder(nn.Module):
    """A layer on [z_t+k for each k ; v], residual layers h + act(W h), then the mean.

    Frames outside the clip are zeros.
    """

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        widths, self.offsets = settings.decoder_hidden, settings.decoder_offsets
        require_equal(widths, "decoder_hidden", "the decoder taps")
        self.first = nn.Linear(len(self.offsets) * settings.z_dim + settings.v_dim, widths[0])
        self.residual = nn.ModuleList(nn.Linear(width, width) for width in widths[1:])
        self.activation = ACTIVATIONS[settings.activation]()
        self.mean = nn.Linear(widths[0], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        taps = at_offsets(z, self.offsets)  # one product of copies: 1.5 to 2 times as fast as more
        hidden = self.activation(linear_with_v(self.first, taps, v))
        for layer in self.residual:
            hidden = hidden + self.activation(layer(hidden))
        return self.mean(hidden)


DECODER = TapsDecoder
