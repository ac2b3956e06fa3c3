"""Settings of the objective of AR-VAE. No torch is imported."""

from typing import Annotated

import tyro
from pydantic import Field

from ....settings import settings
from ..dsae.dsae_settings import Weight
from ..registry import ATTRIBUTES
from .vae_settings import VaeObjectiveConfig

FREE = "free"  # stands for an attribute where a dimension has none


@settings
class ArVaeObjectiveConfig(VaeObjectiveConfig):
    """Weights of Eq 7 (Watcharasupat and Lerch 2021), and the attributes of the dimensions."""

    attributes: Annotated[
        tuple[str, ...],
        tyro.conf.arg(metavar="|".join(["{FACTOR", *ATTRIBUTES.names, f"{FREE}}} ..."])),
    ] = ()
    """the attributes with which the first dimensions of v rise, in order: factors that vary, or
    measured ones; free: a dimension without one (none named: all static factors that vary)"""
    gamma: Weight = 1000.0
    """weight of the attributes"""
    delta: Annotated[float, Field(gt=0, lt=1e6)] = 1.0
    """how steep the tanh of the difference of two codes is"""
