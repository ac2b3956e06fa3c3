"""The real clips that judges learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ..data.batches import Batches, Memory

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

MOST = 3000


def training_clips(data: EvaluationData) -> tuple[np.ndarray, Batches]:
    """Return places in the training part, at most `MOST` by chance, (n,), and their log-mel."""
    train = data.train
    assert train is not None, "the row of the score does not name all that it needs"
    clips = np.arange(len(train))
    if len(clips) > MOST:
        clips = np.sort(data.rng("judge").choice(clips, MOST, replace=False))
    x = Batches(
        lambda rows: torch.from_numpy(np.ascontiguousarray(train.x[clips[rows]])),
        len(clips),
        Memory(0),
    )
    return clips, x
