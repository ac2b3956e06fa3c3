"""Callbacks of Lightning at the end of an epoch: early stopping, metrics.csv, checkpoints."""

import io
import sys
from pathlib import Path
from typing import Any

import lightning.pytorch as L
import torch
from lightning.pytorch.callbacks import Checkpoint, EarlyStopping
from lightning.pytorch.plugins.io import TorchCheckpointIO

from ...datasets.storage import atomic_files
from .checkpoints import BEST, LAST, STOPPING
from .metrics_csv import METRICS, resumed
from .training_module import TrainingModule


class AtomicCheckpointIO(TorchCheckpointIO):
    """Checkpoints that a kill cannot leave broken.

    Lightning's own are neither synced nor, where the temporary folder is another disk, renamed in
    one step.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write the checkpoint beside `path`, sync, rename.

        Python writes it, as torch would not say why a file cannot be written.
        """
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with atomic_files.atomic_write(Path(path)) as place:
            place.write_bytes(content.getbuffer())


class LastStageEarlyStopping(EarlyStopping):
    """Early stopping, when the validation part's criterion no longer improves in the last stage.

    Earlier stages always last their epochs and leave no best value behind: the criterion has
    another prior and other terms there, so the two cannot be compared.
    """

    def __init__(self, patience: int) -> None:
        super().__init__(
            "validation_elbo", patience=patience, mode="max", check_on_train_epoch_end=True
        )

    @property
    def state_key(self) -> str:
        """The name of its state in checkpoints, the same since the first of them."""
        return STOPPING

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on counting, to the patience of the resumed run rather than the one stored."""
        super().load_state_dict(state_dict | {"patience": self.patience})

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Count only in the last stage."""
        assert isinstance(module, TrainingModule)
        if module.in_last_stage:
            super().on_train_epoch_end(trainer, module)


class RunCheckpoint(Checkpoint):
    """Append the epoch to metrics.csv, then write best.ckpt and last.ckpt.

    A kill between two of these leaves at worst a row, or a best.ckpt, from the epoch after
    last.ckpt; the resumed run makes that epoch again, with the same result.

    Of several processes the first one writes; all of them call Lightning's `save_checkpoint`.
    """

    def __init__(
        self, out: Path, stopping: LastStageEarlyStopping, save_every: int, loud: bool
    ) -> None:
        self.out, self.stopping, self.save_every, self.loud = out, stopping, save_every, loud

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Drop rows of epochs that the resumed run will make again, and rows that are damaged."""
        assert isinstance(module, TrainingModule)
        path, terms = self.out / METRICS, module.family.terms
        self.metrics, kept, fault = resumed(path, terms, trainer.current_epoch)
        if module.process.writes:
            self.metrics.begin(kept)
        if fault and self.loud:
            print(fault, file=sys.stderr)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Keep the epoch; Lightning calls this after early stopping has decided."""
        assert isinstance(module, TrainingModule)
        epochs = module.current_epoch + 1
        module.finished = trainer.should_stop or epochs == trainer.max_epochs
        if module.process.writes:
            self.metrics.append(module.row)
        if module.in_last_stage and self.stopping.wait_count == 0:
            trainer.save_checkpoint(self.out / BEST, weights_only=True)
        if module.finished or epochs % self.save_every == 0:
            trainer.save_checkpoint(self.out / LAST)
