"""The LightningModule: data, stages and randomness of one run; the mathematics is elsewhere.

All randomness of an epoch (order, noise, partners) comes from one generator seeded by (seed,
epoch), so a run that was killed and resumed repeats nothing and skips nothing. The data lies beside
the model (see `train.fitting.data`); a batch is a step's number.

Several processes (see `train.fitting.processes`) draw the same order from that generator, and each
takes its share of every batch; all but the first then draw noise and partners from one of their
own.
"""

import time
from dataclasses import asdict
from typing import Any

import lightning.pytorch as L
import numpy as np
import torch
from torch import Tensor, nn

from ...errors import DsoundsError, suggestion
from ...settings import to_table
from ..models.family import Batch
from ..settings.config import RunConfig
from .active_units import ActiveUnits
from .data import CLIPS, TRAINING, VALIDATION, Data, seed_of
from .processes import Process
from .schedule import learning_rate
from .totals import Means, Terms, Totals

CHECKED_STEPS = 50  # on a GPU: a look at a loss makes Python wait for the step to end


class TrainingModule(L.LightningModule):
    """A module that trains a model of a family."""

    model: Any

    def __init__(
        self, model: nn.Module, config: RunConfig, data: Data, process: Process | None = None
    ) -> None:
        super().__init__()
        self.model = model
        self.process = process or Process()
        self.config, self.family = config, config.row
        self.totals = Totals(self.family.terms, config.objective)
        self.fingerprint, self.shape = data.fingerprint, data.shape
        self.train_data, self.validation_data = data.train, data.validation
        self.trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        # Lightning asks each loss for a gradient: this one has none where nothing trains.
        self.idle = None if self.trained else nn.Parameter(torch.zeros(()))
        self._check_frozen()
        self.stage_index = 0
        self.row: dict[str, float] = {}
        self.finished = False
        self.latest_loss: Tensor = torch.zeros(())
        self.unchecked: list[tuple[int, Tensor, Terms]] = []

    def _check_frozen(self) -> None:
        """Refuse a stage that freezes what is no part of the model: all of it would train."""
        parts = [name for name, _ in self.model.named_children()]
        frozen = {name for stage in self.family.stages for name in stage.frozen}
        parts += [name for name, _ in self.model.named_parameters() if "." not in name]
        for name in sorted(frozen.difference(parts)):
            raise DsoundsError(
                f"a stage of {self.config.family} freezes {name!r}{suggestion(name, parts)}: "
                f"{', '.join(parts)} are parts of the model"
            )

    @property
    def in_last_stage(self) -> bool:
        """Whether the present stage is the one that early stopping and best.ckpt watch."""
        return self.stage_index == len(self.family.stages) - 1

    @property
    def epoch_clips(self) -> int:
        """The number of clips in an epoch."""
        there = len(self.train_data)
        return min(self.config.training.epoch_clips or there, there)

    def steps(self, clips: int) -> range:
        """Return the numbers of an epoch's steps: what Lightning takes for a data loader.

        No batch has one clip, which would have no partner, unless batch_size asks for it: a clip
        left over makes another batch larger by one. So it is for each process's share.
        """
        size, least = self.config.training.batch_size, 2 * self.process.count
        return range(-(-clips // size) if size == 1 else min(-(-clips // size), clips // least))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam over all that trains; frozen parameters have no gradient and stay."""
        trained = [self.idle] if self.idle is not None else list(self.trained.values())
        return torch.optim.Adam(trained, lr=self.config.training.learning_rate)

    def on_train_epoch_start(self) -> None:
        """Enter the epoch's stage and draw its order; batches differ by one clip at most."""
        self.clock = time.perf_counter()
        self._enter(self.config.stage_at(self.current_epoch))
        self.generator = self._generator(TRAINING, self.current_epoch)
        order = self._order().to(self.train_data.indexed_on)
        self.batches = order.tensor_split(len(self.steps(self.epoch_clips)))
        if self.process.rank:
            self.generator = self._generator(TRAINING, self.current_epoch, self.process.rank)
        self.means = Means()

    def _order(self) -> Tensor:
        """Return the epoch's clips, all of them or a draw, in random order."""
        clips, wanted = len(self.train_data), self.epoch_clips
        if wanted == clips:
            return torch.randperm(clips, generator=self.generator, device=self.device)
        seed = seed_of(self.config.seed, CLIPS, self.current_epoch)
        return torch.from_numpy(np.random.default_rng(seed).choice(clips, wanted, replace=False))

    def on_train_batch_start(self, batch: int, step: int) -> None:
        """Set the learning rate of the epoch's step-th step."""
        an_epoch, training = len(self.batches), self.config.training
        number = self.current_epoch * an_epoch + step
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = learning_rate(training, number, training.epochs * an_epoch)

    def training_step(self, step: int) -> Tensor:
        """Return the loss of the epoch's step-th batch.

        With several processes it is weighed by the size of this one's share, so that the mean of
        their gradients is the gradient of the whole batch.
        """
        batch = self.batches[step]
        rows = self.process.share(batch)
        terms = self._terms(self.train_data.batch(rows, self.current_epoch), self.generator)
        loss = self.totals.loss(terms)
        self.latest_loss = loss.detach()
        kept = {name: value.detach() for name, value in terms.items()}
        self.unchecked.append((step, self.latest_loss, kept))
        if self.device.type == "cpu" or len(self.unchecked) == CHECKED_STEPS:
            self._check_losses()
        self.means.add(terms, len(rows))
        if self.idle is not None:
            loss = loss + 0 * self.idle
        if self.process.count == 1:
            return loss
        return loss * (len(rows) * self.process.count / len(batch))

    def _check_losses(self) -> None:
        """Refuse to go on where a loss was not finite; no checkpoint is written before this."""
        unchecked, self.unchecked = self.unchecked, []
        if not unchecked:
            return
        finite = torch.stack([loss for _, loss, _ in unchecked]).isfinite().tolist()
        if not all(finite):
            step, _, terms = unchecked[finite.index(False)]
            raise DsoundsError(self._not_finite(f"step {step + 1}", terms))

    def on_validation_epoch_start(self) -> None:
        """Use the same noise and partners in every epoch, so that epochs can be compared."""
        self.generator = self._generator(VALIDATION, rank=self.process.rank)
        clips, place = len(self.validation_data), self.validation_data.indexed_on
        rows = torch.arange(clips, device=place)
        self.validation_batches = rows.tensor_split(len(self.steps(clips)))
        self.validation_means, self.active = Means(), ActiveUnits()

    def validation_step(self, step: int) -> None:
        """Add the terms and the codes of the step-th part of the validation clips."""
        rows = self.process.share(self.validation_batches[step])
        batch = self.validation_data.batch(rows, self.current_epoch)
        self.validation_means.add(self._terms(batch, self.generator), len(rows))
        self.active.add(self.model.encode(batch.x))

    def on_validation_epoch_end(self) -> None:
        """Collect the epoch's row of metrics.csv and tell early stopping the criterion."""
        self._check_losses()
        self.row = {"epoch": self.current_epoch + 1, "stage": self.stage_index + 1}
        for part, means in (("train", self.means), ("validation", self.validation_means)):
            self.row |= {f"{part}_{k}": value for k, value in self._summary(means).items()}
        self.row |= self.active.result()
        elbo = self.row["validation_elbo"]
        if not np.isfinite(elbo):
            raise DsoundsError(self._not_finite("validation", self.validation_means.sums))
        self.log("validation_elbo", elbo)
        self.row["seconds"] = time.perf_counter() - self.clock

    def on_save_checkpoint(self, checkpoint: dict) -> None:
        """Add what a reader needs: plain values only, so that weights_only=True opens it."""
        checkpoint["dsounds"] = {
            "config": to_table(self.config),
            "epoch": self.current_epoch + 1,
            "stage": self.stage_index + 1,
            "finished": self.finished,
            "data": self.fingerprint,
            "shape": asdict(self.shape),
            "validation_elbo": self.row.get("validation_elbo", float("nan")),
        }

    def _enter(self, index: int) -> None:
        """Let train what the stage does not freeze; begin the stage in its first epoch.

        Stages before it that have no epochs (stage1_epochs is 0) begin, too.
        """
        self.stage_index, stage = index, self.family.stages[index]
        for name, parameter in self.trained.items():
            parameter.requires_grad_(name.partition(".")[0] not in stage.frozen)
        epoch = self.current_epoch
        before = self.config.stage_at(epoch - 1) if epoch else -1
        for begun in self.family.stages[before + 1 : index + 1]:
            if begun.begin is not None:
                begun.begin(self.model, self.train_data)

    def _terms(self, batch: Batch, generator: torch.Generator) -> Terms:
        stage = self.family.stages[self.stage_index]
        return self.family.compute(self.model, batch, self.config.objective, stage, generator)

    def _generator(self, purpose: int, epoch: int = 0, rank: int = 0) -> torch.Generator:
        seed = seed_of(self.config.seed, purpose, epoch, rank)
        return torch.Generator(self.device).manual_seed(seed)

    def _summary(self, means: Means) -> dict[str, float]:
        """Return loss, criterion and all terms of an epoch."""
        terms = {name: torch.tensor(v, dtype=torch.float64) for name, v in means.result().items()}
        totals = {"loss": self.totals.loss(terms), "elbo": self.totals.criterion(terms)}
        return {name: float(value) for name, value in (totals | terms).items()}

    def _not_finite(self, where: str, terms: Terms) -> str:
        wrong = [name for name, value in terms.items() if not torch.isfinite(value)]
        return (
            f"the loss is not finite in epoch {self.current_epoch + 1}, {where} "
            f"({', '.join(wrong) or 'their sum'}); training.learning_rate = "
            f"{self.config.training.learning_rate:g} is probably too high; "
            "the checkpoints of the epochs before are kept"
        )
