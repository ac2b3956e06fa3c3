"""Full q as in the code of Luo et al. 2022: v joins the outputs of the bi-LSTM, not its inputs.

There z_feature is "><", v_condition is on and z_posterior is "x". Widths are those of
`encoder_hidden`, one for each layer of the bi-LSTM; they must be equal.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import Gaussian, GaussianLayer
from ..networks.sequences import averaged, bi_lstm, with_v


class FullLateLocalEncoder(nn.Module):
    """biRNN-[64,64] on x_t, both directions averaged, then Gau on [output ; v]."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        widths = settings.encoder_hidden
        self.lstm = bi_lstm(mel, widths, "encoder_hidden", "the local encoder full-late")
        self.gaussian = GaussianLayer(widths[0] + settings.v_dim, settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), and v, (batch, v_dim), to a Gaussian like z."""
        return self.gaussian(with_v(averaged(self.lstm, x), v))


LOCAL_ENCODER = FullLateLocalEncoder
