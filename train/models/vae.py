"""A variational autoencoder of whole clips, one code v and no z (Kingma and Welling 2014)."""

from .family import Preset
from .vae_relatives import vae_family

PRESETS = {
    "fast": Preset("fully connected, small batches: half a minute"),
    "conv": Preset("convolutional, small batches: half a minute", {"network": "conv"}),
}
FAMILY = vae_family(PRESETS)
