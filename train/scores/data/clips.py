"""The clips of one part of a split, with whatever is known of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....errors import DsoundsError
from ....settings import require
from ...models.interface import Codes
from ..codes.samples import Kind
from .melody import Melody

Labels = dict[str, np.ndarray]


@dataclass(frozen=True)
class Clips:
    """Clips of one part of a split; what is unknown is left out.

    Parameters
    ----------
    x
        (n, time, mel) float32 raw log-mel: an array, or what an array of places indexes.
    labels
        Static factors: name to (n,) class indices.
    codes
        Posteriors of the clips as tensors or NumPy arrays, for an evaluation without a model; v or
        z may be None.
    dynamic
        Dynamic factors: name to (n,) class indices.
    frames
        Labels of frames: name to (n, time) class indices, or a function that returns them.
    kinds
        Name of a factor to its kind: "ordinal" where its classes have an order and distances;
        "categorical" where none is given.
    values
        (n, factors): what classes stand for.
    audio
        From places of clips (m,) to their sound (m, samples) float32.
    melody
        From two arrays of places, (m,) each, to what clips play that have the dynamic factors of
        the first and the static factors of the second: of the same places twice, the clips
        themselves.
    """

    x: Any = None
    labels: Labels = field(default_factory=dict)
    codes: Codes | None = None
    dynamic: Labels = field(default_factory=dict)
    frames: Callable[[], Labels] | Labels | None = None
    values: np.ndarray | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    audio: Callable[[np.ndarray], np.ndarray] | None = None
    melody: Callable[[np.ndarray, np.ndarray], Melody] | None = None

    def __post_init__(self) -> None:
        for name in ("labels", "dynamic"):
            arrays = {factor: np.asarray(one) for factor, one in getattr(self, name).items()}
            object.__setattr__(self, name, arrays)

    def __len__(self) -> int:
        codes = self.codes
        means = () if codes is None else (codes.v_mean, codes.z_mean)
        sized = (self.x, *means, *self.labels.values())
        return next((len(one) for one in sized if one is not None), 0)


@dataclass(frozen=True)
class Counterfactuals:
    """The clips that the scored ones would be with the static factors of their partners.

    `partner` has (n,) places among the scored clips; `x` gives log-mel, (m, time, mel), of a slice
    of the scored clips.
    """

    partner: np.ndarray
    x: Callable[[slice], np.ndarray]


@dataclass(frozen=True)
class Change:
    """The clips that the scored ones would be with another class of one factor.

    `classes` has (n,) the new ones, which all differ from the clips' own; `x` gives log-mel,
    (m, time, mel), of a slice of the scored clips, or of places among them.
    """

    classes: np.ndarray
    x: Callable[[slice | np.ndarray], np.ndarray]


def check_parts(scored: Clips, train: Clips | None) -> None:
    """Refuse parts that cannot be scored.

    Raises
    ------
    DsoundsError
        If there are fewer than two scored clips, if labels do not fit the clips, or if the training
        part lacks labels.
    """
    parts = {"training": scored if train is None else train, "validation": scored}
    for name, part in parts.items():
        for factor, labels in part.labels.items():
            if len(labels) != len(part):
                raise DsoundsError(
                    f"the {name} part has {len(part)} clips but {len(labels)} labels of {factor}"
                )
            require(
                np.issubdtype(labels.dtype, np.integer),
                f"labels of {factor} are {labels.dtype}: class indices, integers, are needed",
            )
    if len(scored) < 2:
        raise DsoundsError(f"scores need at least 2 validation clips to swap, got {len(scored)}")
    missing = scored.labels.keys() - parts["training"].labels.keys()
    if missing:
        raise DsoundsError(f"the training part has no labels of {', '.join(sorted(missing))}")
