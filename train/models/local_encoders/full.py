"""Full q: each frame's z from the whole clip and v, q(z_t | x_1:T, v) (Luo et al. 2022, sec. 5.2).

Widths are those of `encoder_hidden`, one for each layer of the bi-LSTM; they must be equal.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import Gaussian, GaussianLayer
from ..networks.sequences import averaged, bi_lstm, with_v


class FullLocalEncoder(nn.Module):
    """biRNN-[64,64]-Gau on [x_t ; v]: the outputs of both directions are averaged before Gau."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        inputs, widths = mel + settings.v_dim, settings.encoder_hidden
        self.lstm = bi_lstm(inputs, widths, "encoder_hidden", "the local encoder full")
        self.gaussian = GaussianLayer(widths[0], settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), and v, (batch, v_dim), to a Gaussian like z."""
        return self.gaussian(averaged(self.lstm, with_v(x, v)))


LOCAL_ENCODER = FullLocalEncoder
