"""What a run is: frozen dataclasses, stored as config.toml in the run folder. No torch here.

Paper: 000 section 5.2; the defaults are the fast recipe (see `train.settings.presets`).
"""

from dataclasses import field, replace
from typing import Literal

from ...settings import require, settings
from ..models.methods import method


@settings
class ModelConfig:
    """Sizes of the networks. standardise: per band, by the training part, inside the model."""

    v_dim: int = 16
    z_dim: int = 16
    encoder_hidden: tuple[int, ...] = (64, 64)
    decoder_hidden: tuple[int, ...] = (64, 64)
    transition_hidden: int = 32
    transition_layers: int = 2
    standardise: bool = True

    def __post_init__(self) -> None:
        for name in ("v_dim", "z_dim", "transition_hidden", "transition_layers"):
            _at_least(f"model.{name}", getattr(self, name), 1)
        for name in ("encoder_hidden", "decoder_hidden"):
            sizes = getattr(self, name)
            require(len(sizes) > 0, f"model.{name} needs at least one layer, came none")
            for size in sizes:
                _at_least(f"model.{name}", size, 1)


@settings
class ObjectiveConfig:
    """How Eq 2 and Eq 4 to 7 are weighed.

    scaling "paper": sums over dimensions, half the squared error; "released": means over each
    term's own dimensions, the squared error not halved. reconstruction_weight w: the decoder's
    variance is 1 / w. swaps "one": one swapped pass stands for both. stage1_z "zero": the decoder
    sees z = 0 in stage 1, as in the authors' code, rather than a random projection of x.
    """

    scaling: Literal["paper", "released"] = "paper"
    reconstruction_weight: float = 4.0
    swaps: Literal["one", "both"] = "one"
    global_v_weight: float = 1.0
    global_z_weight: float = 1.0
    local_v_weight: float = 1.0
    local_z_weight: float = 1.0
    stage1_z: Literal["random", "zero"] = "random"

    def __post_init__(self) -> None:
        w = self.reconstruction_weight
        require(0 < w < 1e6, f"objective.reconstruction_weight must be above 0, came {w}")
        for name in ("global_v_weight", "global_z_weight", "local_v_weight", "local_z_weight"):
            _at_least(f"objective.{name}", getattr(self, name), 0)


@settings
class TrainingConfig:
    """Adam and its schedule.

    stage1_epochs: C of the paper; one-stage methods ignore it. epoch_clips: training clips in an
    epoch, drawn anew for each; 0: all, but 20,000 (which is then stored) of those that are rendered
    as they are needed. patience: epochs
    of the last stage without a better Eq 2 on the validation part. save_every: epochs between two
    last.ckpt. device and threads (0: leave torch alone) say how, not what: a resumed run may change
    them.
    """

    epochs: int = 25
    stage1_epochs: int = 10
    batch_size: int = 32
    epoch_clips: int = 0
    learning_rate: float = 3e-3
    patience: int = 300
    save_every: int = 1
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    threads: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "stage1_epochs", "batch_size", "patience", "save_every"):
            _at_least(f"training.{name}", getattr(self, name), 1)
        _at_least("training.threads", self.threads, 0)
        require(
            self.epoch_clips == 0 or self.epoch_clips >= min(2, self.batch_size),
            f"training.epoch_clips must be 0, for all, or at least 2, came {self.epoch_clips}: no "
            "batch is of one clip",
        )
        rate = self.learning_rate
        require(0 < rate <= 1, f"training.learning_rate must be above 0, at most 1, came {rate}")


@settings
class RunConfig:
    """One run.

    corpus, corpus_id: the folder of the clips, and which corpus it holds; split: by which its parts
    are told (empty: its first); features: the fields of `synth.features.LogMelSettings` (empty: its
    defaults).
    """

    method: str = "ts-dsae"
    corpus: str = ""
    corpus_id: str = ""
    split: str = ""
    seed: int = 0
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    features: dict[str, str | int | float | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stages = method(self.method).stages
        _at_least("seed", self.seed, 0)
        require(
            self.training.batch_size >= 2 or not any(stage.swap_terms for stage in stages),
            f"training.batch_size must be at least 2 for {self.method}, came "
            f"{self.training.batch_size}: a clip is swapped with another of its batch",
        )
        epochs, first = self.training.epochs, self.training.stage1_epochs * (len(stages) - 1)
        require(
            epochs > first,
            f"training.epochs = {epochs} leaves nothing for the last stage of {self.method}, as "
            f"training.stage1_epochs = {self.training.stage1_epochs}; raise one or lower the other",
        )

    def identity(self) -> "RunConfig":
        """Return the config without what may change between a run and its resumption.

        A corpus with an id is the same wherever its folder lies.
        """
        fixed = replace(self.training, device="cpu", threads=0, save_every=1)
        corpus = "" if self.corpus_id else self.corpus
        return replace(self, training=fixed, corpus=corpus)

    def stage_at(self, epoch: int) -> int:
        """Return the index (from 0) of the stage to which an epoch (from 0) belongs."""
        return min(epoch // self.training.stage1_epochs, len(method(self.method).stages) - 1)


def _at_least(name: str, value: float, least: float) -> None:
    require(value >= least, f"{name} must be at least {least}, came {value}")
