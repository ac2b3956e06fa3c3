"""What a corpus is: factors and their spaces, recipes, shards, generation, reading.

Knows no models.
"""

from .corpus import Corpus, open_corpus
from .dmelodies import DMelodies
from .features import features
from .frames import Frames
from .generation import generate
from .space import Factor, FactorSpace

__all__ = [
    "Corpus",
    "DMelodies",
    "Factor",
    "FactorSpace",
    "Frames",
    "features",
    "generate",
    "open_corpus",
]
