"""Examples of the three operators: two concepts, what they make, and a clip that shows it.

A model's AND, IN COMMON and IGNORE are trained on these and tested on recombinations that no label
shows. Operands and results of training are all true of labelled clips, so none holds a held-out
recombination; in a test the result always does. The clip of an example of training is any labelled
clip of the result: were it always one of the first operand, to return that operand would be the
right answer of IN COMMON and IGNORE. There are M examples, S symbols.

Source: Higgins et al. 2018 (SCAN), whose operator module learns from two concepts and a clip of
their recombination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...errors import DsoundsError
from ..symbols.vocabulary import Vocabulary
from .concept import OPERATORS, Concept
from .pairs import ConceptPairs, say

NAMES = tuple(OPERATORS)
_TRAIN, _TEST = 5, 6  # purposes of a seed; pairs.py has 4
_Example = tuple[str, Concept, Concept, int]


@dataclass(frozen=True)
class Recombinations:
    """Operands and results as k-hot vectors of all symbols that are true throughout.

    `operator` is (M,) uint8, the number in `NAMES`; `first`, `second` and `result` are (M, S)
    uint8; `clip` is (M,), the number of a clip of the result.
    """

    operator: np.ndarray
    first: np.ndarray = field(repr=False)
    second: np.ndarray = field(repr=False)
    result: np.ndarray = field(repr=False)
    clip: np.ndarray = field(repr=False)


def to_train(pairs: ConceptPairs, count: int, seed: int = 0) -> Recombinations:
    """Return examples from labelled clips, the operators in turn.

    Clips without two symbols of different factors to recombine raise DsoundsError.
    """
    if count < 1:
        raise DsoundsError(f"{count} recombinations asked for: at least 1 is needed")
    rng = np.random.default_rng([seed, _TRAIN])
    examples = _collect(_training(pairs, count, rng))
    true = pairs.khot[pairs.clip]
    showing = (np.flatnonzero(true[:, made > 0].all(axis=1)) for made in examples.result)
    clips = [pairs.clip[rng.choice(rows)] for rows in showing]
    return replace(examples, clip=np.array(clips, np.int64))


def to_test(pairs: ConceptPairs, seed: int = 0) -> Recombinations:
    """Return for each test clip an example of each operator that gives a held-out recombination.

    AND makes the recombination; IN COMMON finds it in two concepts that say more; IGNORE frees it
    of something else. DsoundsError is raised when nothing is held out.
    """
    if not len(pairs.test_clip):
        raise DsoundsError("nothing is held out of these labels, so there is nothing to test")
    return _collect(_testing(pairs, np.random.default_rng([seed, _TEST])))


def fewest(vocabulary: Vocabulary, khot: np.ndarray) -> np.ndarray:
    """Return the fewest symbols that say the same as others, as labels do: (M, S) to (M, S) uint8.

    Operands are k-hot vectors of all symbols that are true throughout; a model that learned from
    labels knows a concept by the few that are said.
    """
    said = np.zeros_like(khot, np.uint8)
    for row, symbols in zip(said, khot, strict=True):
        row[list(Concept.of_khot(vocabulary, symbols).said)] = 1
    return said


def _training(pairs: ConceptPairs, count: int, rng: np.random.Generator) -> Iterator[_Example]:
    vocabulary = pairs.vocabulary
    own = pairs.khot[pairs.clip]
    for k in range(count):
        row = int(rng.integers(len(own)))
        clip = int(pairs.clip[row])
        said = say(vocabulary, np.flatnonzero(own[row]), int(rng.integers(2, 5)), rng)
        if len(said) < 2:
            raise DsoundsError("recombinations need a corpus in which two factors vary")
        cut = int(rng.integers(1, len(said)))
        left, right = (Concept.of(vocabulary, part) for part in (said[:cut], said[cut:]))
        match NAMES[k % len(NAMES)]:
            case "AND":
                yield "AND", left, right, clip
            case "IN COMMON":
                among = np.flatnonzero(own[:, left.symbols].all(axis=1))
                other = left & _more(pairs, left, int(pairs.clip[rng.choice(among)]), rng)
                yield "IN COMMON", left & right, other, clip
            case "IGNORE":
                yield "IGNORE", left & right, right, clip


def _testing(pairs: ConceptPairs, rng: np.random.Generator) -> Iterator[_Example]:
    vocabulary = pairs.vocabulary
    for clip, number in zip(pairs.test_clip.tolist(), pairs.test_concept.tolist(), strict=True):
        whole = pairs.held_out[number]
        symbols: Sequence[int] = whole.said
        head, rest = Concept.of(vocabulary, symbols[:1]), Concept.of(vocabulary, symbols[1:])
        yield "AND", head, rest, clip
        here = _more(pairs, whole, clip, rng)
        among = pairs.test_clip[pairs.test_concept == number]
        there = _more(pairs, whole, int(rng.choice(among)), rng)
        yield "IN COMMON", whole & here, whole & there, clip
        yield "IGNORE", whole & here, here, clip


def _more(pairs: ConceptPairs, concept: Concept, clip: int, rng: np.random.Generator) -> Concept:
    """Return a symbol that is true of a clip and speaks of other factors; anything if none."""
    vocabulary = pairs.vocabulary
    columns = [vocabulary.space.column(name) for name in concept.factors]
    other = ~vocabulary.speaks[:, columns].any(axis=1)
    true = np.flatnonzero(pairs.khot[clip] & other)
    return Concept.of(vocabulary, say(vocabulary, true, 1, rng))


def _collect(examples: Iterator[_Example]) -> Recombinations:
    rows = [
        (NAMES.index(name), a.khot, b.khot, OPERATORS[name](a, b).khot, clip)
        for name, a, b, clip in examples
    ]
    operator, first, second, result, clip = zip(*rows, strict=True)
    return Recombinations(
        np.array(operator, np.uint8),
        np.stack(first),
        np.stack(second),
        np.stack(result),
        np.array(clip, np.int64),
    )
