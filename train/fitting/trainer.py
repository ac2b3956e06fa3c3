"""Lightning's loop with our callbacks, in one process or in those of torchrun."""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning.pytorch as L
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies import DDPStrategy
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import nn

from ..settings.config import RunConfig
from .callbacks import AtomicCheckpointIO, LastStageEarlyStopping, RunCheckpoint
from .checkpoints import LAST
from .data import Data, place
from .processes import TIMEOUT, Process, lost_processes
from .progress import ProgressBar
from .run_data import accelerator
from .silence_warning import SilenceWarning
from .tensorboard import tensorboard
from .threads import threads
from .training_module import TrainingModule


def fit(
    config: RunConfig, model: nn.Module, data: Data, folder: Path, process: Process, loud: bool
) -> None:
    """Train from the start, or from last.ckpt where there is one.

    Parameters
    ----------
    process
        Which of the processes of the run this one is.
    loud
        Whether a bar and warnings are shown.
    """
    place(data, accelerator(config.training.device))
    module, last = TrainingModule(model, config, data, process), folder / LAST
    with (
        threads(config.training.threads),
        _silence(),
        _interrupts(),
        lost_processes(process),
    ):
        _trainer(config, folder, process, loud).fit(
            module,
            module.steps(module.epoch_clips),
            module.steps(len(data.validation)),
            ckpt_path=str(last) if last.exists() else None,
            weights_only=True,
        )


def _trainer(config: RunConfig, folder: Path, process: Process, loud: bool) -> L.Trainer:
    """Return a silent Lightning trainer with our callbacks."""
    training = config.training
    stopping = LastStageEarlyStopping(training.patience)
    callbacks: list[Callback] = [
        stopping,
        SilenceWarning(str(folder), loud),
        RunCheckpoint(folder, stopping, training.save_every, loud),
    ]
    if loud:
        callbacks.append(ProgressBar(config.family, training.epochs))
    if process.writes:
        callbacks += tensorboard(folder, training.tensorboard)
    return L.Trainer(
        accelerator=accelerator(training.device),
        precision="bf16-mixed" if training.precision == "bf16" else "32-true",
        max_epochs=training.epochs,
        gradient_clip_val=training.gradient_norm or None,
        callbacks=callbacks,
        plugins=[AtomicCheckpointIO()],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
        **_strategy(process),
    )


def _strategy(process: Process) -> dict[str, Any]:
    """Return how Lightning uses the processes of torchrun, where there are several.

    A frozen part has no gradient in a stage, hence find_unused_parameters. Nothing is sent at the
    start: all processes have the same weights from the same seed or checkpoint, and the buffers
    hold the data.
    """
    if process.count == 1:
        return {"devices": 1}
    shared = DDPStrategy(
        find_unused_parameters=True, broadcast_buffers=False, init_sync=False, timeout=TIMEOUT
    )
    nodes = process.count // process.local_count
    return {"strategy": shared, "devices": process.local_count, "num_nodes": nodes}


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let Ctrl-C reach the caller, and end with a failure on SIGTERM.

    Lightning exits with 1 on Ctrl-C and ignores the next one; on SIGTERM it exits with 0, as if the
    run were finished.
    """
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SIGTERMException:
        print("terminated; the same command resumes it", file=sys.stderr)
        raise SystemExit(128 + signal.SIGTERM) from None
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
            for words in (
                ".*LeafSpec.* is deprecated",
                ".*sync_dist=True.*",  # the criterion is the same in all processes
                ".*broadcast_buffers. is deprecated",  # torch 2.6 has no other name for it
                ".*Callbacks.*need to be provided.*",  # a run of an earlier version lacks one
            ):
                warnings.filterwarnings("ignore", message=words)
            yield
    finally:
        logger.setLevel(level)
