"""From a corpus to what training and scores read: log-mel, splits, labels, counterfactuals."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...datasets import Corpus
from ...datasets.reading.corpus import find_corpus
from ...datasets.reading.features import features
from ...datasets.reading.torch_datasets import Rendered
from ...datasets.recipes.registry import names
from ...errors import DsoundsError
from ...settings import from_table
from ...synth.features import LogMelSettings, log_mel
from ..scores.score import Clips, Counterfactuals
from ..scores.swaps import pair_with_another
from ..settings.config import RunConfig
from .run import accelerator, some, train

SCORED_TRAIN, SCORED = 4000, 1000  # clips of a corpus without a folder
CHUNK_CLIPS = 64  # clips that are held as sound at a time: 16 MB


@dataclass(frozen=True)
class Material:
    """A corpus with its log-mel x: (clips, time, mel) and two parts of a split as clip numbers.

    A corpus without a folder has no x in memory, but renders what is asked for.
    """

    corpus: Corpus
    settings: LogMelSettings
    x: np.ndarray | Rendered
    train: np.ndarray
    scored: np.ndarray
    split: str
    part: str


def open_material(
    config: RunConfig,
    corpus: Path | str | None = None,
    whole: bool = False,
    part: str = "validation",
) -> Material:
    """Open the run's corpus (or another one), making its log-mel where it is not cached.

    part: whose clips are scored, "validation" or "test". Parts are those of the run's split, of
    another corpus those of its first. Of a corpus without a folder, parts have some thousand
    clips, enough for scores; whole: all.

    Raises
    ------
    DsoundsError
        If the run's own corpus is no longer the one that the run was configured with.
    """
    opened = find_corpus(corpus if corpus is not None else nearby(config.corpus))
    if corpus is None and config.corpus_id not in ("", opened.id):
        raise DsoundsError(
            f"the corpus in {opened.folder} has id {opened.id}, the run was trained on "
            f"{config.corpus_id}; was it generated again with other settings?"
        )
    settings = from_table(LogMelSettings, config.features, "config.toml: features")
    own = corpus is None or opened.id == config.corpus_id
    split = (config.split if own else "") or opened.splits[0]
    parts = opened.split("train", split), opened.split(part, split)
    if opened.folder is not None:
        return Material(opened, settings, features(opened, settings), *parts, split, part)
    x = Rendered(opened, settings, accelerator(config.training.device))
    if not whole:
        parts = some(parts[0], SCORED_TRAIN), some(parts[1], SCORED)
    return Material(opened, settings, x, *parts, split, part)


def train_on_corpus(config: RunConfig, out: Path | str) -> Path:
    """Train the run `config` on its corpus; return the run folder.

    The run remembers the corpus by its id, and its folder as an absolute path.
    """
    material = open_material(config, whole=True)
    named = config.corpus in names()
    place = config.corpus if named else os.path.abspath(config.corpus)
    split = "" if config.split == material.corpus.splits[0] else config.split
    config = replace(config, corpus=place, corpus_id=material.corpus.id, split=split)
    return train(config, material.x, material.train, material.scored, out)


def nearby(path: str) -> str:
    """Return a path as it is seen from the current folder, where that is shorter.

    The name of a recipe stays as it is.
    """
    if path in names():
        return path
    return min(os.path.relpath(path or "."), path or ".", key=len)


def clips_of(material: Material, rows: np.ndarray) -> Clips:
    """Return clips with their labels of every static factor that varies."""
    space, (classes, _) = material.corpus.space, material.corpus.labels(rows)
    labels = {f.name: classes[:, space.column(f.name)] for f in space.varying("static")}
    return Clips(material.x[rows], labels)


def counterfactuals_of(material: Material, rows: np.ndarray, seed: int) -> Counterfactuals | None:
    """Pair each clip with one that differs in a static factor, and render what it would be.

    None where no static factor varies among the clips, or where they are recordings.
    """
    if material.corpus.manifest.recorded:
        return None
    labels = clips_of(material, rows).labels
    if not any(len(np.unique(values)) > 1 for values in labels.values()):
        return None
    statics = np.stack(list(labels.values()), axis=1)  # (clips, factors)
    partner = pair_with_another(statics, np.random.default_rng(seed))
    changed = {name: values[partner] for name, values in labels.items()}
    x = material.x
    return Counterfactuals(x[rows], x[rows[partner]], _rendered(material, rows, changed))


def _rendered(material: Material, rows: np.ndarray, changed: dict[str, np.ndarray]) -> np.ndarray:
    """Return the log-mel of clips with changed factors, rendered some at a time."""
    parts = []
    for start in range(0, len(rows), CHUNK_CLIPS):
        chunk = slice(start, start + CHUNK_CLIPS)
        factors = {name: classes[chunk] for name, classes in changed.items()}
        sound = material.corpus.counterfactual(rows[chunk], **factors)
        parts.append(log_mel(sound, material.settings))
    return np.concatenate(parts)
