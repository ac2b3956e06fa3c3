"""Numbers measured from sound by means that did not make it: proof that labels are true.

`measure` and `measure_phrase` take a clip's sound and what is public about its corpus
(`SearchRanges`), and return each factor in its own unit; `classify` and `confusion` compare
them with the labels. Nothing here knows a label or how a sound was made.
"""

from .classes import accuracy, classify, confusion
from .phrase import Phrase, measure_phrase
from .search_ranges import SearchRanges
from .shape import Formant
from .tone import Tone, measure

__all__ = [
    "Formant",
    "Phrase",
    "SearchRanges",
    "Tone",
    "accuracy",
    "classify",
    "confusion",
    "measure",
    "measure_phrase",
]
