"""Callbacks of Lightning at the end of an epoch: stopping, metrics.csv, checkpoints, the bar."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as L
import torch
from lightning.pytorch.callbacks import Callback, Checkpoint, EarlyStopping
from lightning.pytorch.plugins.io import TorchCheckpointIO
from tqdm import tqdm

from ...datasets.storage import atomic_files
from ..models.family import Family
from .checkpoints import BEST, LAST
from .metrics_csv import METRICS, columns_of, csv_text, read_metrics
from .training_module import TrainingModule


class AtomicCheckpointIO(TorchCheckpointIO):
    """Checkpoints that a kill cannot leave broken.

    Lightning's own are neither synced nor, where the temporary folder is another disk, renamed in
    one step.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write the checkpoint beside `path`, sync, rename."""
        with atomic_files.atomic_write(Path(path), RuntimeError) as place:
            torch.save(checkpoint, place)


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
        return "Stopping{'monitor': 'validation_elbo', 'mode': 'max'}"

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Count only in the last stage."""
        assert isinstance(module, TrainingModule)
        if module.in_last_stage:
            super().on_train_epoch_end(trainer, module)


class RunCheckpoint(Checkpoint):
    """Append the epoch to metrics.csv, then write best.ckpt and last.ckpt.

    A kill between two of these leaves at worst a row, or a best.ckpt, from the epoch after
    last.ckpt; the resumed run makes that epoch again, with the same result.
    """

    def __init__(self, out: Path, stopping: LastStageEarlyStopping, save_every: int) -> None:
        self.out, self.stopping, self.save_every = out, stopping, save_every

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Drop rows of epochs that the resumed run will make again."""
        path = self.out / METRICS
        rows = read_metrics(path) if path.exists() else []
        kept = [row for row in rows if int(row["epoch"]) <= trainer.current_epoch]
        assert isinstance(module, TrainingModule)
        columns = columns_of(module.family.terms)
        atomic_files.write_text(path, csv_text(kept, columns, header=True))

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Keep the epoch; Lightning calls this after early stopping has decided."""
        assert isinstance(module, TrainingModule)
        epochs = module.current_epoch + 1
        module.finished = trainer.should_stop or epochs == trainer.max_epochs
        with (self.out / METRICS).open("a", encoding="utf-8", newline="") as file:
            file.write(csv_text([module.row], columns_of(module.family.terms), header=False))
        if module.in_last_stage and self.stopping.wait_count == 0:
            trainer.save_checkpoint(self.out / BEST, weights_only=True)
        if module.finished or epochs % self.save_every == 0:
            trainer.save_checkpoint(self.out / LAST)


class ProgressLine(Callback):
    """One line for the whole training: a bar in a terminal, about ten lines in a log file."""

    def __init__(self, name: str, epochs: int) -> None:
        self.name, self.epochs = name, epochs
        self.bar: tqdm | None = None

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Open the bar at the epoch where the run stands."""
        self.bar = tqdm(
            total=self.epochs,
            initial=trainer.current_epoch,
            unit="epoch",
            disable=None,  # off unless the error stream is a terminal
            desc=self.name,
            bar_format="{desc} {bar:16} {n}/{total} epochs  {elapsed} < {remaining}{postfix}",
        )

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Advance the bar, with the figures that matter."""
        assert isinstance(module, TrainingModule)
        assert self.bar is not None
        epoch, figures = module.current_epoch + 1, _figures(module.row, module.family)
        stages = len(module.family.stages)
        name = f"{self.name} stage {module.stage_index + 1}/{stages}" if stages > 1 else self.name
        self.bar.set_description_str(name, refresh=False)
        self.bar.set_postfix_str(figures, refresh=False)
        self.bar.update()
        if self.bar.disable and (epoch % max(1, self.epochs // 10) == 0 or epoch == self.epochs):
            line = f"{name}  epoch {epoch}/{self.epochs}  {figures}"
            print(line, file=sys.stderr, flush=True)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(
        self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException
    ) -> None:
        """Close the bar, so that what follows has its own line."""
        self._close()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _figures(row: Mapping[str, float], family: Family) -> str:
    shown = {family.criterion: "elbo"} | {t.label: t.name for t in family.terms if t.watched}
    return "  ".join(
        f"{label} {row[f'validation_{name}']:.2f}"
        for label, name in shown.items()
        if f"validation_{name}" in row
    )
