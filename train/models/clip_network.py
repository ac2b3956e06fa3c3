"""The row of a network of whole clips; the rows are in `train.models.clip_networks`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .family import DataShape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ClipNetwork:
    """An encoder and a decoder, each made from the model's settings and the sizes of the data."""

    encoder: Callable[[Any, DataShape], nn.Module]
    decoder: Callable[[Any, DataShape], nn.Module]
