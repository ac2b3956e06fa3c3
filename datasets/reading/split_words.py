"""What a split does with the combinations that a corpus was asked to hold out, in one line."""

from __future__ import annotations

from ..recipes.base import ASKED
from .corpus import Corpus


def split_words(corpus: Corpus, by: str | None = None) -> str:
    """Return what is left out of training by a split, the corpus's first when None.

    It is "" where the corpus holds nothing out.
    """
    by = by or corpus.splits[0]
    asked = [name for name in ASKED if name in corpus.splits]
    if not asked:
        return ""
    if by in asked:
        key = {"held-out": "hold_out", "range": "extrapolate"}[by]
        cells = " or ".join(corpus.manifest.recipe.get(key, ()))
        return f"split {by}: clips of {cells} are in the part test alone"
    return f"split {by}: what the corpus holds out is trained on (not by --split {asked[0]})"
