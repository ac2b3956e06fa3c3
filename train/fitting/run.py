"""Training of a run from its config, resumed where it was interrupted.

A run folder holds config.toml, metrics.csv (a row per epoch), last.ckpt and best.ckpt (the best
criterion on the validation part, last stage only).
"""

import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...datasets import Corpus
from ...datasets.reading.torch_datasets import Rendered
from ...datasets.recipes.registry import names
from ...datasets.storage import atomic_files
from ...errors import DsoundsError
from ...settings import differences, require
from ..settings.config import RunConfig
from ..settings.config_file import config_text, read_config
from .checkpoints import CONFIG, LAST, LoadedRun, load_run, read_checkpoint
from .data import WEIGHTS, Data, Known, data_of, seed_of
from .run_data import accelerator, open_run_data

if TYPE_CHECKING:
    import lightning.pytorch as L
    from torch import nn

__all__ = ["LoadedRun", "load_run", "train", "train_on_corpus"]

# Clips of an epoch where no number is given and clips are rendered as they come.
STREAMED_EPOCH = 20_000


def train(
    config: RunConfig,
    features: np.ndarray | Rendered,
    train_indices: np.ndarray,
    validation_indices: np.ndarray,
    out: Path | str,
    known: Known | None = None,
) -> Path:
    """Train, or resume, the run `config` in the folder `out`; return the folder.

    Parameters
    ----------
    config
        The settings of the run.
    features
        (clips, time, mel) float32 log-mel, raw; or what renders it, batch by batch.
    train_indices, validation_indices
        The clips of the two parts.
    out
        The run folder.
    known
        What is known of the clips, for a family that needs it.

    Raises
    ------
    DsoundsError
        If the data has the wrong shape or values, `out` holds something else or a run of another
        config, the device is absent, or the loss ceases to be finite.
    """
    _check_data(features, train_indices, validation_indices)
    known, family = known or Known(), config.row
    given = {"labels": bool(known.labels), "symbols": known.symbols is not None}
    missing = [need for need in family.needs if not given[need]]
    require(
        not missing,
        f"{config.family} needs {', '.join(missing)} of the clips, and none are given",
    )
    if isinstance(features, Rendered):
        config = _bounded(config, len(train_indices))
    # A family that cannot build its model leaves no folder behind.
    model = family.new_model(config.model, known.shape(features), seed_of(config.seed, WEIGHTS))
    folder = Path(out)
    last = _take_folder(folder, config)
    if last is not None and last["dsounds"]["finished"]:
        print(f"{folder} is finished already: {last['dsounds']['epoch']} epochs", file=sys.stderr)
        return folder
    data = data_of(features, train_indices, validation_indices, known)
    require(
        last is None or last["dsounds"]["data"] == data.fingerprint,
        f"{folder} was begun on other features or another split; was the corpus made again with "
        "other settings?",
    )
    if family.prepare is not None:
        family.prepare(model, config.model, data.sample)
    _fit(config, model, data, folder)
    return folder


def train_on_corpus(config: RunConfig, out: Path | str) -> Path:
    """Train the run `config` on its corpus; return the run folder.

    The run stores the id of the corpus, and its folder as an absolute path. Errors are those of
    `train` and of a corpus that does not open.
    """
    data = open_run_data(config, whole=True)
    corpus = data.corpus
    named = config.corpus in names()
    place = config.corpus if named else os.path.abspath(config.corpus)
    split = "" if config.split == corpus.splits[0] else config.split
    config = replace(config, corpus=place, corpus_id=corpus.id, split=split)
    return train(config, data.x, data.train, data.scored, out, known_of(corpus, config))


def known_of(corpus: Corpus, config: RunConfig) -> Known:
    """Return what a run's family needs to know of the clips of a corpus."""
    family, labels = config.row, {}
    if "labels" in family.needs:
        factors = [f.name for kind in ("static", "dynamic") for f in corpus.space.varying(kind)]
        labels = {name: corpus.classes[:, corpus.space.column(name)] for name in factors}
    symbols = corpus.concepts if "symbols" in family.needs else None
    return Known(labels, symbols, family.extras(corpus, config) if family.extras else {})


