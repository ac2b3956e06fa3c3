"""Full q: each frame's z from the whole clip and v, q(z_t | x_1:T, v) (Luo et al. 2022, sec. 5.2).

Widths are those of `encoder_hidden`, one for each layer of the bi-LSTM; they must be equal.
"""

import torch
from torch import Tensor, nn

from ....settings import require
from ..dsae_settings import ModelConfig
from ..gaussians import Gaussian, GaussianLayer


class FullLocalEncoder(nn.Module):
    """biRNN-[64,64]-Gau on [x_t ; v]: the outputs of both directions are averaged before Gau."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        hidden = settings.encoder_hidden
        require(
            len(set(hidden)) == 1,
            f"encoder_hidden is {hidden}: the local encoder full needs layers of equal width",
        )
        inputs, layers = mel + settings.v_dim, len(hidden)
        self.lstm = nn.LSTM(inputs, hidden[0], layers, batch_first=True, bidirectional=True)
        self.gaussian = GaussianLayer(hidden[0], settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), and v, (batch, v_dim), to a Gaussian like z."""
        along_time = v.unsqueeze(1).expand(-1, x.shape[1], -1)  # (batch, time, v_dim)
        outputs = self.lstm(torch.cat([x, along_time], dim=-1))[0]  # (batch, time, 2 * hidden)
        return self.gaussian(outputs.unflatten(-1, (2, -1)).mean(dim=-2))


LOCAL_ENCODER = FullLocalEncoder
