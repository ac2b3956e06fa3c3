"""The real clips that judges learn from, and that made ones are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ..data.batches import Batches, Memory

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

MOST = 3000


def training_clips(
    data: EvaluationData, most: int = MOST, name: str = "judge"
) -> tuple[np.ndarray, Batches]:
    """Return places in the training part, so many by chance, (n,), and their log-mel.

    `name` is that of the generator that draws them.
    """
    train = data.train
    assert train is not None, "the row of the score does not name all that it needs"
    clips = np.arange(len(train))
    if len(clips) > most:
        clips = np.sort(data.rng(name).choice(clips, most, replace=False))
    x = Batches(
        lambda rows: torch.from_numpy(np.ascontiguousarray(train.x[clips[rows]])),
        len(clips),
        Memory(0),
    )
    return clips, x
