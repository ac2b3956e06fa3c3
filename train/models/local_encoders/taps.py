"""Each frame's z from the frames at several offsets around it but without v, q(z_t | x_t+k).

The offsets k are the setting `encoder_offsets`, in frames. A frame of a release tail tells what
sounds but not when its note ended; its neighbours tell that too. `encoder_hidden` has the width of
the layer on each frame, then those of the layers on all of them; one width is that of both.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import ACTIVATIONS, Gaussian, GaussianLayer, fcn
from ..networks.sequences import at_offsets


class TapsLocalEncoder(nn.Module):
    """A layer on each frame, layers on its outputs at all offsets side by side, then Gau.

    Outputs of frames outside the clip are zeros.
    """

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        widths, self.offsets = settings.encoder_hidden, settings.encoder_offsets
        activation = ACTIVATIONS[settings.activation]
        self.frame = nn.Sequential(nn.Linear(mel, widths[0]), activation())
        rest = widths[1:] or widths
        self.around = fcn(len(self.offsets) * widths[0], rest, settings.activation)
        self.gaussian = GaussianLayer(rest[-1], settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> Gaussian:
        """Map x, (batch, time, mel), to a Gaussian over (batch, time, z_dim)."""
        return self.gaussian(self.around(at_offsets(self.frame(x), self.offsets)))


LOCAL_ENCODER = TapsLocalEncoder
