"""Scores of symbols on models whose answers are known: one that knows all, one that guesses.

A clip has three factors; each class of each has a band of its own, in which the clip is loud.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.datasets import Factor, FactorSpace
from dsounds.datasets.concepts import recombine
from dsounds.datasets.concepts.concept import OPERATORS, Concept
from dsounds.datasets.concepts.concept_file import ConceptFile
from dsounds.datasets.concepts.pairs import PairRecipe, pairs_of
from dsounds.datasets.symbols.vocabulary import Vocabulary, vocabulary_of
from dsounds.datasets.symbols.word import Word
from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.data.symbol_truth import SymbolTruth
from dsounds.train.scores.evaluation import Evaluation, score
from dsounds.train.scores.judging.judge import Judge
from dsounds.train.scores.symbols import heard_symbols
from dsounds.train.scores.symbols.heard_symbols import _drawn

SIZES = {"colour": 4, "place": 3, "speed": 3}
WORDS = [
    Word("warm", "temper", (("colour", ("colour0", "colour1")),)),
    Word("cold", "temper", (("colour", ("colour2", "colour3")),)),
]
BANDS, TIME, LOUD = sum(SIZES.values()), 6, 5.0


def space() -> FactorSpace:
    return FactorSpace(
        [
            Factor(name, "static", tuple(range(n)), tuple(f"{name}{c}" for c in range(n)))
            for name, n in SIZES.items()
        ]
    )


ROOM: Vocabulary = vocabulary_of(space(), WORDS)


def clips(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the clips of classes (n, 3): (n, time, bands)."""
    loud = np.zeros((len(classes), BANDS))
    for column, start in enumerate(ROOM.starts):
        loud[np.arange(len(classes)), start + classes[:, column]] = LOUD
    noise = 0.1 * rng.standard_normal((len(classes), TIME, BANDS))
    return (loud[:, None] + noise).astype(np.float32)


def argmax_classes(v: Tensor) -> np.ndarray:
    """Return the loudest class of each factor, (n, 3), of (n, bands)."""
    return np.stack([one.argmax(1).numpy() for one in v.split(list(SIZES.values()), 1)], axis=1)


@dataclass(frozen=True)
class Oracle:
    """v has a number for each class; what a concept forbids is never the largest of its factor."""

    def encode(self, x: Tensor) -> Codes:
        v = x.mean(dim=1)
        return Codes(v, torch.full_like(v, -8.0))

    def decode(self, z: Tensor | None, v: Tensor) -> Tensor:
        made = clips(argmax_classes(v), np.random.default_rng(0))
        return torch.from_numpy(made)

    def symbols_of(self, x: Tensor) -> Tensor:
        return torch.from_numpy(ROOM.khot(argmax_classes(x.mean(dim=1)))).float()

    def concept(self, symbols: Tensor) -> Concept:
        return Concept.of_khot(ROOM, symbols.numpy())

    def code(self, concepts: list[Concept]) -> Gaussian:
        allowed = torch.from_numpy(np.stack([one.region for one in concepts]))
        return Gaussian(torch.where(allowed, 0.0, -100.0), torch.zeros(allowed.shape))

    def sounds_of(self, symbols: Tensor, draws: int, generator: torch.Generator) -> Tensor:
        q = self.code([self.concept(row) for row in symbols])
        drawn = q.at(torch.arange(len(symbols)).repeat_interleave(draws)).sample(generator)
        return self.decode(None, drawn).unflatten(0, (len(symbols), draws))

    def recombine(self, operator: Tensor, first: Tensor, second: Tensor) -> Gaussian:
        return self.code(
            [
                OPERATORS[recombine.NAMES[int(number)]](self.concept(a), self.concept(b))
                for number, a, b in zip(operator, first, second, strict=True)
            ]
        )


class Guess(Oracle):
    """It does not look at what it is given."""

    def symbols_of(self, x: Tensor) -> Tensor:
        noise = torch.frac(1e4 * x[:, 0, :1] * torch.arange(1, len(ROOM) + 1))
        return noise.abs()

    def code(self, concepts: list[Concept]) -> Gaussian:
        zero = torch.zeros(len(concepts), BANDS)
        return Gaussian(zero, zero)


