"""The settings of a run: frozen, and stored as config.toml in the run folder."""

from bisect import bisect_right
from dataclasses import field, replace
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import Field

from ...settings import differences, require, settings
from ...synth.features import LogMelSettings
from ..models.family import Family
from ..models.registry import FAMILIES

_ANY = 10**9  # stands for any number of epochs
FORMAT = 2  # format of config.toml: see train.settings.config_file

Number = Annotated[int, Field(ge=1)]


@settings
class TrainingConfig:
    """Adam and its schedule."""

    epochs: Number = 25
    """number of epochs, all stages together"""
    stage1_epochs: Annotated[int, Field(ge=0)] = 10
    """epochs of each stage but the last, C of the paper; 0: the last stage alone, which starts from
    `initial`, say; families of one stage ignore it"""
    batch_size: Number = 32
    """clips per batch"""
    epoch_clips: Annotated[int, Field(ge=0)] = 0
    """training clips in an epoch, drawn anew for each; 0: all of them, but 20,000 at most of a
    corpus that is rendered as it is needed"""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-3
    """of Adam"""
    schedule: Literal["constant", "cosine"] = "constant"
    """cosine: the learning rate falls to 0 from the first step to the last one of all epochs,
    stages together, as half a period of a cosine; a run cannot get other epochs then"""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """first steps of the run, over which the learning rate rises in equal parts to its schedule"""
    gradient_norm: Annotated[float, Field(ge=0)] = 0.0
    """largest norm of the gradient of all weights together, above which it is scaled down to it;
    0: any"""
    patience: Number = 300
    """epochs of the last stage without a better criterion on the validation part before training
    stops"""
    initial: str = ""
    """another run's folder or checkpoint: the parts that both models have start from its best
    weights, with its scale of the bands"""
    precision: Literal["32", "bf16"] = "32"
    """bf16: matrix products in bfloat16 (autocast); weights, KLs and log densities stay float32"""
    save_every: Number = 1
    """epochs between two last.ckpt"""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """where to train"""
    threads: Annotated[int, Field(ge=0)] = 0
    """threads of torch; 0 leaves them alone"""
    tensorboard: Literal["auto", "yes", "no"] = "auto"
    """also write the columns of metrics.csv for TensorBoard; auto: where it is installed"""

    def __post_init__(self) -> None:
        require(
            self.epoch_clips != 1 or self.batch_size == 1,
            "epoch_clips is 1: 0, for all, or 2 or more are needed, as no batch is of one clip",
        )


@settings
class RunConfig:
    """The settings of one run.

    A resumed run may change device, threads, save_every and tensorboard, which say how it is
    computed, not what; and epochs and patience, which say how long. Under the schedule cosine
    epochs say what is computed, too, and stay.

    Attributes
    ----------
    family
        A name, or `package.module:FAMILY`.
    corpus, corpus_id
        The folder of the clips, and the id of the corpus that it holds.
    split
        The split that gives its parts (empty: its first).
    model, objective
        The family's own settings.
    """

    format: int = FORMAT
    family: str = "ts-dsae"
    corpus: str = ""
    corpus_id: str = ""
    split: str = ""
    seed: Annotated[int, Field(ge=0)] = 0
    model: Any = field(kw_only=True)
    objective: Any = field(kw_only=True)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    features: LogMelSettings = field(default_factory=LogMelSettings)

    def __post_init__(self) -> None:
        family, training = self.row, self.training
        for part, cls in (("model", family.model), ("objective", family.objective)):
            got = type(getattr(self, part)).__name__
            require(
                type(getattr(self, part)) is cls,
                f"{part} is a {got}: {cls.__name__}, the settings of {self.family}, is needed",
            )
        least = max(stage.least_batch for stage in family.stages)
        require(
            training.batch_size >= least,
            f"batch_size is {training.batch_size}: {least} or more is needed for {self.family}, "
            "whose clips are swapped or compared with others of their batch",
        )
        require(
            training.epochs > self._first_epochs,
            f"epochs is {training.epochs}, which leaves nothing for the last stage of "
            f"{self.family}, as {self._told_epochs}; raise one or lower the other",
        )

    @property
    def row(self) -> Family:
        """The family's row."""
        return FAMILIES.load(self.family)

    def anywhere(self) -> "RunConfig":
        """Return the config without what says how it is computed: on any machine it is the same.

        A corpus with an id is the same wherever its folder lies.
        """
        fixed = replace(self.training, device="cpu", threads=0, save_every=1, tensorboard="auto")
        corpus = "" if self.corpus_id else self.corpus
        return replace(self, training=fixed, corpus=corpus)

    def identity(self) -> "RunConfig":
        """Return the config without what may change between a run and its resumption."""
        same = self.anywhere()
        epochs = self.training.epochs if self.training.schedule == "cosine" else _ANY
        return replace(same, training=replace(same.training, epochs=epochs, patience=_ANY))

    def differing(self, now: "RunConfig") -> list[str]:
        """Return "key: old there, new now" for all by which `now` is no resumption of this run."""
        told = differences(self.identity(), now.identity())
        of_epochs = [one for one in told if one.startswith("training.epochs:")]
        others = [one for one in told if one not in of_epochs]
        if self.training.schedule != now.training.schedule:
            return others
        why = "the schedule cosine falls over all epochs, so that they cannot change"
        return [f"{one}: {why}" for one in of_epochs] + others

    @property
    def _first_epochs(self) -> int:
        """The epochs of all stages but the last."""
        return sum(self._stage_epochs)

    def stage_at(self, epoch: int) -> int:
        """Return the index (from 0) of the stage to which an epoch (from 0) belongs."""
        return bisect_right([*accumulate(self._stage_epochs)], epoch)

    @property
    def _stage_epochs(self) -> list[int]:
        """The epochs of each stage but the last one."""
        return [
            getattr(self.objective, stage.lasts) if stage.lasts else self.training.stage1_epochs
            for stage in self.row.stages[:-1]
        ]

    @property
    def _told_epochs(self) -> str:
        names = [stage.lasts or "stage1_epochs" for stage in self.row.stages[:-1]]
        told = dict(zip(names, self._stage_epochs, strict=True))
        return ", ".join(f"{name} is {epochs}" for name, epochs in told.items())
