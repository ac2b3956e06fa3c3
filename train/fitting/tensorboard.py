"""The columns of metrics.csv for TensorBoard, where it is installed or asked for.

pip install "dsounds[tensorboard]"
tensorboard --logdir runs
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning.pytorch as L
from lightning.pytorch.callbacks import Callback

from ...settings import require
from .metrics_csv import columns_of
from .training_module import TrainingModule

FOLDER = "tensorboard"


def tensorboard(folder: Path, wanted: str) -> list[Callback]:
    """Return what writes a run's events, for the setting training.tensorboard; nothing for "no".

    Raises
    ------
    DsoundsError
        If they are asked for and TensorBoard is not installed.
    """
    installed = find_spec("tensorboard") is not None
    require(
        installed or wanted != "yes",
        "training.tensorboard is yes, but TensorBoard is not installed: pip install "
        '"dsounds[tensorboard]", or use auto',
    )
    return [TensorBoardEvents(folder / FOLDER)] if installed and wanted != "no" else []


class TensorBoardEvents(Callback):
    """Writes a scalar for each column and epoch, under the column's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer: Any = None

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Open the events; those of epochs that the resumed run makes again are dropped."""
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(self.folder, purge_step=trainer.current_epoch + 1)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Write the epoch."""
        assert isinstance(module, TrainingModule)
        row = module.row
        for column in columns_of(module.family.terms):
            if column != "epoch" and column in row:
                self.writer.add_scalar(column, row[column], row["epoch"])
        self.writer.flush()

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Close the events."""
        self._close()

    def on_exception(
        self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException
    ) -> None:
        """Close the events."""
        self._close()

    def _close(self) -> None:
        if self.writer is not None:
            self.writer.close()
