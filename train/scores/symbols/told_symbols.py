"""Sound to symbol: whether a model tells the symbols that are true of a clip.

The symbols of a property, as low and high of the register, exclude each other more or less, so the
most probable one of each property must be true of the clip. A property of one symbol, or of which
no symbol is true of the clip, is left out. Guesses that know nothing of the clip are any symbol as
often as another, and always the one that most training clips have; the floor is the better one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData
    from ..data.symbol_truth import SymbolTruth


def accuracy(data: EvaluationData, held_out: bool) -> float:
    """Return the share of right answers, averaged over properties; nan where none is asked for."""
    truth = data.symbol_truth

    def told() -> np.ndarray:
        symbols = len(truth.vocabulary)
        return np.concatenate([data.checked.symbols_of(x, symbols).numpy() for x in data.x])

    probable = data.once("told symbols", told)
    best = {kind: own[probable[:, own].argmax(axis=1)] for kind, own in truth.kinds.items()}
    return _mean(truth, held_out, {kind: _true(truth, one) for kind, one in best.items()})


def floor(data: EvaluationData, held_out: bool) -> float:
    """Return the accuracy of the better one of the two guesses."""
    truth, clips = data.symbol_truth, len(data)
    often = truth.true_of_train.mean(axis=0)
    usual = {kind: own[often[own].argmax()] for kind, own in truth.kinds.items()}
    constant = {kind: _true(truth, np.full(clips, one)) for kind, one in usual.items()}
    random = {kind: truth.true[:, own].mean(axis=1) for kind, own in truth.kinds.items()}
    return max(_mean(truth, held_out, guess) for guess in (constant, random))


def _true(truth: SymbolTruth, symbols: np.ndarray) -> np.ndarray:
    """Return whether one symbol of each scored clip, (n,), is true of it."""
    return truth.true[np.arange(len(symbols)), symbols]


def _mean(truth: SymbolTruth, held_out: bool, right: dict[str, np.ndarray]) -> float:
    """Return the mean over properties of how right answers are, each (n,), where they count."""
    means = [
        float(right[kind][asked].mean())
        for kind, asked in _asked(truth, held_out).items()
        if asked.any()
    ]
    return float(np.mean(means)) if means else float("nan")


def _asked(truth: SymbolTruth, held_out: bool) -> dict[str, np.ndarray]:
    """Return for each property of which scored clips, (n,), it is asked.

    Of clips of a held-out recombination these are the properties of which that speaks; of all
    others all.
    """
    if not held_out:
        known = truth.true & ~truth.held.any(axis=1, keepdims=True)
        return {kind: np.any(known[:, own], axis=1) for kind, own in truth.kinds.items()}
    asked = {kind: np.zeros(len(truth.true), bool) for kind in truth.kinds}
    for shown, concept in zip(truth.held.T, truth.pairs.held_out, strict=True):
        for symbol in concept.said:
            kind = truth.vocabulary.symbols[symbol].kind
            if kind in asked:
                asked[kind] |= shown
    return asked
