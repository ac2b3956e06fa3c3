"""A family of models as a row: its settings, networks, objective and stages.

The training loop, `dsounds train`, metrics.csv and the report know only such rows. A module with
`FAMILY = Family(...)` in this folder adds a family; one of your own is named as
`package.module:FAMILY`. No torch is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor, nn

    from ...datasets import Corpus
    from ...datasets.concepts.concept_file import ConceptFile
    from ..settings.config import RunConfig


@dataclass(frozen=True)
class Term:
    """A term of an objective: a scalar of a batch, a column of metrics.csv, a curve.

    Attributes
    ----------
    label, hint
        Its name in words, and what its values mean.
    weight
        The setting of the objective that weighs it, or several, whose product does; its weight is
        1 where this is "".
    watched
        Whether it belongs to the criterion that early stopping and best.ckpt watch.
    log
        Whether its curve has a logarithmic scale.
    """

    name: str
    label: str
    hint: str = ""
    weight: str | tuple[str, ...] = ""
    watched: bool = True
    log: bool = True

    @property
    def weights(self) -> tuple[str, ...]:
        """The settings whose product weighs the term; none where its weight is 1."""
        if isinstance(self.weight, tuple):
            return self.weight
        return (self.weight,) if self.weight else ()


@dataclass(frozen=True)
class DataShape:
    """The sizes of the data that a model is built for; they are stored with its weights.

    Attributes
    ----------
    mel
        The number of mel bands.
    frames
        The number of frames of a clip; 0 where a checkpoint of an earlier version does not tell.
    symbols
        The number of symbols of the corpus, S; 0 for a family that does not need them.
    classes
        The number of classes of each factor that varies; empty for a family that needs no labels.
    """

    mel: int
    frames: int = 0
    symbols: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Clips of a step, all on the model's device.

    Attributes
    ----------
    x
        (batch, time, mel) raw log-mel.
    clips
        (batch,): their numbers.
    labels
        (batch,) class indices of each factor that varies, for families that need them.
    symbols
        (batch, S), 1 where a symbol of the corpus is true, for families that need them.
    extras
        What the family's `extras` gives, by name, (batch, ...).
    epoch
        The epoch, from 0, for weights that follow a schedule; in validation the present one too.
    """

    x: Tensor
    clips: Tensor
    labels: Mapping[str, Tensor] = field(default_factory=dict)
    symbols: Tensor | None = None
    extras: Mapping[str, Tensor] = field(default_factory=dict)
    epoch: int = 0


class Features(Protocol):
    """Log-mel of clips, (clips, time, mel): an array, or what reads or renders it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, (clips, time, mel)."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> np.ndarray: ...


class TrainingClips(Protocol):
    """The clips that a model trains on."""

    def __len__(self) -> int: ...

    def batch(self, rows: Tensor) -> Batch:
        """Return the rows-th clips."""


@dataclass(frozen=True)
class Stage:
    """A stage of training.

    Attributes
    ----------
    frozen
        The names of the model's parts whose parameters do not train.
    begin
        Called once with the model and the training clips when the stage begins.
    least_batch
        The fewest clips in a batch.
    lasts
        The setting of the objective that gives its epochs; `training.stage1_epochs` where this is
        "". The last stage takes what is left.
    """

    frozen: tuple[str, ...] = ()
    begin: Callable[[Any, TrainingClips], None] | None = None
    least_batch: int = 1
    lasts: str = ""


@dataclass(frozen=True)
class Preset:
    """Settings that work together: the fields that differ from the defaults, by name.

    `features` are those of the log-mel.
    """

    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """A family of models.

    Parameters
    ----------
    model, objective
        Settings classes (`dsounds.settings.settings`) of the networks and of what is minimised. A
        field that is added later has the default that gives what was trained before.
    build
        Makes the model from its settings and the sizes of the data. The model has `encode(x) ->
        Codes`, and where it can `decode(z, v)` and what `interface.GenerativeModel` asks for.
    compute
        Returns the terms of a batch, by name, from the model, the batch, the objective's settings,
        the stage and a random generator. The loss is their weighted sum.
    terms
        A row for each term that `compute` may return, in the order of the columns.
    stages
        The stages; all but the last one take `training.stage1_epochs` epochs, or their own number.
    needs
        What a batch must hold beside x and clips.
    extras
        Makes arrays with a row for each clip of the corpus, from the corpus and the run's config,
        for `Batch.extras`: NumPy arrays, or what an array of clip numbers indexes where all rows
        would not fit in memory.
    prepare
        Called with a new model, its settings and the log-mel of training clips, which may be too
        large for memory.
    concepts
        Returns the labels that a run of a family of symbols was given, from its corpus and its
        config; scores ask for what they hold out.
    criterion
        The label of minus the weighted sum of the watched terms.
    presets
        Named settings; the first are those of `dsounds train` without --preset.
    """

    model: type
    objective: type
    build: Callable[[Any, DataShape], nn.Module]
    compute: Callable[[Any, Batch, Any, Any, torch.Generator], dict[str, Tensor]]
    terms: tuple[Term, ...]
    stages: tuple[Stage, ...] = (Stage(),)
    needs: tuple[Literal["labels", "symbols"], ...] = ()
    extras: Callable[[Corpus, RunConfig], Mapping[str, Features]] | None = None
    prepare: Callable[[Any, Any, Features], None] | None = None
    concepts: Callable[[Corpus, RunConfig], ConceptFile] | None = None
    criterion: str = "criterion"
    presets: Mapping[str, Preset] = field(default_factory=lambda: {"default": Preset("defaults")})

    def new_model(self, settings: Any, shape: DataShape, seed: int = 0) -> nn.Module:
        """Return a model whose weights are drawn from `seed` alone."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.build(settings, shape)
