"""Symbols over the factors of a corpus, and what is said with them.

`words` lists the symbols of each kind of corpus, `vocabulary` holds those of one corpus, `concept`
combines them. `pairs` draws labelled clips, `recombine` holds combinations out, `concept_file`
writes both down.
"""

from ..symbols.vocabulary import Vocabulary, vocabulary_of
from .concept import Concept

__all__ = ["Concept", "Vocabulary", "vocabulary_of"]
