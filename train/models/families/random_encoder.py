"""The networks of DSAE with their first random weights: what training has to beat."""

from dataclasses import replace

from torch import nn

from ..dsae.autoencoder import build_model
from ..dsae.dsae_settings import ModelConfig
from ..dsae.objectives import DsaeStage
from ..dsae.relatives import relative
from ..family import DataShape
from ..known_answers.fitted import ONE_EPOCH


def _build(settings: ModelConfig, shape: DataShape) -> nn.Module:
    return build_model(settings, shape).requires_grad_(False)


FAMILY = replace(relative(DsaeStage()), build=_build, presets=ONE_EPOCH)
