"""The data of a corpus that training and scores read: log-mel and two parts of a split."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ...datasets import Corpus
from ...datasets.reading.features import features
from ...datasets.reading.opening import find_corpus
from ...datasets.reading.torch_datasets import Rendered
from ...datasets.recipes.base import ASKED
from ...datasets.recipes.registry import names
from ...errors import DsoundsError
from ...synth.features import LogMelSettings
from ..settings.config import RunConfig
from ..settings.config_file import read_config
from .checkpoints import CONFIG

SCORED_TRAIN, SCORED = 4000, 1000  # clips of a corpus without a folder
# Clips of an epoch where no number is given and clips are rendered as they come.
STREAMED_EPOCH = 20_000


@dataclass(frozen=True)
class RunData:
    """A corpus with its log-mel x, (clips, time, mel), and two parts of a split as clip numbers.

    A corpus without a folder has no x in memory, but renders what is asked for.
    """

    corpus: Corpus
    settings: LogMelSettings
    x: np.ndarray | Rendered
    train: np.ndarray
    scored: np.ndarray
    split: str
    part: str


def open_run_data(
    config: RunConfig,
    corpus: Path | str | None = None,
    whole: bool = False,
    part: str = "validation",
) -> RunData:
    """Open the run's corpus (or another one), making its log-mel where it is not cached.

    Parts are those of the run's split (see `split_of`), of another corpus those of its first.

    Parameters
    ----------
    config
        The settings of the run.
    corpus
        Another corpus than the run's own.
    whole
        Whether parts are whole; else those of a corpus without a folder have some thousand clips,
        enough for scores.
    part
        The part that is scored, "validation" or "test".

    Raises
    ------
    DsoundsError
        If the run's own corpus is no longer the one that the run was configured with.
    """
    opened = own_corpus(config) if corpus is None else find_corpus(corpus)
    own = corpus is None or opened.id == config.corpus_id
    split = split_of(config, opened) if own else ""
    return parts_of(
        opened, config.features, split, part, accelerator(config.training.device), whole
    )


def own_corpus(config: RunConfig) -> Corpus:
    """Open the corpus of a run. Another one in its place raises DsoundsError."""
    opened = find_corpus(nearby(config.corpus), config.corpus_id)
    if config.corpus_id not in ("", opened.id):
        raise DsoundsError(
            f"the corpus in {opened.folder} has id {opened.id}, the run was trained on "
            f"{config.corpus_id}; was it generated again with other settings?"
        )
    return opened


def split_of(config: RunConfig, corpus: Corpus) -> str:
    """Return the split that a run's stored config means.

    Where it names none, it is the corpus's first that need not be asked for: the only default that
    earlier versions had.
    """
    return config.split or next((n for n in corpus.splits if n not in ASKED), corpus.splits[0])


def asked_split(config: RunConfig, corpus: Corpus, folder: Path | None = None) -> str:
    """Return the split that a command means: where it names none, the corpus's first.

    The run in the folder, if there is one, keeps a split that its config does not name.
    """
    usual = split_of(replace(config, split=""), corpus)
    there = None if folder is None else folder / CONFIG
    begun = there is not None and there.is_file() and config.split in ("", usual)
    if begun and there and not read_config(there).split:
        return usual
    return config.split or corpus.splits[0]


def stored_on(config: RunConfig, corpus: Corpus, split: str) -> RunConfig:
    """Return the config as a run on that corpus stores it: wherever the command is given again."""
    place = config.corpus if config.corpus in names() else os.path.abspath(config.corpus)
    clips = len(corpus.split("train", split))
    usual = split_of(replace(config, split=""), corpus)
    named = "" if split == usual else split
    config = replace(config, corpus=place, corpus_id=corpus.id, split=named)
    return stored_config(config, clips, streamed=corpus.folder is None)


def stored_config(config: RunConfig, clips: int, streamed: bool) -> RunConfig:
    """Return the config as a run stores it: the path of `initial` absolute, the epoch bounded.

    clips: those of the training part; streamed: whether they are rendered as they come.
    """
    training = config.training
    initial = training.initial and os.path.abspath(training.initial)
    bounded = streamed and not training.epoch_clips and clips > STREAMED_EPOCH
    epoch_clips = STREAMED_EPOCH if bounded else training.epoch_clips
    return replace(config, training=replace(training, initial=initial, epoch_clips=epoch_clips))


def parts_of(
    corpus: Corpus,
    settings: LogMelSettings,
    split: str = "",
    part: str = "validation",
    device: str = "cpu",
    whole: bool = False,
) -> RunData:
    """Return an opened corpus with its log-mel and two parts of a split, the first where "".

    See `open_run_data`; device: where a corpus without a folder is rendered.
    """
    split = split or corpus.splits[0]
    parts = corpus.split("train", split), corpus.split(part, split)
    if corpus.folder is not None:
        return RunData(corpus, settings, features(corpus, settings), *parts, split, part)
    if not whole:
        parts = some(parts[0], SCORED_TRAIN), some(parts[1], SCORED)
    return RunData(corpus, settings, Rendered(corpus, settings, device), *parts, split, part)


def nearby(path: str) -> str:
    """Return a path as it is seen from the current folder, where that is shorter.

    The name of a recipe stays as it is.
    """
    if path in names():
        return path
    return min(os.path.relpath(path or "."), path or ".", key=len)


def some(clips: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many of the clips, always the same ones, from all over."""
    if len(clips) <= most:
        return clips
    return np.sort(np.random.default_rng(0).choice(clips, most, replace=False))


def accelerator(device: str) -> str:
    """Return "cuda" or "cpu" for the setting training.device."""
    if device == "cuda" and not torch.cuda.is_available():
        raise DsoundsError(
            "training.device is cuda, but torch sees no such device; use cpu or auto, or install "
            "a torch build with CUDA"
        )
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
