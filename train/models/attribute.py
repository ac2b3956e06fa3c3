"""The row of a measured attribute; the rows are in `train.models.attributes`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ...synth.features import LogMelSettings


@dataclass(frozen=True)
class Attribute:
    """A number for each clip.

    Attributes
    ----------
    measure
        Measures raw log-mel, (clips, time, mel), that was computed with some settings: (clips,).
    unit
        The unit of the number.
    """

    measure: Callable[[Tensor, LogMelSettings], Tensor]
    unit: str
