"""The LightningModule: data, stages and randomness of one run; the mathematics is elsewhere.

All randomness of an epoch (order, noise, partners) comes from one generator seeded by (seed,
epoch), so a run that was killed and resumed repeats nothing and skips nothing. The data lies beside
the model (see `train.fitting.data`); a batch is a step's number.
"""

import time
from dataclasses import asdict

import lightning.pytorch as L
import numpy as np
import torch
from torch import Tensor, nn

from ...errors import DsoundsError, suggestion
from ...settings import to_table
from ..models.family import Batch
from ..settings.config import RunConfig
from .data import CLIPS, TRAINING, VALIDATION, Data, seed_of
from .totals import Means, Terms, Totals


class TrainingModule(L.LightningModule):
    """A module that trains a model of a family."""

    def __init__(self, model: nn.Module, config: RunConfig, data: Data) -> None:
        super().__init__()
        self.model = model
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
        left over makes another batch larger by one.
        """
        size = self.config.training.batch_size
        return range(-(-clips // size) if size == 1 else min(-(-clips // size), clips // 2))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam over all that trains; frozen parameters have no gradient and stay."""
        trained = [self.idle] if self.idle is not None else list(self.trained.values())
        return torch.optim.Adam(trained, lr=self.config.training.learning_rate)

    def on_train_epoch_start(self) -> None:
        """Enter the epoch's stage and draw its order; batches differ by one clip at most."""
        self.clock = time.perf_counter()
        self._enter(self.config.stage_at(self.current_epoch))
        self.generator = self._generator(TRAINING, self.current_epoch)
        self.batches = self._order().tensor_split(len(self.steps(self.epoch_clips)))
        self.means = Means()

    def _order(self) -> Tensor:
        """Return the epoch's clips, all of them or a draw, in random order."""
        clips, wanted = len(self.train_data), self.epoch_clips
        if wanted == clips:
            return torch.randperm(clips, generator=self.generator, device=self.device)
        seed = seed_of(self.config.seed, CLIPS, self.current_epoch)
        drawn = np.random.default_rng(seed).choice(clips, wanted, replace=False)
        return torch.from_numpy(drawn).to(self.device)

    def training_step(self, step: int) -> Tensor:
        """Return the loss of the epoch's step-th batch."""
        rows = self.batches[step]
        terms = self._terms(self.train_data.batch(rows, self.current_epoch), self.generator)
        loss = self.totals.loss(terms)
        if not torch.isfinite(loss):
            raise DsoundsError(self._not_finite(f"step {step + 1}", terms))
        self.means.add(terms, len(rows))
        return loss if self.idle is None else loss + 0 * self.idle

    def on_validation_epoch_start(self) -> None:
        """Use the same noise and partners in every epoch, so that epochs can be compared."""
        self.generator = self._generator(VALIDATION)
        clips = len(self.validation_data)
        self.validation_batches = torch.arange(clips).tensor_split(len(self.steps(clips)))
        self.validation_means = Means()

    def validation_step(self, step: int) -> None:
        """Add the terms of the step-th part of the validation clips."""
        rows = self.validation_batches[step]
        terms = self._terms(self.validation_data.batch(rows, self.current_epoch), self.generator)
        self.validation_means.add(terms, len(rows))

    def on_validation_epoch_end(self) -> None:
        """Collect the epoch's row of metrics.csv and tell early stopping the criterion."""
        self.row = {"epoch": self.current_epoch + 1, "stage": self.stage_index + 1}
        for part, means in (("train", self.means), ("validation", self.validation_means)):
            self.row |= {f"{part}_{k}": value for k, value in self._summary(means).items()}
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
        """Let train what the stage does not freeze; begin the stage in its first epoch."""
        self.stage_index, stage = index, self.family.stages[index]
        for name, parameter in self.trained.items():
            parameter.requires_grad_(name.partition(".")[0] not in stage.frozen)
        epoch = self.current_epoch
        first = epoch == 0 or self.config.stage_at(epoch - 1) != index
        if first and stage.begin is not None:
            stage.begin(self.model, self.train_data)

    def _terms(self, batch: Batch, generator: torch.Generator) -> Terms:
        stage = self.family.stages[self.stage_index]
        return self.family.compute(self.model, batch, self.config.objective, stage, generator)

    def _generator(self, purpose: int, epoch: int = 0) -> torch.Generator:
        seed = seed_of(self.config.seed, purpose, epoch)
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
