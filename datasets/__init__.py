"""What a corpus is: factors and their spaces, recipes, shards, generation, reading.

Knows no models.
"""

from .corpus import Corpus, open_corpus
from .dmelodies import DMelodies
from .features import features
from .frames import FrameGrid, Frames
from .generation import generate
from .kinds import load_recipe
from .recipe import Recipe
from .space import Factor, FactorSpace

__all__ = [
    "Corpus",
    "DMelodies",
    "Factor",
    "FactorSpace",
    "FrameGrid",
    "Frames",
    "Recipe",
    "features",
    "generate",
    "load_recipe",
    "open_corpus",
]
