"""Each frame from all of z and v, p(x_t | z_1:T, v), by a bi-LSTM (Luo et al. 2022, sec. 6.4).

The paper gives no layers; these are those of its code (likelihood "><"): the decoder's FCN becomes
a bi-LSTM of the same widths. Widths are those of `decoder_hidden`, one for each layer; they must be
equal.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.sequences import averaged, bi_lstm, with_v


class RecurrentDecoder(nn.Module):
    """biRNN-[64,64]-Gau-80 on [z_t ; v]: both directions are averaged before the mean."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        inputs, widths = settings.z_dim + settings.v_dim, settings.decoder_hidden
        self.lstm = bi_lstm(inputs, widths, "decoder_hidden", "the decoder recurrent")
        self.mean = nn.Linear(widths[0], mel)

    def forward(self, z: Tensor, v: Tensor) -> Tensor:
        """Map z, (batch, time, z_dim), and v, (batch, v_dim), to (batch, time, mel)."""
        return self.mean(averaged(self.lstm, with_v(z, v)))


DECODER = RecurrentDecoder
