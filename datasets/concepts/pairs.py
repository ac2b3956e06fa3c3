"""Few labelled clips, and recombinations of symbols that no label shows: the data that SCAN needs.

A label says some of the symbols that are true of its clip (1 to `most_symbols`, no two of one
factor), and nothing of the rest: a random partial assignment, as k-hot vector. A held-out
recombination, such as "strings & high", is a concept of which labels show each symbol but never
both: no clip of it is labelled, so no label can even imply it. Its test clips are none of training.

Source: Higgins et al. 2018 (SCAN): few pairs of image and symbols, known symbols recombined to
concepts that were not seen. There are N clips, S symbols, P labels, T tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from ...errors import DsoundsError
from ...settings import require, settings
from ..factors.splits import TRAIN
from ..reading.corpus import Corpus
from ..symbols.vocabulary import Vocabulary
from .concept import Concept

_PAIRS = 4  # purpose of a seed; sampling.py and splits.py have 0 to 3
_MOST_CLIPS = 2_000_000
_MOST_HELD = 1 / 8  # largest part of the training clips that one recombination holds out


@settings
class PairRecipe:
    """The number of labels, and what they leave out."""

    labelled: Annotated[float, Field(gt=0)] = 0.05
    """part of the training clips that have a label (below 1), or their number"""
    most_symbols: Annotated[int, Field(ge=1)] = 3
    """largest number of symbols in a label"""
    recombinations: Annotated[int, Field(ge=0)] = 4
    """how many recombinations of two symbols are held out, drawn by chance"""
    hold_out: tuple[str, ...] = ()
    """the recombinations to hold out instead, such as 'strings & high'"""
    tests: Annotated[int, Field(ge=1)] = 10
    """test clips of each recombination; one that is given may have fewer"""
    seed: Annotated[int, Field(ge=0)] = 0
    """seed of the draws"""

    def __post_init__(self) -> None:
        require(
            self.labelled <= 1 or self.labelled % 1 == 0,
            f"labelled is {self.labelled:g}: a part up to 1, or a number of clips, is needed",
        )


@dataclass(frozen=True)
class ConceptPairs:
    """Clips with labels, and what is held out of them.

    Attributes
    ----------
    clip, said
        (P,) numbers of the labelled clips, and (P, S) uint8, their labels.
    held_out, held
        The recombinations, and (N,) bool, the clips of any of them.
    test_clip, test_concept
        (T,) numbers of the test clips, and which of `held_out` each shows.
    """

    vocabulary: Vocabulary = field(repr=False)
    khot: np.ndarray = field(repr=False)
    """all symbols that are true of each clip: (N, S) uint8"""
    clip: np.ndarray
    said: np.ndarray = field(repr=False)
    held_out: tuple[Concept, ...]
    held: np.ndarray = field(repr=False)
    test_clip: np.ndarray
    test_concept: np.ndarray = field(repr=False)

    def text(self, pair: int) -> str:
        """Return what a label says, to read."""
        names = self.vocabulary.names
        return " & ".join(names[symbol] for symbol in np.flatnonzero(self.said[pair]))


def draw_pairs(
    corpus: Corpus, recipe: PairRecipe | None = None, split: str | None = None
) -> ConceptPairs:
    """Draw labels for a corpus; the same seed gives the same.

    Parameters
    ----------
    corpus
        The corpus.
    recipe
        The labels to draw; the defaults when None.
    split
        The split that decides what is for training; the corpus's first when None.

    Raises
    ------
    DsoundsError
        If the corpus is too large or too small, or if the hold-outs cannot be had.
    """
    if len(corpus) > _MOST_CLIPS:
        raise DsoundsError(
            f"labels of {len(corpus):,} clips would not fit in memory: up to {_MOST_CLIPS:,} are "
            "allowed (a recipe with another sampling chooses some)"
        )
    vocabulary = corpus.vocabulary
    return pairs_of(
        vocabulary, corpus.classes, corpus.parts(split) == TRAIN, recipe or PairRecipe()
    )


def pairs_of(
    vocabulary: Vocabulary, classes: np.ndarray, train: np.ndarray, recipe: PairRecipe
) -> ConceptPairs:
    """See `draw_pairs`, of clips with these classes (N, F), of which `train` (N,) bool train."""
    rng = np.random.default_rng([recipe.seed, _PAIRS])
    khot = vocabulary.khot(classes)
    held_out = (
        tuple(_given(text, vocabulary) for text in recipe.hold_out)
        if recipe.hold_out
        else _drawn(vocabulary, khot, train, recipe, rng)
    )
    inside = [concept.contains(classes) for concept in held_out]
    held = np.logical_or.reduce([np.zeros(len(khot), bool), *inside])
    count = round(recipe.labelled * int(train.sum()) if recipe.labelled < 1 else recipe.labelled)
    free = np.flatnonzero(train & ~held)
    clip, said = _labels(vocabulary, khot, free, max(count, 1), held_out, recipe, rng)
    tests = []
    for concept, own in zip(held_out, inside, strict=True):
        clips = np.flatnonzero(own & ~train)
        if not len(clips):
            raise DsoundsError(
                f"no clip of {concept} is outside of training to test it: a corpus with more clips "
                "for validation or test, or a more general recombination, has some"
            )
        tests.append(np.sort(rng.choice(clips, min(recipe.tests, len(clips)), replace=False)))
    test_clip = np.concatenate([np.zeros(0, np.int64), *tests])
    test_concept = np.repeat(np.arange(len(tests)), [len(clips) for clips in tests])
    return ConceptPairs(vocabulary, khot, clip, said, held_out, held, test_clip, test_concept)


def say(
    vocabulary: Vocabulary,
    true: np.ndarray,
    most: int,
    rng: np.random.Generator,
    first: int | None = None,
) -> list[int]:
    """Return at most `most` of some symbols (n,) in random order, no two of one factor.

    `first` is a symbol to begin with.
    """
    order = [*([] if first is None else [first]), *rng.permutation(true).tolist()]
    taken = np.zeros(len(vocabulary.space.names), bool)
    chosen: list[int] = []
    for symbol in order:
        if len(chosen) < most and not (taken & vocabulary.speaks[symbol]).any():
            taken |= vocabulary.speaks[symbol]
            chosen.append(symbol)
    return chosen


def _labels(
    vocabulary: Vocabulary,
    khot: np.ndarray,
    free: np.ndarray,
    count: int,
    held_out: tuple[Concept, ...],
    recipe: PairRecipe,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of some of the clips `free`; each held-out symbol is in one at least."""
    needed = list(dict.fromkeys(symbol for concept in held_out for symbol in concept.said))
    if not len(needed) <= count <= len(free):
        raise DsoundsError(
            f"{count} labels asked for, but there can be {len(needed)} (one for each symbol that "
            f"is held out) to {len(free)} (the training clips that are not held out)"
        )
    left = rng.permutation(free)
    shown = []
    for symbol in needed:
        fits = np.flatnonzero(khot[left, symbol])
        if not len(fits):
            raise DsoundsError(
                f"no clip is left to show {vocabulary.names[symbol]!r} without what is held out: "
                "fewer recombinations, or a larger corpus, leave some"
            )
        shown.append(left[fits[0]])
        left = np.delete(left, fits[0])
    clips = np.array([*shown, *left[: count - len(needed)]], np.int64)
    said = np.zeros((count, len(vocabulary)), np.uint8)
    for pair, clip in enumerate(clips):
        first = needed[pair] if pair < len(needed) else None
        most = int(rng.integers(1, recipe.most_symbols + 1))
        said[pair, say(vocabulary, np.flatnonzero(khot[clip]), most, rng, first)] = 1
    order = np.argsort(clips)
    return clips[order], said[order]


