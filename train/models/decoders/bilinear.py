"""As the decoder taps, but v also multiplies what the first layer gives.

That layer adds what comes from z and what comes from v. From a sum alone the decoder has to learn
for each pitch by itself which bands an instrument's partials fill; from a product it need not.
"""

from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from .taps import TapsDecoder


class BilinearDecoder(TapsDecoder):
    """The decoder taps with h + (U h) * (V v) behind its first layer; U, V are linear layers."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__(mel, settings)
        width = settings.decoder_hidden[0]
        self.of_frames, self.of_v = nn.Linear(width, width), nn.Linear(settings.v_dim, width)

    def met(self, hidden: Tensor, v: Tensor) -> Tensor:
        """Return h + (U h) * (V v), (batch, time, width)."""
        return hidden + self.of_frames(hidden) * self.of_v(v).unsqueeze(1)


DECODER = BilinearDecoder
