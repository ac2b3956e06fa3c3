"""Fully connected: each frame is summed up by a few numbers, which one layer reads together.

One layer from all of a clip (20,080 values) to the first hidden layer would have millions of
weights; with layers that all frames share there are fewer, and it trains in half a minute.
"""

from torch import Tensor, nn

from ..clip_network import ClipNetwork
from ..clips.vae_settings import VaeConfig
from ..family import DataShape
from ..networks.gaussians import Gaussian, GaussianLayer, fcn


class FcnClipEncoder(nn.Module):
    """q(v | x): FCN-[64,8] in each frame, FCN-[128] on all frames, Gau."""

    def __init__(self, settings: VaeConfig, shape: DataShape) -> None:
        super().__init__()
        kept = settings.frame_hidden[-1]
        self.frames = fcn(shape.mel, settings.frame_hidden)
        self.clip = fcn(shape.frames * kept, (settings.clip_hidden,))
        self.gaussian = GaussianLayer(settings.clip_hidden, settings.v_dim)

    def forward(self, x: Tensor) -> Gaussian:
        """Map scaled x, (batch, time, mel), to a Gaussian over (batch, v_dim)."""
        return self.gaussian(self.clip(self.frames(x).flatten(1)))


class FcnClipDecoder(nn.Module):
    """p(x | v): the layers of the encoder in reverse order."""

    def __init__(self, settings: VaeConfig, shape: DataShape) -> None:
        super().__init__()
        *inner, kept = settings.frame_hidden
        self.frame_count = shape.frames
        self.clip = fcn(settings.v_dim, (settings.clip_hidden, shape.frames * kept))
        self.frames = fcn(kept, tuple(reversed(inner)))
        self.mean = nn.Linear(settings.frame_hidden[0], shape.mel)

    def forward(self, v: Tensor) -> Tensor:
        """Map v, (batch, v_dim), to scaled log-mel, (batch, time, mel)."""
        kept = self.clip(v).unflatten(1, (self.frame_count, -1))  # (batch, time, kept)
        return self.mean(self.frames(kept))


CLIP_NETWORK = ClipNetwork(FcnClipEncoder, FcnClipDecoder)
