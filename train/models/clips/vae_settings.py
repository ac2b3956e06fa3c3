"""Settings of the variational autoencoders of a whole clip. No torch is imported."""

from typing import Annotated

import tyro
from pydantic import Field

from ....settings import settings
from ..dsae.dsae_settings import Size, Sizes, Weight
from ..registry import CLIP_NETWORKS, require_row


@settings
class VaeConfig:
    """Sizes of the networks."""

    v_dim: Size = 16
    """size of the code v of a clip"""
    network: Annotated[str, tyro.conf.arg(metavar="|".join(CLIP_NETWORKS.names))] = "fcn"
    """networks that infer v and generate the clip"""
    frame_hidden: Sizes = (64, 8)
    """fcn: widths of the layers that read one frame; the last one is what the clip keeps of it"""
    channels: Sizes = (8, 16, 32, 32)
    """conv: channels of the convolutions, each of which halves frames and bands"""
    clip_hidden: Size = 128
    """width of the layer that sees the whole clip"""
    standardise: bool = True
    """standardise the log-mel per band, by the training part, inside the model"""

    def __post_init__(self) -> None:
        require_row("network", self.network, CLIP_NETWORKS)


@settings
class VaeObjectiveConfig:
    """Weights of the evidence lower bound (ELBO) of a clip, and the capacity of its code."""

    reconstruction_weight: Annotated[float, Field(gt=0, lt=1e6)] = 1.0
    """weight w of the reconstruction: the decoder's variance is 1 / w"""
    beta: Weight = 1.0
    """weight of the KL of v; more than 1 for a beta-VAE"""
    capacity_weight: Weight = 0.0
    """weight gamma of |KL - C| with a capacity C that grows; 0: no such term"""
    capacity: Annotated[float, Field(ge=0, lt=1e6)] = 25.0
    """C in the end, in nats"""
    capacity_epochs: Size = 20
    """epochs in which C grows from 0 to that, in equal steps"""
