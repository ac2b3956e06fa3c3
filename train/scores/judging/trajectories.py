"""Classes that a judge hears over time in drawn sequences that share v, or z (Li and Mandt 2018).

Their Fig 4: sequences are drawn that share one v and have z of their own, and others that share one
z and have v of their own; this is repeated with another shared code. A judge of windows tells the
class of each factor in each of 16 equal parts of a sequence's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data.batches import Batches, Memory
from .factor_judge import window_judge
from .judge import PARTS

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.evaluation_data import EvaluationData

REPEATS, SEQUENCES = 5, 20  # the paper has 5 and 200


@dataclass(frozen=True)
class Trajectories:
    """Classes over time of one factor: (repeats, sequences, windows) integers."""

    classes: np.ndarray

    @property
    def constant(self) -> float:
        """The share of windows that have their sequence's most frequent class; 1 for one class."""
        windows = self.classes.reshape(-1, self.classes.shape[-1])
        return float(np.mean([_largest_share(one) for one in windows]))

    @property
    def classes_heard(self) -> float:
        """The number of classes in a sequence, on average."""
        windows = self.classes.reshape(-1, self.classes.shape[-1])
        return float(np.mean([len(np.unique(one)) for one in windows]))

    @property
    def shared(self) -> float:
        """The share of sequences that have the most frequent class of a window of their repeat."""
        columns = self.classes.transpose(0, 2, 1).reshape(-1, self.classes.shape[1])
        return float(np.mean([_largest_share(one) for one in columns]))


def of_shared_v(
    data: EvaluationData, repeats: int = REPEATS, sequences: int = SEQUENCES
) -> dict[str, Trajectories]:
    """Return those of each factor in sequences of which each repeat shares one drawn v."""
    name, count = "trajectories of shared v", repeats * sequences
    v = data.drawn_v(repeats, name).repeat_interleave(sequences, dim=0)
    return _heard(data, data.drawn_z(count, name), v, repeats)


def of_shared_z(
    data: EvaluationData, repeats: int = REPEATS, sequences: int = SEQUENCES
) -> dict[str, Trajectories]:
    """Return those of each factor in sequences of which each repeat shares one drawn z_1:T."""
    name, count = "trajectories of shared z", repeats * sequences
    z = data.drawn_z(repeats, name).repeat_interleave(sequences, dim=0)
    return _heard(data, z, data.drawn_v(count, name), repeats)


def of_real_clips(data: EvaluationData, sequences: int = SEQUENCES) -> dict[str, Trajectories]:
    """Return those of real clips, which share nothing, in as many repeats as there can be."""
    size = min(sequences, len(data))
    order = data.rng("real trajectories").permutation(len(data))[: len(data) // size * size]
    return {
        name: Trajectories(one.reshape(-1, PARTS)[order].reshape(-1, size, PARTS))
        for name, one in window_judge(data).classes(data.x).items()
    }


def _heard(data: EvaluationData, z: Tensor, v: Tensor, repeats: int) -> dict[str, Trajectories]:
    x = Batches(lambda rows: data.decode(z[rows], v[rows]), len(v), Memory(0))
    return {
        name: Trajectories(one.reshape(repeats, -1, PARTS))
        for name, one in window_judge(data).classes(x).items()
    }


def _largest_share(classes: np.ndarray) -> float:
    return float(np.unique(classes, return_counts=True)[1].max() / len(classes))
