"""Judges of the factors of clips, and of what is heard in each part of a clip's time.

A judge of clips tells the classes of the static and the dynamic factors. A judge of windows, the 16
equal parts of a clip's time, tells the static factors, and the pitch (0 in a rest) where frames
have labels. Both learn from the training part, and are the same for all scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .judge import PARTS, Judge, windows
from .training_clips import training_clips

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.clips import Labels
    from ..data.evaluation_data import EvaluationData

FRAME_LABEL = "pitch"
STEPS = 200  # 100 to 600 are all right in 0.98 to 1 of the demo's clips, for each factor


@dataclass(frozen=True)
class FactorJudge:
    """A judge of factors, known by their names.

    `known` has the classes of each factor that the training clips have, in the order of the
    probabilities.
    """

    judge: Judge
    known: Mapping[str, np.ndarray]

    def probabilities(self, x: Iterable[Tensor]) -> dict[str, np.ndarray]:
        """Return how probable each known class of each factor is: (rows, classes) each."""
        parts = zip(*(self.judge.probabilities(batch) for batch in x), strict=True)
        return {name: np.concatenate(one) for name, one in zip(self.known, parts, strict=True)}

    def classes(self, x: Iterable[Tensor]) -> Labels:
        """Return the most probable class of each factor: (rows,) each."""
        return {
            name: self.known[name][p.argmax(axis=1)] for name, p in self.probabilities(x).items()
        }


def clip_judge(data: EvaluationData) -> FactorJudge:
    """Return the judge of clips."""

    def make() -> FactorJudge:
        assert data.train is not None
        clips, x = training_clips(data)
        labels = {**data.train.labels, **data.train.dynamic}
        names = (*data.factors, *data.dynamic_factors)
        return _learned({name: labels[name][clips] for name in names}, x, data.seed)

    return data.once("judge of clips", make)


def window_judge(data: EvaluationData) -> FactorJudge:
    """Return the judge of windows, whose rows are the windows of the first clip, then the next."""

    def make() -> FactorJudge:
        assert data.train is not None
        clips, x = training_clips(data)
        own = {name: np.repeat(data.train.labels[name][clips], PARTS) for name in data.factors}
        frames = data.train.frames
        heard = (frames() if callable(frames) else frames) or {}
        if FRAME_LABEL in heard:
            own[FRAME_LABEL] = most_frequent(heard[FRAME_LABEL][clips]).ravel()
        return _learned(own, x, data.seed, windowed=True)

    return data.once("judge of windows", make)


def heard(data: EvaluationData, name: str, x: Iterable[Tensor]) -> dict[str, np.ndarray]:
    """Return what the judge of clips says of clips, once under a name: (n, classes) each."""
    return data.once(("heard", name), lambda: clip_judge(data).probabilities(x))


def heard_in_real(data: EvaluationData) -> dict[str, np.ndarray]:
    """Return what the judge of clips says of the scored clips: (n, classes) each."""
    return heard(data, "real", data.x)


def most_frequent(frames: np.ndarray) -> np.ndarray:
    """Return the most frequent label of each window, (n, PARTS), from those of frames, (n, time).

    Windows are those of `windows`; of labels that are as frequent the smallest is taken.
    """
    time = frames.shape[1]
    known, which = np.unique(frames, return_inverse=True)
    counts = np.zeros((len(frames), PARTS, len(known)), np.int64)
    rows = np.arange(len(frames))
    for part in range(PARTS):
        for frame in range(part * time // PARTS, -(-(part + 1) * time // PARTS)):
            counts[rows, part, which.reshape(frames.shape)[:, frame]] += 1
    most: np.ndarray = known[counts.argmax(axis=2)]
    return most


def _learned(labels: Labels, x: Iterable[Tensor], seed: int, windowed: bool = False) -> FactorJudge:
    known, columns = {}, []
    for name, one in labels.items():
        known[name], which = np.unique(one, return_inverse=True)
        columns.append(which)
    judge = Judge(x, np.stack(columns, axis=1), seed, windows if windowed else None, STEPS)
    return FactorJudge(judge, known)
