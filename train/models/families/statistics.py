"""Trivial statistics of a clip as v: bands, level and spectral centroid; there is no z.

Over the frames of a clip, mean and deviation of each band (log units), of the level (the logarithm
of the power of all bands together) and of the spectral centroid (the mean number of the band,
weighted by power). Each is standardised over the training clips. The decoder gives the mean
spectrum for every frame.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ....settings import settings
from ..dsae.autoencoder import FLAT, chunks
from ..family import DataShape, Features
from ..interface import Codes
from ..known_answers.fitted import fitted


@settings
class StatisticsConfig:
    """Nothing can be chosen."""


class Statistics(nn.Module):
    """v = standardised statistics of a clip, (batch, 2 * mel + 4)."""

    def __init__(self, settings: StatisticsConfig, shape: DataShape) -> None:
        super().__init__()
        self.mel, self.frames = shape.mel, shape.frames
        self.register_buffer("mean", torch.zeros(2 * shape.mel + 4))
        self.register_buffer("deviation", torch.ones(2 * shape.mel + 4))

    def fit(self, x: Features) -> None:
        """Measure mean and deviation of each statistic over the clips of raw x."""
        parts = [statistics(torch.from_numpy(np.asarray(x[part]))) for part in chunks(x)]
        values = torch.cat(parts).double()
        deviation = values.std(dim=0, correction=0)
        deviation[deviation < FLAT] = 1.0
        self.get_buffer("mean").copy_(values.mean(dim=0))
        self.get_buffer("deviation").copy_(deviation)

    def encode(self, x: Tensor) -> Codes:
        """Return the statistics of raw x, (batch, time, mel), as v."""
        v = (statistics(x) - self.get_buffer("mean")) / self.get_buffer("deviation")
        return Codes(v_mean=v)

    def decode(self, z: None, v: Tensor) -> Tensor:
        """Return the mean spectrum in every frame, (batch, time, mel)."""
        raw = v * self.get_buffer("deviation") + self.get_buffer("mean")
        return raw[:, None, : self.mel].expand(-1, max(self.frames, 1), -1)


def statistics(x: Tensor) -> Tensor:
    """Return the statistics of raw log-mel x, (batch, time, mel): (batch, 2 * mel + 4)."""
    level = x.logsumexp(dim=-1, keepdim=True)  # (batch, time, 1)
    bands = torch.arange(x.shape[-1], dtype=x.dtype, device=x.device)
    centroid = (x.softmax(dim=-1) * bands).sum(dim=-1, keepdim=True)
    columns = torch.cat([x, level, centroid], dim=-1)
    mean, deviation = columns.mean(dim=1), columns.std(dim=1, correction=0)
    mel = x.shape[-1]
    return torch.cat([mean[:, :mel], deviation[:, :mel], mean[:, mel:], deviation[:, mel:]], dim=-1)


FAMILY = fitted(StatisticsConfig, Statistics)
