"""The corpora of experiments: generated once, their log-mel computed before many runs read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...datasets import Corpus, features, generate, load_recipe, open_corpus
from ...datasets.recipes.base import Recipe
from ..settings.config import RunConfig


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


def make_features(corpus: Corpus, configs: Iterable[RunConfig]) -> None:
    """Compute the log-mel that runs read, so that no two workers do it at once.

    Clips of a corpus without a folder are rendered by each run as it needs them.
    """
    if corpus.folder is None:
        return
    for settings in {config.features.key: config.features for config in configs}.values():
        features(corpus, settings, progress=True)
