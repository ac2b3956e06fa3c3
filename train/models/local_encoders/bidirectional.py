"""Each frame's z from the whole clip but without v, by a bi-LSTM and an RNN: q(z_t | x_1:T).

Source: the released code of Bai et al. 2021, where its paper has Eq 2. The widths of the frames'
layers are those of `encoder_hidden`, that of the recurrent ones is the last of them.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import Gaussian, GaussianLayer, fcn


class BidirectionalLocalEncoder(nn.Module):
    """FCN-[64,64] on x_t, biLSTM-64, and RNN-64-Gau on the outputs of both directions."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        width = settings.encoder_hidden[-1]
        self.frames = fcn(mel, settings.encoder_hidden, settings.activation)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.rnn = nn.RNN(2 * width, width, batch_first=True)
        self.gaussian = GaussianLayer(width, settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), to a Gaussian over (batch, time, z_dim)."""
        both: Tensor = self.lstm(self.frames(x))[0]  # (batch, time, 2 * width)
        return self.gaussian(self.rnn(both)[0])


LOCAL_ENCODER = BidirectionalLocalEncoder
