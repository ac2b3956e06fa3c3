"""The LightningModule: data, stages and randomness of one run; the mathematics is elsewhere.

All randomness of an epoch (order, noise, partners) comes from one generator seeded by
(seed, epoch), so a run that was killed and resumed repeats nothing and skips nothing. The whole
data is one tensor beside the model (or a stream of clips rendered for their batch); a batch is a
step's number.
"""

import time

import lightning.pytorch as L
import numpy as np
import torch
from torch import Tensor

from ...errors import DsoundsError
from ...settings import to_table
from ..models.autoencoder import PIECES, SequenceAutoencoder
from ..models.methods import Stage, method
from ..models.objectives import Objective, Terms
from ..models.priors import SnapshotPrior, component_rows
from ..settings.config import RunConfig
from .data import CLIPS, TRAINING, VALIDATION, Data, Stream, seed_of


class Means:
    """Weighted means of terms over the batches of an epoch, kept on the device until asked."""

    def __init__(self) -> None:
        self.sums: Terms = {}
        self.clips = 0

    def add(self, terms: Terms, clips: int) -> None:
        """Add the terms of a batch of that many clips."""
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value.detach() * clips
        self.clips += clips

    def result(self) -> dict[str, float]:
        """Return the means per clip."""
        return {name: float(value) / self.clips for name, value in self.sums.items()}


class TrainingModule(L.LightningModule):
    """Trains a model by a method."""

    train_data: Tensor | Stream
    validation_data: Tensor

    def __init__(self, model: SequenceAutoencoder, config: RunConfig, data: Data) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.objective = Objective(config.objective)
        self.fingerprint = data.fingerprint
        if isinstance(data.train, Stream):
            self.train_data = data.train
        else:
            self.register_buffer("train_data", data.train, persistent=False)
        self.register_buffer("validation_data", data.validation, persistent=False)
        self.stage_index = 0
        self.row: dict[str, float] = {}
        self.finished = False

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The method's stages."""
        return method(self.config.method).stages

    @property
    def in_last_stage(self) -> bool:
        """Whether the present stage is the one that early stopping and best.ckpt watch."""
        return self.stage_index == len(self.stages) - 1

    @property
    def epoch_clips(self) -> int:
        """Number of clips in an epoch."""
        there = len(self.train_data)
        return min(self.config.training.epoch_clips or there, there)

    def steps(self, clips: int) -> range:
        """Return the numbers of an epoch's steps: what Lightning takes for a data loader.

        No batch is of one clip, which would have no partner, unless batch_size asks for it: a
        clip left over makes other batches larger by one.
        """
        size = self.config.training.batch_size
        return range(-(-clips // size) if size == 1 else min(-(-clips // size), clips // 2))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam over all pieces; a resting one has no gradient and is left alone."""
        pieces = [p for name in PIECES for p in getattr(self.model, name).parameters()]
        return torch.optim.Adam(pieces, lr=self.config.training.learning_rate)

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
        terms = self._terms(self.train_data[rows], self.generator)
        loss = self.objective.loss(terms)
        if not torch.isfinite(loss):
            raise DsoundsError(self._not_finite(f"step {step + 1}", terms))
        self.means.add(terms, len(rows))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Use the same noise and partners in every epoch, so that epochs can be compared."""
        self.generator = self._generator(VALIDATION)
        self.validation_batches = self.validation_data.tensor_split(
            len(self.steps(len(self.validation_data)))
        )
        self.validation_means = Means()

    def validation_step(self, step: int) -> None:
        """Add the terms of the step-th part of the validation clips."""
        x = self.validation_batches[step]
        self.validation_means.add(self._terms(x, self.generator), len(x))

    def on_validation_epoch_end(self) -> None:
        """Collect the epoch's row of metrics.csv and tell early stopping about Eq 2."""
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
            "validation_elbo": self.row.get("validation_elbo", float("nan")),
        }

    def _enter(self, index: int) -> None:
        """Let the stage's pieces train; take the snapshot if this is where the stage begins."""
        self.stage_index = index
        stage = self.stages[index]
        for name in PIECES:
            getattr(self.model, name).requires_grad_(name not in stage.frozen)
        prior = self.model.v_prior
        if (
            stage.v_prior == "snapshot"
            and isinstance(prior, SnapshotPrior)
            and not prior.get_buffer("taken")
        ):
            rows = component_rows(len(self.train_data)).to(self.device)
            prior.take(self.model.global_encoder, self.model.scale(self.train_data[rows]))

    def _terms(self, x: Tensor, generator: torch.Generator) -> Terms:
        stage = self.stages[self.stage_index]
        return self.objective.terms(self.model, self.model.scale(x), stage, generator)

    def _generator(self, purpose: int, epoch: int = 0) -> torch.Generator:
        seed = seed_of(self.config.seed, purpose, epoch)
        return torch.Generator(self.device).manual_seed(seed)

    def _summary(self, means: Means) -> dict[str, float]:
        """Return loss, Eq 2 and all terms of an epoch."""
        terms = {name: torch.tensor(v, dtype=torch.float64) for name, v in means.result().items()}
        totals = {"loss": self.objective.loss(terms), "elbo": self.objective.elbo(terms)}
        return {name: float(value) for name, value in (totals | terms).items()}

    def _not_finite(self, where: str, terms: Terms) -> str:
        wrong = [name for name, value in terms.items() if not torch.isfinite(value)]
        return (
            f"the loss is not finite in epoch {self.current_epoch + 1}, {where} "
            f"({', '.join(wrong) or 'their sum'}); training.learning_rate = "
            f"{self.config.training.learning_rate:g} is probably too high; "
            "the checkpoints of the epochs before are kept"
        )