def _given(text: str, vocabulary: Vocabulary) -> Concept:
    """Return a recombination by its text."""
    concept = Concept.parse(text, vocabulary)
    if len(concept.said) < 2:
        raise DsoundsError(
            f"{text!r} is one symbol or none here: two that can be recombined are needed, such as "
            "'strings & high'"
        )
    return concept


def _drawn(
    vocabulary: Vocabulary,
    khot: np.ndarray,
    train: np.ndarray,
    recipe: PairRecipe,
    rng: np.random.Generator,
) -> tuple[Concept, ...]:
    """Return pairs of symbols of different factors to hold out, kinds of symbols in turn."""
    own, others = khot[train].astype(np.float32), khot[~train].astype(np.float32)
    together = own.T @ own  # (S, S) clips that have both
    alone = np.diag(together)
    speaks = vocabulary.speaks.astype(np.float32)
    fits = (others.T @ others >= recipe.tests) & (speaks @ speaks.T == 0)
    fits &= (together < alone) & (together < alone[:, None]) & (together <= _MOST_HELD * len(own))
    kinds = [symbol.kind for symbol in vocabulary.symbols]
    groups: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for first, second in rng.permutation(np.argwhere(np.triu(fits, 1))).tolist():
        groups.setdefault((kinds[first], kinds[second]), []).append((first, second))
    order = [groups[key] for key in sorted(groups)]
    chosen: list[Concept] = []
    left = khot[train].astype(bool)
    while len(chosen) < recipe.recombinations and (order := [group for group in order if group]):
        pair = order[int(rng.integers(len(order)))].pop()
        concept = Concept.of(vocabulary, pair)
        without = left[~left[:, pair].all(axis=1)]
        needed = sorted({symbol for one in (*chosen, concept) for symbol in one.said})
        apart = not any(a.subsumes(concept) or concept.subsumes(a) for a in chosen)
        if apart and len(concept.said) == 2 and without[:, needed].any(axis=0).all():
            chosen.append(concept)
            left = without
    if len(chosen) < recipe.recombinations:
        raise DsoundsError(
            f"only {len(chosen)} of {recipe.recombinations} recombinations can be held out with "
            f"{recipe.tests} test clips each: ask for fewer, or give a larger corpus with more "
            "clips for validation or test"
        )
    return tuple(sorted(chosen, key=lambda concept: concept.said))
