"""What is true of the clips of an evaluation in symbols, and what a model was told of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ....datasets.concepts.concept_file import ConceptFile
from ....datasets.concepts.pairs import ConceptPairs
from ....datasets.symbols.vocabulary import Vocabulary
from ...fitting.run_data import RunData


@dataclass(frozen=True)
class SymbolTruth:
    """The factors of all clips, and the words over them.

    Attributes
    ----------
    vocabulary
        The S symbols over F factors.
    scored, train
        (n, F) class indices of the clips of both parts.
    concepts
        The labels that the model was trained on and what they hold out; None where it is not known.
    """

    vocabulary: Vocabulary
    scored: np.ndarray
    train: np.ndarray
    concepts: ConceptFile | None = None

    @cached_property
    def true(self) -> np.ndarray:
        """The symbols that are true of the scored clips: (n, S) bool."""
        return self.vocabulary.khot(self.scored).astype(bool)

    @cached_property
    def true_of_train(self) -> np.ndarray:
        """The symbols that are true of the training clips: (n, S) bool."""
        return self.vocabulary.khot(self.train).astype(bool)

    @property
    def pairs(self) -> ConceptPairs:
        """The labels that the model was trained on."""
        return self.told.pairs

    @property
    def told(self) -> ConceptFile:
        """What the model was told: labels, examples of the operators, what both hold out."""
        assert self.concepts is not None, "the row of the score does not name all that it needs"
        return self.concepts

    @cached_property
    def held(self) -> np.ndarray:
        """Which held-out recombinations the scored clips show: (n, recombinations) bool."""
        held_out = () if self.concepts is None else self.pairs.held_out
        shown = [concept.contains(self.scored) for concept in held_out]
        return np.stack(shown, axis=1) if shown else np.zeros((len(self.scored), 0), bool)

    @cached_property
    def kinds(self) -> dict[str, np.ndarray]:
        """The numbers of the symbols of each property that has two or more, by its name."""
        own = np.array([symbol.kind for symbol in self.vocabulary.symbols])
        found = {kind: np.flatnonzero(own == kind) for kind in dict.fromkeys(own.tolist())}
        return {kind: numbers for kind, numbers in found.items() if len(numbers) > 1}


def symbol_truth(data: RunData, concepts: ConceptFile | None = None) -> SymbolTruth | None:
    """Return the truth of a corpus; None where it has no symbols, or too few clips have labels."""
    corpus = data.corpus
    if not len(corpus.vocabulary):
        return None
    scored, train = (corpus.labels(clips)[0] for clips in (data.scored, data.train))
    return SymbolTruth(corpus.vocabulary, scored, train, concepts)
