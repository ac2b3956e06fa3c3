"""The corpora of experiments: generated once, their log-mel computed before many runs read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...datasets import Corpus, features, generate, load_recipe, open_corpus
from ...datasets.recipes.base import Recipe
from ...settings import require
from ..settings.config import RunConfig

SCORED_PARTS = ("validation", "test")


@dataclass(frozen=True)
class CorpusPlan:
    """A corpus of an experiment: a named recipe, with some of its settings changed."""

    recipe: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def made(self, **changes: Any) -> Recipe:
        """Return the recipe with the plan's settings, and with some more."""
        return replace(load_recipe(self.recipe), **{**self.changes, **changes})

    def generate(self, folder: Path, workers: int) -> Corpus:
        """Generate the corpus, or what is missing of it, and open it."""
        return open_corpus(generate(self.made(), folder, workers))


def check_part(part: str) -> None:
    """Raise DsoundsError unless it is a part on which runs can be scored."""
    require(
        part in SCORED_PARTS,
        f"part is {part!r}: runs are scored on the part {' or '.join(SCORED_PARTS)}",
    )


def check_scored(corpus: Corpus, part: str, split: str = "") -> None:
    """Raise DsoundsError if a corpus has too few clips in the part on which runs are scored."""
    check_part(part)
    by = split or corpus.splits[0]
    count = len(corpus.split(part, by))
    require(
        count >= 2,
        f"the {part} part of {corpus.name} (split {by}) has {count} clips, and at least 2 are "
        f"needed to score runs on it: was the corpus generated without {part}=0.2, say?",
    )


def make_features(corpus: Corpus, configs: Iterable[RunConfig]) -> None:
    """Compute the log-mel that runs read, so that no two workers do it at once.

    Clips of a corpus without a folder are rendered by each run as it needs them.
    """
    if corpus.folder is None:
        return
    for settings in {config.features.key: config.features for config in configs}.values():
        features(corpus, settings, progress=True)
