"""A VAE of whole clips: LSTMs, attention, a code of slots (Bitton and Esling 2017, exercise 4)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..clips.clip_vae import ClipVae
from ..clips.recurrent_networks import RecurrentDecoder, RecurrentEncoder
from ..clips.recurrent_settings import RecurrentVaeConfig
from ..clips.vae_relatives import vae_family
from ..family import DataShape, Preset


@dataclass(frozen=True)
class Attention:
    """Where a recurrent VAE looks; a step is `step_frames` frames. All weights sum to 1.

    Attributes
    ----------
    read
        (batch, slots, steps): the weights of the steps of a clip for each slot.
    write
        (batch, steps, slots): the weights of the slots for each step of the decoded clip.
    """

    read: Tensor
    write: Tensor


class RecurrentVae(ClipVae):
    """A VAE of whole clips that shows where it looks."""

    encoder: RecurrentEncoder
    decoder: RecurrentDecoder

    @torch.no_grad()
    def attention(self, x: Tensor) -> Attention:
        """Return where the encoder looks in raw x, and the decoder in the posterior mean of v."""
        v = self.posterior(x).mean
        return Attention(self.encoder.attended(self.scale(x))[1], self.decoder.attended(v)[1])


def build(settings: RecurrentVaeConfig, shape: DataShape) -> RecurrentVae:
    """Return a model for clips of this shape."""
    encoder, decoder = RecurrentEncoder(settings, shape), RecurrentDecoder(settings, shape)
    return RecurrentVae(encoder, decoder, settings.v_dim, shape)


PRESETS = {
    "fast": Preset("beta 1, small batches, large steps: half a minute", {"epochs": 18}),
    "beta": Preset("beta 20, the same otherwise: half a minute", {"beta": 20.0, "epochs": 18}),
}
FAMILY = vae_family(PRESETS, RecurrentVaeConfig, build)
