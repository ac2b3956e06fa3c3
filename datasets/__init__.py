"""The room of corpora: factors and their spaces, recipes, shards, generation, reading.

It knows no models.
"""

if __name__ == "datasets":  # found in the current folder, where it hides others of that name
    raise ImportError(
        "this folder is the package dsounds.datasets of the dsounds repository: import "
        "dsounds.datasets; for another package datasets, start Python elsewhere or with -P"
    )

from .concepts import Concept
from .concepts.pairs import PairRecipe, draw_pairs
from .factors.space import Factor, FactorSpace
from .generation.generate import generate
from .reading.corpus import Corpus
from .reading.features import features
from .reading.frames import FrameGrid, Frames
from .reading.opening import open_corpus
from .recipes.base import Recipe
from .recipes.dmelodies import DMelodies
from .recipes.registry import load_recipe
from .recipes.sinusoids import Sinusoids
from .symbols.vocabulary import Vocabulary

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