def _bounded(config: RunConfig, clips: int) -> RunConfig:
    """Return the config with the clips of an epoch, where all of them would be too many."""
    if config.training.epoch_clips or clips <= STREAMED_EPOCH:
        return config
    return replace(config, training=replace(config.training, epoch_clips=STREAMED_EPOCH))


def _check_data(x: np.ndarray | Rendered, train: np.ndarray, validation: np.ndarray) -> None:
    """Refuse features that cannot be learned from."""
    require(
        isinstance(x, Rendered) or (x.ndim == 3 and x.dtype == np.float32),
        f"features must be (clips, time, mel) float32, got {x.shape} {getattr(x, 'dtype', '')}",
    )
    for part, rows in (("training", train), ("validation", validation)):
        require(
            len(rows) >= 2,
            f"the {part} part needs at least 2 clips, got {len(rows)}; is the corpus too small?",
        )
        if isinstance(x, Rendered):
            continue
        wrong = [int(row) for row in rows if not np.isfinite(x[row]).all()]
        require(
            not wrong,
            f"the log-mel of {len(wrong)} {part} clips is not finite (first: clip {wrong[:1]}); "
            "was a logarithm taken without a floor?",
        )
    trained = np.zeros(1 + max(np.max(train), np.max(validation)), bool)  # small beside the parts
    trained[train] = True
    shared = int(trained[validation].sum())
    require(shared == 0, f"{shared} clips are in both the training and the validation part")


def _take_folder(folder: Path, config: RunConfig) -> dict[str, Any] | None:
    """Make the run folder, or return the last checkpoint of the same run in it, if any.

    A corpus that has moved is noted in config.toml, so that it is found again.
    """
    if (folder / CONFIG).exists():
        there = read_config(folder / CONFIG)
        differing = differences(there.identity(), config.identity())
        if differing:
            raise DsoundsError(
                f"{folder} holds a run of another config ({'; '.join(differing[:3])}); "
                "choose another --out, or remove the folder"
            )
        if there.corpus != config.corpus:
            _write_config(folder, replace(there, corpus=config.corpus))
        return read_checkpoint(folder / LAST) if (folder / LAST).exists() else None
    if folder.exists() and not _empty(folder):
        raise DsoundsError(f"{folder} exists and is no run folder; choose another --out")
    atomic_files.make_folder(folder)
    _write_config(folder, config)
    return None


def _empty(folder: Path) -> bool:
    """Return whether a folder holds nothing but what a run killed at its very start leaves."""
    return folder.is_dir() and all(
        path.name.endswith(".part") or path.name.startswith(".probe-") for path in folder.iterdir()
    )


def _write_config(folder: Path, config: RunConfig) -> None:
    atomic_files.write_text(folder / CONFIG, config_text(config))


def _fit(config: RunConfig, model: "nn.Module", data: Data, folder: Path) -> None:
    """Run Lightning's loop from the start, or from last.ckpt where there is one."""
    from .training_module import TrainingModule  # lightning takes seconds to import

    module, last = TrainingModule(model, config, data), folder / LAST
    with _threads(config.training.threads), _silence(), _interrupts():
        _trainer(config, folder).fit(
            module,
            module.steps(module.epoch_clips),
            module.steps(len(data.validation)),
            ckpt_path=str(last) if last.exists() else None,
            weights_only=True,
        )


def _trainer(config: RunConfig, folder: Path) -> "L.Trainer":
    """Return a silent Lightning trainer with our callbacks."""
    import lightning.pytorch as L

    from .callbacks import AtomicCheckpointIO, LastStageEarlyStopping, ProgressLine, RunCheckpoint

    stopping = LastStageEarlyStopping(config.training.patience)
    return L.Trainer(
        accelerator=accelerator(config.training.device),
        devices=1,
        max_epochs=config.training.epochs,
        callbacks=[
            stopping,
            RunCheckpoint(folder, stopping, config.training.save_every),
            ProgressLine(config.family, config.training.epochs),
        ],
        plugins=[AtomicCheckpointIO()],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
    )


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let torch use that many threads meanwhile; 0 leaves it alone."""
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let Ctrl-C reach the caller; Lightning exits with 1 instead, and ignores the next one."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as error:
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what Lightning says of itself (devices, tips, its own deprecations) off the screen."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
            yield
    finally:
        logger.setLevel(level)
