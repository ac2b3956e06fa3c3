"""A VAE of whole clips whose KL is weighed by beta, or held at a capacity (Higgins et al. 2017)."""

from .family import Preset
from .vae_relatives import vae_family

BETA = {"beta": 20.0}
CAPACITY = {"beta": 0.0, "capacity_weight": 100.0}
PRESETS = {
    "fast": Preset("fully connected, beta 20: half a minute", BETA),
    "conv": Preset("convolutional, beta 20: half a minute", BETA | {"network": "conv"}),
    "capacity": Preset(
        "convolutional; |KL - C| in place of beta, C from 0 to 25 nats (Burgess et al. 2018)",
        CAPACITY | {"network": "conv"},
    ),
}
FAMILY = vae_family(PRESETS)
