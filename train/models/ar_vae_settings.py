"""Settings of the objective of AR-VAE. No torch is imported."""

from typing import Annotated

from pydantic import Field

from ...settings import settings
from .dsae_settings import Weight
from .vae_settings import VaeObjectiveConfig

FREE = "free"  # stands for an attribute where a dimension has none


@settings
class ArVaeObjectiveConfig(VaeObjectiveConfig):
    """Weights of Eq 7 (Watcharasupat and Lerch 2021), and the attributes of the dimensions."""

    attributes: tuple[str, ...] = ()
    """the attribute with which each of the first dimensions of v rises: a factor that varies,
    brightness, depth, or free for a dimension without one (default: all static factors that vary)"""
    gamma: Weight = 1000.0
    """weight of the attributes"""
    delta: Annotated[float, Field(gt=0, lt=1e6)] = 1.0
    """how steep the tanh of the difference of two codes is"""
