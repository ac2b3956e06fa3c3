"""A VAE of whole clips whose KL is weighed by beta, or held at a capacity (Higgins et al. 2017)."""

from ..clips.vae_relatives import vae_family
from ..family import Preset

BETA = {"beta": 20.0, "epochs": 40}
CONV = {"network": "conv", "epochs": 20}
CAPACITY = {"beta": 0.0, "capacity_weight": 100.0, "capacity_epochs": 15}
PRESETS = {
    "fast": Preset("fully connected, beta 20: 20 seconds", BETA),
    "conv": Preset("convolutional, beta 20: half a minute", BETA | CONV),
    "capacity": Preset(
        "convolutional, 100 |KL - C| in place of beta KL, C from 0 to 25 nats: half a minute",
        CAPACITY | CONV,
    ),
}
FAMILY = vae_family(PRESETS)