class Single(Oracle):
    """It makes one sound of a concept, again and again."""

    def sounds_of(self, symbols: Tensor, draws: int, generator: torch.Generator) -> Tensor:
        x = super().sounds_of(symbols, 1, generator)
        return x.expand(-1, draws, -1, -1)


def classes_of(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(size, size=n) for size in SIZES.values()], axis=1)


@pytest.fixture(scope="module")
def told() -> tuple[np.ndarray, np.ndarray, ConceptFile]:
    """Classes of the training part and of the scored one, and labels of the first."""
    both = classes_of(900, 0)
    train = np.arange(900) < 600
    recipe = PairRecipe(labelled=0.3, recombinations=2)
    pairs = pairs_of(ROOM, both, train, recipe)
    examples = recombine.to_train(pairs, 60), recombine.to_test(pairs)
    return both[train], both[~train], ConceptFile("toy", "random", recipe, pairs, *examples)


def data_of(model: Oracle, told: tuple[np.ndarray, np.ndarray, ConceptFile]) -> EvaluationData:
    train, scored, concepts = told
    labels = {"colour": scored[:, 0]}, {"colour": train[:, 0]}
    own, others = (
        Clips(clips(classes, np.random.default_rng(seed)), one)
        for seed, (classes, one) in enumerate(zip((scored, train), labels, strict=True))
    )
    truth = SymbolTruth(ROOM, scored, train, concepts)
    return EvaluationData(own, others, model, symbols=truth)


