"""Training of a run from its config, resumed where it was interrupted.

A run folder holds config.toml, metrics.csv (a row per epoch), last.ckpt and best.ckpt (the best
criterion on the validation part, last stage only).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...datasets import Corpus
from ...datasets.reading.split_words import split_words
from ...datasets.reading.torch_datasets import Rendered
from ...datasets.storage import atomic_files
from ...settings import require
from ..models.family import Features
from ..settings.config import RunConfig
from .checkpoints import LoadedRun, load_run
from .data import WEIGHTS, Known, data_of, seed_of
from .initial import start_from
from .memory import check_memory
from .processes import Process, agreed, join, this_process
from .run_data import (
    accelerator,
    asked_split,
    own_corpus,
    parts_of,
    split_of,
    stored_config,
    stored_on,
)
from .run_folder import finished, last_checkpoint, mend_metrics, take_folder

if TYPE_CHECKING:
    from torch import nn

__all__ = ["LoadedRun", "load_run", "train", "train_on_corpus"]


def train(
    config: RunConfig,
    features: np.ndarray | Rendered,
    train_indices: np.ndarray,
    validation_indices: np.ndarray,
    out: Path | str,
    known: Known | None = None,
    quiet: bool = False,
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
    quiet
        Whether nothing is shown, for several runs side by side.

    Raises
    ------
    DsoundsError
        If the data has the wrong shape or values, `out` holds something else or a run of another
        config, the device is absent, or the loss ceases to be finite.
    """
    process, known = this_process(), known or Known()
    join(process, accelerator(config.training.device))
    with agreed(process):
        config = _checked(config, features, train_indices, validation_indices, known, process)
        # A family that cannot build its model leaves no folder behind.
        shape, seed = known.shape(features), seed_of(config.seed, WEIGHTS)
        check_memory(config, shape, len(train_indices))
        model = config.row.new_model(config.model, shape, seed)
    folder, loud = Path(out), process.writes and not quiet
    with _lock(folder, process):
        with agreed(process):
            if process.writes:
                take_folder(folder, config)
        with agreed(process):
            last = last_checkpoint(folder)
            if last is not None and finished(folder, last, config, loud):
                if process.writes:
                    mend_metrics(folder, last, config, loud)
                return folder
            data = data_of(features, train_indices, validation_indices, known)
            require(
                last is None or last["dsounds"]["data"] == data.fingerprint,
                f"{folder} was begun on other features or another split; was the corpus made again "
                "with other settings?",
            )
            taken = _prepare(model, config, data.sample, new=last is None)
            if taken and loud:
                print(f"{folder} {taken}", file=sys.stderr)
        from .trainer import fit  # lightning takes seconds to import

        fit(config, model, data, folder, process, loud)
    return folder


def _prepare(model: "nn.Module", config: RunConfig, sample: Features, new: bool) -> str:
    """Prepare a model by its clips; return which weights a new run takes from another one."""
    if config.row.prepare is not None:
        config.row.prepare(model, config.model, sample)
    initial = config.training.initial
    return start_from(initial, model, config) if initial and new else ""


def _checked(
    config: RunConfig,
    features: np.ndarray | Rendered,
    train: np.ndarray,
    validation: np.ndarray,
    known: Known,
    process: Process,
) -> RunConfig:
    """Refuse what cannot be trained on; return the config with all that the run will keep."""
    _check_data(features, train, validation)
    given = {"labels": bool(known.labels), "symbols": known.symbols is not None}
    missing = [need for need in config.row.needs if not given[need]]
    require(
        not missing,
        f"{config.family} needs {', '.join(missing)} of the clips, and none are given",
    )
    least, batch = 2 * process.count, config.training.batch_size
    epoch = config.training.epoch_clips or len(train)
    require(
        process.count == 1 or min(batch, epoch, len(train), len(validation)) >= least,
        f"{process.count} processes share each batch, so batch_size and both parts must be {least} "
        f"or more: got batch_size {batch}, {epoch} training clips an epoch and {len(validation)} "
        "validation clips",
    )
    return stored_config(config, len(train), streamed=isinstance(features, Rendered))


@contextmanager
def _lock(folder: Path, process: Process) -> Iterator[None]:
    """Keep other commands out of the run folder meanwhile."""
    if not process.writes:
        yield
        return
    with atomic_files.exclusive_lock(folder, wait=False):
        yield


def train_on_corpus(config: RunConfig, out: Path | str, quiet: bool = False) -> Path:
    """Train the run `config` on its corpus; return the run folder.

    The run stores the id of the corpus, and its folder as an absolute path. A config without a
    split means the corpus's first; one that has the corpus's id is a stored one, and means what
    `split_of` tells. Errors are those of `train` and of a corpus that does not open; with `quiet`
    nothing is shown.
    """
    process = this_process()
    join(process, accelerator(config.training.device))
    with agreed(process):
        corpus = own_corpus(config)
        stored = config.corpus_id != ""
        split = split_of(config, corpus) if stored else asked_split(config, corpus)
        device = accelerator(config.training.device)
        config = stored_on(config, corpus, split)
        data = parts_of(corpus, config.features, split, device=device, whole=True)
        known = known_of(corpus, config)
    told = split_words(corpus, split)
    if told and process.writes and not quiet:
        print(told, file=sys.stderr)
    return train(config, data.x, data.train, data.scored, out, known, quiet)


def known_of(corpus: Corpus, config: RunConfig) -> Known:
    """Return what a run's family needs to know of the clips of a corpus."""
    family, labels = config.row, {}
    if "labels" in family.needs:
        factors = [f.name for kind in ("static", "dynamic") for f in corpus.space.varying(kind)]
        labels = {name: corpus.classes[:, corpus.space.column(name)] for name in factors}
    symbols = corpus.concepts if "symbols" in family.needs else None
    return Known(labels, symbols, family.extras(corpus, config) if family.extras else {})


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
