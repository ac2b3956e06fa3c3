"""A variational autoencoder of whole clips, one code v and no z (Kingma and Welling 2014)."""

from ..clips.vae_relatives import vae_family
from ..family import Preset

PRESETS = {
    "fast": Preset("fully connected, small batches, large steps: 20 seconds", {"epochs": 40}),
    "conv": Preset(
        "convolutional, small batches, large steps: half a minute",
        {"network": "conv", "epochs": 20},
    ),
}
FAMILY = vae_family(PRESETS)