@pytest.fixture(scope="module", autouse=True)
def quick_judge() -> Iterator[None]:
    """These clips are told apart after few steps of a judge's training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heard_symbols, "Judge", partial(Judge, steps=150))
        yield


@pytest.fixture(scope="module")
def oracle(told: tuple[np.ndarray, np.ndarray, ConceptFile]) -> Evaluation:
    return score(data_of(Oracle(), told))


@pytest.fixture(scope="module")
def guess(told: tuple[np.ndarray, np.ndarray, ConceptFile]) -> Evaluation:
    return score(data_of(Guess(), told))


def levels(found: Evaluation, name: str) -> tuple[float, float]:
    return found.rows[name]["floor"], found.rows[name]["ceiling"]


NAMES = [
    f"{name}{suffix}"
    for name in ("sound_to_symbol", "symbol_to_sound", "recombination")
    for suffix in ("", "_held_out")
]
DIVERSITIES = ("symbol_diversity", "symbol_diversity_held_out", "recombination_diversity")


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_is_at_the_ceiling(oracle: Evaluation, name: str) -> None:
    floor, ceiling = levels(oracle, name)
    assert oracle.scores[name] == pytest.approx(1, abs=1e-9)
    assert ceiling == pytest.approx(1, abs=1e-9)
    assert floor < 0.7


@pytest.mark.parametrize("name", NAMES)
def test_a_guess_is_at_chance(guess: Evaluation, name: str) -> None:
    floor, ceiling = levels(guess, name)
    assert guess.scores[name] == pytest.approx(floor, abs=0.1)
    assert guess.scores[name] < 0.7 * ceiling


@pytest.mark.parametrize("name", DIVERSITIES)
def test_sounds_that_vary_freely_are_as_diverse_as_the_corpus(
    oracle: Evaluation, name: str
) -> None:
    assert oracle.scores[name] == pytest.approx(1, abs=0.1)
    assert levels(oracle, name)[0] < 0.5


def test_each_operator_has_a_number_of_its_own(oracle: Evaluation) -> None:
    for name in ("recombination", "recombination_held_out"):
        assert [oracle.scores[f"{name}/{one}"] for one in recombine.NAMES] == [1, 1, 1]


def test_operators_that_return_their_first_operand_are_told_by_what_they_do_not_free(
    told: tuple[np.ndarray, np.ndarray, ConceptFile], oracle: Evaluation
) -> None:
    """All that the result says is true of the first operand, so accuracy cannot tell them."""

    class First(Oracle):
        def recombine(self, operator: Tensor, first: Tensor, second: Tensor) -> Gaussian:
            return self.code([self.concept(row) for row in first])

    found = score(data_of(First(), told)).scores
    for name in ("IN COMMON", "IGNORE"):
        assert found[f"recombination_held_out/{name}"] == 1
        assert oracle.scores[f"recombination_diversity/{name}"] == pytest.approx(1, abs=0.1)
        assert found[f"recombination_diversity/{name}"] < 0.6
    assert "recombination_diversity/AND" not in oracle.scores


def test_one_sound_of_a_concept_is_right_but_at_the_floor_of_diversity(
    told: tuple[np.ndarray, np.ndarray, ConceptFile],
) -> None:
    found = score(data_of(Single(), told))
    assert found.scores["symbol_to_sound"] == 1
    assert found.scores["symbol_diversity"] == levels(found, "symbol_diversity")[0]


def test_classes_of_draws_are_those_that_are_drawn_on_average() -> None:
    rng = np.random.default_rng(0)
    rows = np.stack([rng.integers(5, size=40) ** 2 // 4, rng.integers(2, size=40)], axis=1)
    drawn = (rows[rng.integers(40, size=6)] for _ in range(4000))
    expected = np.mean([sum(len(set(column)) for column in one.T.tolist()) for one in drawn])
    assert _drawn(rows, 6) == pytest.approx(expected, abs=0.05)


def test_floors_are_the_shares_of_clips_with_the_symbols(
    told: tuple[np.ndarray, np.ndarray, ConceptFile], oracle: Evaluation
) -> None:
    train, _, concepts = told
    shares = [
        np.mean([ROOM.khot(train)[:, symbol].mean() for symbol in concept.said])
        for concept in concepts.pairs.held_out
    ]
    assert levels(oracle, "symbol_to_sound_held_out")[0] == pytest.approx(np.mean(shares))


def test_held_out_clips_are_scored_apart(
    told: tuple[np.ndarray, np.ndarray, ConceptFile],
) -> None:
    """A model that is wrong on clips of held-out recombinations alone."""
    train, scored, concepts = told
    held = SymbolTruth(ROOM, scored, train, concepts).held.any(axis=1)

    class Wrong(Oracle):
        def symbols_of(self, x: Tensor) -> Tensor:
            right = super().symbols_of(x)
            classes = argmax_classes(x.mean(dim=1))
            shown = [one.contains(classes) for one in concepts.pairs.held_out]
            out = torch.from_numpy(np.any(shown, axis=0))
            return torch.where(out[:, None], 1 - right, right)

    assert 0 < held.sum() < len(held)
    found = score(data_of(Wrong(), told)).scores
    assert (found["sound_to_symbol"], found["sound_to_symbol_held_out"]) == (1, 0)


def test_what_is_missing_is_told(told: tuple[np.ndarray, np.ndarray, ConceptFile]) -> None:
    data = data_of(Oracle(), told)
    without = EvaluationData(data.scored, data.train, Oracle())
    notes = score(without).notes
    assert any("symbols of the clips are not known" in note for note in notes)
    train, scored, concepts = told
    unheld = replace(concepts, test=None)
    for given, why in ((None, "labels that the model was trained on"), (unheld, "hold no recomb")):
        truth = SymbolTruth(ROOM, scored, train, given)
        found = score(EvaluationData(data.scored, data.train, Oracle(), symbols=truth))
        assert why in found.rows["symbol_to_sound_held_out"]["left_out"]
        assert any(why in note for note in found.notes)
        assert found.scores["sound_to_symbol"] == 1


def test_a_model_of_other_symbols_is_refused(
    told: tuple[np.ndarray, np.ndarray, ConceptFile],
) -> None:
    class Other(Oracle):
        def symbols_of(self, x: Tensor) -> Tensor:
            return torch.zeros(len(x), 3)

    with pytest.raises(DsoundsError, match=rf"\(batch, {len(ROOM)}\), as the corpus has symbols"):
        score(data_of(Other(), told))
