"""The few labels that SCAN sees, and examples of its operators, as rows for each clip.

A step of stage 2 has no use for clips without a label. So the row of each clip of a part holds one
of the part's labels, with the log-mel of the clip that it is of; each label comes as often as any
other. Rows of examples are made likewise. Of all other clips nothing is known here but that they
exist: their true symbols are not read.

The validation part has labels and examples of its own, by which curves and the best checkpoint are
made; clips of a held-out recombination have none there either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....datasets import Corpus
from ....datasets.concepts.concept_file import ConceptFile, draw, read
from ....datasets.concepts.pairs import ConceptPairs, say
from ....datasets.concepts.recombine import Recombinations, fewest, to_train
from ....settings import require
from ..family import Features
from .scan_settings import ScanObjectiveConfig

if TYPE_CHECKING:
    from ...settings.config import RunConfig

_WATCHED = 7  # purpose of a seed; datasets.concepts has 4 to 6


@dataclass(frozen=True)
class Taught:
    """Labels and examples of a part of the corpus."""

    pairs: ConceptPairs
    examples: Recombinations


def concepts_of(corpus: Corpus, config: "RunConfig") -> ConceptFile:
    """Return the labels that a run is trained on: from its file, or drawn from the corpus.

    Raises
    ------
    DsoundsError
        If the file is of another corpus or of another split, or if there can be no such labels.
    """
    from ...fitting.run_data import split_of

    objective: ScanObjectiveConfig = config.objective
    split = split_of(config, corpus)
    if not objective.concepts:
        return draw(corpus, objective.recipe, split, objective.examples)
    content = read(objective.concepts, corpus)
    require(
        content.split == split,
        f"{objective.concepts} has labels by the split {content.split!r}, the run trains by "
        f"{split!r}: draw them by that split, or train with --split {content.split}",
    )
    return content


def label_rows(corpus: Corpus, config: "RunConfig") -> Mapping[str, Features]:
    """Return for each clip a label and an example of an operator of its part (`Family.extras`).

    label_x, (clips, time, mel), and said, (clips, S): a labelled clip and the symbols that its
    label says. example_x, operator, (clips,), first and second, (clips, S): a clip of the result of
    an operator, the operator's number, and its two operands.
    """
    from ...fitting.run_data import accelerator, parts_of, split_of

    device = accelerator(config.training.device)
    data = parts_of(corpus, config.features, split_of(config, corpus), device=device, whole=True)
    content = concepts_of(corpus, config)
    parts = (
        (data.train, Taught(content.pairs, content.train)),
        (data.scored, watched(content, data.scored)),
    )
    count, symbols = content.pairs.khot.shape
    rows = {
        "said": np.zeros((count, symbols), np.uint8),
        "operator": np.zeros(count, np.uint8),
        "first": np.zeros((count, symbols), np.uint8),
        "second": np.zeros((count, symbols), np.uint8),
    }
    shown = {"label_x": np.zeros(count, np.int64), "example_x": np.zeros(count, np.int64)}
    for clips, taught in parts:
        pairs, examples = taught.pairs, taught.examples
        label = np.arange(len(clips)) % len(pairs.clip)
        example = np.arange(len(clips)) % len(examples.clip)
        rows["said"][clips] = pairs.said[label]
        rows["operator"][clips] = examples.operator[example]
        for name in ("first", "second"):
            said = fewest(pairs.vocabulary, getattr(examples, name))
            rows[name][clips] = said[example]
        shown["label_x"][clips] = pairs.clip[label]
        shown["example_x"][clips] = examples.clip[example]
    return rows | {name: Shown(data.x, clips) for name, clips in shown.items()}


def watched(content: ConceptFile, validation: np.ndarray) -> Taught:
    """Return labels and examples of validation clips, as many as of training clips at most."""
    pairs = content.pairs
    rng = np.random.default_rng([content.recipe.seed, _WATCHED])
    free = validation[~pairs.held[validation]]
    require(
        len(free) > 0,
        "all validation clips are of recombinations that no label shows, so that training cannot "
        "be watched: hold out fewer, or make a larger corpus",
    )
    clips = np.sort(rng.choice(free, min(len(free), len(pairs.clip)), replace=False))
    said = np.zeros((len(clips), pairs.khot.shape[1]), np.uint8)
    for row, true in zip(said, pairs.khot[clips], strict=True):
        most = int(rng.integers(1, content.recipe.most_symbols + 1))
        row[say(pairs.vocabulary, np.flatnonzero(true), most, rng)] = 1
    own = replace(pairs, clip=clips, said=said)
    count = min(len(content.train.clip), len(validation))
    return Taught(own, to_train(own, count, content.recipe.seed))


class Shown:
    """The log-mel of other clips in the place of each clip: (clips, time, mel).

    Each of the others is read or rendered once, as there are few.
    """

    def __init__(self, x: Features, clips: np.ndarray) -> None:
        """Give for each clip the number of the one in its place, (clips,)."""
        few, self.rows = np.unique(clips, return_inverse=True)
        self.x = np.asarray(x[few])
        self.shape = (len(clips), *self.x.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, clips: np.ndarray) -> np.ndarray:
        """Return what stands in the place of some clips, (n, time, mel)."""
        return self.x[self.rows[clips]]
