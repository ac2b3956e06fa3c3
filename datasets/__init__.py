"""What a corpus is: factors and their spaces, recipes, shards, generation, reading.

Knows no models.
"""

from .concepts import Concept
from .concepts.pairs import PairRecipe, draw_pairs
from .concepts.vocabulary import Vocabulary
from .corpus import Corpus, open_corpus
from .dmelodies import DMelodies
from .features import features
from .frames import FrameGrid, Frames
from .generation import generate
from .kinds import load_recipe
from .recipe import Recipe
from .sinusoids import Sinusoids
from .space import Factor, FactorSpace

__all__ = [
    "Concept",
    "Corpus",
    "DMelodies",
    "Factor",
    "FactorSpace",
    "FrameGrid",
    "Frames",
    "PairRecipe",
    "Recipe",
    "Sinusoids",
    "Vocabulary",
    "draw_pairs",
    "features",
    "generate",
    "load_recipe",
    "open_corpus",
]
