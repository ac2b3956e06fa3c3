"""What is seen of a run: a bar that moves within an epoch, or about ten lines in a log file."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import lightning.pytorch as L
from lightning.pytorch.callbacks import Callback
from tqdm import tqdm

from ..models.family import Family
from .training_module import TrainingModule

_EVERY_S = 0.2  # between two looks at the loss, each of which waits for the device
_BAR = 8  # columns
_REST = len(f" {'':{_BAR}} 00:00 < 00:00, ")  # of a line, beside what it says


class ProgressBar(Callback):
    """One bar over the steps of the whole training, so that the time left is that of the run.

    A line has as many figures as the terminal is wide enough for. Where the error stream is no
    terminal there is a line for each tenth of the epochs instead.
    """

    def __init__(self, name: str, epochs: int) -> None:
        self.name, self.epochs = name, epochs
        self.bar: tqdm | None = None
        self.figures, self.shown = list[str](), 0.0
        self.steps = 0  # of an epoch, those of the validation part among them

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Open the bar at the epoch where the run stands."""
        assert isinstance(module, TrainingModule)
        training = len(module.steps(module.epoch_clips))
        self.steps = training + len(module.steps(len(module.validation_data)))
        self.begun, self.first = time.monotonic(), trainer.current_epoch
        self.bar = tqdm(
            total=self.epochs * self.steps,
            initial=trainer.current_epoch * self.steps,
            disable=None,  # off unless the error stream is a terminal
            file=sys.stderr,
            desc=self.name,
            smoothing=0.05,
            bar_format=f"{{desc}} {{bar:{_BAR}}} {{elapsed}} < {{remaining}}{{postfix}}",
        )

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, step: int
    ) -> None:
        """Advance by a step."""
        assert isinstance(module, TrainingModule)
        self._advance(module, f"step {step + 1}/{len(module.batches)}")

    def on_validation_batch_end(
        self,
        trainer: L.Trainer,
        module: L.LightningModule,
        outputs: Any,
        batch: Any,
        step: int,
        loader: int = 0,
    ) -> None:
        """Advance by a step of the validation part."""
        assert isinstance(module, TrainingModule)
        self._advance(module, f"validation {step + 1}/{len(module.validation_batches)}")

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Take the figures of the epoch; in a log file, print its line."""
        assert isinstance(module, TrainingModule)
        assert self.bar is not None
        epoch = module.current_epoch + 1
        self.figures = _figures(module.row, module.family)
        due = epoch % -(-self.epochs // 10) == 0 or epoch == self.epochs
        if self.bar.disable and due:
            parts = [*self._where(module), *self.figures, *self._left(epoch)]
            print("  ".join(parts), file=sys.stderr)
            sys.stderr.flush()
        elif epoch == self.epochs:
            self._show(self._where(module), self.figures)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(
        self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException
    ) -> None:
        """Close the bar, so that what follows has its own line."""
        self._close()

    def _advance(self, module: TrainingModule, step: str) -> None:
        assert self.bar is not None
        if self.bar.disable:
            return
        if time.monotonic() - self.shown > _EVERY_S:
            loss = float(module.latest_loss)
            self._show([*self._where(module), step], [f"loss {loss:.2f}", *self.figures])
            self.shown = time.monotonic()
        self.bar.update()

    def _show(self, where: Sequence[str], figures: Sequence[str]) -> None:
        assert self.bar is not None
        room = (self.bar.ncols or sys.maxsize) - _REST
        text = fitting(where, room)
        self.bar.set_description_str(text, refresh=False)
        self.bar.set_postfix_str(fitting(figures, room - len(text)), refresh=False)

    def _where(self, module: TrainingModule) -> list[str]:
        stages = len(module.family.stages)
        stage = f" stage {module.stage_index + 1}/{stages}" if stages > 1 else ""
        return [f"{self.name}{stage}", f"epoch {module.current_epoch + 1}/{self.epochs}"]

    def _left(self, epoch: int) -> list[str]:
        """Return the time that the rest of the epochs takes at the pace so far, in words."""
        pace = (time.monotonic() - self.begun) / (epoch - self.first)
        left = pace * (self.epochs - epoch)
        return [f"{tqdm.format_interval(left)} left"] if left >= 1 else []

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def fitting(parts: Sequence[str], room: int) -> str:
    """Return the first of the parts, two spaces between them, that fit into so many columns."""
    for count in range(len(parts), 0, -1):
        text = "  ".join(parts[:count])
        if len(text) <= room:
            return text
    return ""


def _figures(row: Mapping[str, float], family: Family) -> list[str]:
    shown = {family.criterion: "elbo"} | {t.label: t.name for t in family.terms if t.watched}
    return [
        f"{label} {row[f'validation_{name}']:.2f}"
        for label, name in shown.items()
        if f"validation_{name}" in row
    ]
