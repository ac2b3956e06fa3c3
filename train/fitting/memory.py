"""The memory that training a model takes at the least, known before any of it is taken.

A system that promises more memory than it has stops whoever uses it, without a word; so a model
that cannot be trained here is refused before the run folder is made.
"""

from __future__ import annotations

from contextlib import suppress
from math import prod
from typing import Any

import torch

from ...settings import require
from ..models.family import DataShape
from ..settings.config import RunConfig
from .data import memory_bytes

_FLOAT_BYTES = 4
_OF_WEIGHTS = 4  # a weight, its gradient and Adam's two moments
_OF_CODES = 4  # the mean and the logarithm of the variance, each with its gradient


def check_memory(config: RunConfig, shape: DataShape, clips: int) -> None:
    """Raise DsoundsError where this machine's memory cannot hold weights and codes of a batch.

    The model is built and applied without its numbers, by torch's device "meta". `clips` is the
    number of training clips, of which a batch may have fewer than batch_size.
    """
    batch = min(config.training.batch_size, clips)
    needed, there = _least_bytes(config, shape, batch), memory_bytes()
    require(
        needed <= there,
        f"a {config.family} of these sizes needs {needed / 1e9:,.1f} GB or more for weights and "
        f"codes of {batch:,} clips, and this machine has {there / 1e9:,.1f} GB: "
        "give smaller sizes or a smaller batch_size",
    )


def _least_bytes(config: RunConfig, shape: DataShape, batch: int) -> int:
    needed = 0
    # A family of one's own may compute what needs numbers, or be none: then no more is known.
    with torch.device("meta"), torch.no_grad(), suppress(Exception):
        model: Any = config.row.build(config.model, shape)
        needed = _OF_WEIGHTS * sum(weights.numel() for weights in model.parameters())
        if shape.frames:
            codes = model.encode(torch.empty(batch, shape.frames, shape.mel))
            means = [one for one in (codes.v_mean, codes.z_mean) if one is not None]
            needed += _OF_CODES * sum(prod(one.shape) for one in means)
    return needed * _FLOAT_BYTES
