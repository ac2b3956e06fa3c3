"""Symbol to sound: whether decoded sounds have the symbols of a concept, and what else they vary.

A judge, trained on real clips of the training part with their true factors, hears the factors of
`DRAWS` sounds of each concept.

accuracy     the share of the concept's symbols that are true of what it hears
floor        the share of the training clips that have these symbols: sounds that have nothing to do
             with the concept
ceiling      the share of real clips with these symbols in which the judge hears them
diversity    the number of classes that it hears of the factors which the concept leaves free, as a
             share of those that as many training clips of the concept, drawn by chance, have on
             average; a model that makes one sound of a concept has one class of each
freed        the diversity of the factors that IN COMMON or IGNORE should free: an operand assigns
             them, the result does not. Accuracy cannot tell an operator that returns its first
             operand, of which all that the result says is true, from one that is right; this can
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ....datasets.concepts.concept import Concept
from ....datasets.concepts.recombine import NAMES, Recombinations, fewest
from ..judging.judge import Judge
from ..judging.training_clips import training_clips

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

DRAWS = 20
CONCEPTS = 60  # at most, by chance


@dataclass(frozen=True)
class Heard:
    """What a judge hears in sounds of concepts.

    Attributes
    ----------
    right
        (concepts,) the share of each concept's symbols that the sounds have.
    diversity, least
        The diversity of the sounds, and of those that do not vary.
    freed
        (concepts, 2) the classes of the factors that an operator should free, in the sounds and on
        average in as many training clips; 0 where there are none.
    operator
        (concepts,) the number of the operator that made each; None where none did.
    """

    right: np.ndarray
    floor: float
    ceiling: float
    diversity: float
    least: float
    freed: np.ndarray
    operator: np.ndarray | None = None

    @property
    def accuracy(self) -> float:
        """The mean over concepts."""
        return float(self.right.mean())

    def of_operators(self) -> dict[str, float]:
        """Return the accuracy of each operator by its name."""
        if self.operator is None:
            return {}
        parts = {name: self.right[self.operator == number] for number, name in enumerate(NAMES)}
        return {name: float(part.mean()) for name, part in parts.items() if len(part)}

    def freed_by_operators(self) -> dict[str, float]:
        """Return the diversity of what each operator should free by its name."""
        if self.operator is None:
            return {}
        sums = {
            name: self.freed[self.operator == number].sum(axis=0)
            for number, name in enumerate(NAMES)
        }
        return {name: float(own / there) for name, (own, there) in sums.items() if there}


def of_labels(data: EvaluationData) -> Heard:
    """Return what is heard of the concepts that labels of training showed."""
    return _of_symbols(data, np.unique(data.symbol_truth.pairs.said, axis=0))


def of_held_out(data: EvaluationData) -> Heard:
    """Return what is heard of the recombinations that no label showed, asked for by symbols."""
    truth = data.symbol_truth
    full = np.stack([concept.khot for concept in truth.pairs.held_out])
    return _of_symbols(data, fewest(truth.vocabulary, full))


def of_operators(data: EvaluationData) -> Heard:
    """Return what is heard of what operators make of concepts of labels."""
    return _recombined(data, data.symbol_truth.told.train)


def of_operators_held_out(data: EvaluationData) -> Heard:
    """Return what is heard of the recombinations that no label showed, made by operators."""
    examples = data.symbol_truth.told.test
    assert examples is not None, "the row of the score does not name all that it needs"
    return _recombined(data, examples)


SOURCES: dict[str, Callable[[EvaluationData], Heard]] = {
    "labels": of_labels,
    "held_out": of_held_out,
    "operators": of_operators,
    "operators_held_out": of_operators_held_out,
}


def _of_symbols(data: EvaluationData, said: np.ndarray) -> Heard:
    said = said[_some(len(said), data)]
    sounds = (
        data.checked.sounds_of(torch.from_numpy(row[None]), DRAWS, data.seed)[0] for row in said
    )
    return heard(data, said, sounds)


def _recombined(data: EvaluationData, examples: Recombinations) -> Heard:
    chosen = _some(len(examples.operator), data)
    vocabulary, operator = data.symbol_truth.vocabulary, examples.operator[chosen]
    first, second, result = (
        fewest(vocabulary, getattr(examples, name)[chosen])
        for name in ("first", "second", "result")
    )
    q = data.checked.recombine(*map(torch.from_numpy, (operator, first, second)))
    generator = torch.Generator().manual_seed(data.seed)

    def sounds() -> Iterator[Tensor]:
        for k in range(len(operator)):
            drawn = q.at(torch.full((DRAWS,), k)).sample(generator)
            yield data.decode(None, drawn)

    return replace(heard(data, result, sounds(), first | second), operator=operator)


def _some(count: int, data: EvaluationData) -> np.ndarray:
    """Return the numbers of at most `CONCEPTS` of so many, by chance."""
    return data.rng("concepts").permutation(count)[:CONCEPTS]


def heard(
    data: EvaluationData,
    said: np.ndarray,
    sounds: Iterable[Tensor],
    operands: np.ndarray | None = None,
) -> Heard:
    """Return what the judge hears in sounds of concepts.

    Parameters
    ----------
    said
        (concepts, S) k-hot.
    sounds
        Those of each concept, (draws, time, mel).
    operands
        (concepts, S) k-hot, what either operand says of which an operator made each; None where
        none did.
    """
    truth, judge = data.symbol_truth, data.once("judge", lambda: _judge(data))
    recall = data.once("recall of the judge", lambda: _recall(data, judge))
    often = truth.true_of_train.mean(axis=0)
    speaks = truth.vocabulary.speaks
    vary = np.array([len(factor) > 1 for factor in truth.vocabulary.space.factors])
    right, floor, ceiling, classes = [], [], [], []
    freed = np.zeros((len(said), 2))
    for k, (row, x) in enumerate(zip(said.astype(bool), sounds, strict=True)):
        concept = Concept.of_khot(truth.vocabulary, row)
        found = judge.classes(x)
        right.append(truth.vocabulary.khot(found)[:, row].mean())
        floor.append(often[row].mean())
        ceiling.append(np.nanmean(recall[row]) if np.isfinite(recall[row]).any() else 1.0)
        real = truth.train[concept.contains(truth.train)]
        if not len(real):
            continue  # an operator may make what no training clip shows
        free = vary & ~speaks[row].any(axis=0)
        classes.append([_classes(found[:, free]), _drawn(real[:, free], len(x)), free.sum()])
        if operands is not None:
            free &= speaks[operands[k] > 0].any(axis=0)
            freed[k] = _classes(found[:, free]), _drawn(real[:, free], len(x))
    own, there, least = np.sum(classes, axis=0) if classes else np.full(3, np.nan)
    return Heard(
        np.array(right),
        float(np.mean(floor)),
        float(np.mean(ceiling)),
        own / there,
        least / there,
        freed,
    )


def _classes(classes: np.ndarray) -> int:
    """Return the number of classes of all factors together, (n, F)."""
    return sum(len(np.unique(column)) for column in classes.T)


def _drawn(classes: np.ndarray, draws: int) -> float:
    """Return the classes that so many draws of rows (n, F), with replacement, have on average."""
    shares = (np.bincount(column) / len(column) for column in classes.T)
    return sum(float((1 - (1 - share) ** draws).sum()) for share in shares)


def _judge(data: EvaluationData) -> Judge:
    """Return a judge of real clips of the training part."""
    clips, x = training_clips(data)
    return Judge(x, data.symbol_truth.train[clips], data.seed)


def _recall(data: EvaluationData, judge: Judge) -> np.ndarray:
    """Return in what share of the scored clips with a symbol the judge hears it: (S,), or nan."""
    truth = data.symbol_truth
    found = np.concatenate([judge.classes(batch) for batch in data.x])
    both = truth.vocabulary.khot(found).astype(bool) & truth.true
    count = truth.true.sum(axis=0)
    return np.where(count > 0, both.sum(axis=0) / np.maximum(count, 1), np.nan)
