"""The networks of DSAE with their first random weights: what training has to beat."""

from dataclasses import replace

from torch import nn

from .autoencoder import build_model
from .dsae_settings import ModelConfig
from .family import DataShape
from .fitted import ONE_EPOCH
from .objectives import DsaeStage
from .relatives import relative


def _build(settings: ModelConfig, shape: DataShape) -> nn.Module:
    return build_model(settings, shape).requires_grad_(False)


FAMILY = replace(relative(DsaeStage()), build=_build, presets=ONE_EPOCH)
