"""The row of a measured attribute, and the spectrum that attributes are measured on.

Bands of log-mel are triangles that add up to 1 and whose peaks are 1, so that the sum of their
powers is the power of the spectrum, and the centroid of their centres is that of the spectrum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...synth.features import LogMelSettings, band_centres_hz

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 1e-4  # share of the floor below which a power is what float32 leaves of silence


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


def spectrum(x: Tensor, settings: LogMelSettings) -> tuple[Tensor, Tensor]:
    """Return the power of the bands, summed over the frames, and their centres in hertz.

    Parameters
    ----------
    x
        (clips, time, mel) raw log-mel.

    Returns
    -------
    tuple
        (clips, mel) and (mel,). The floor of the log-mel is taken away again.
    """
    above = x.double().exp() - settings.floor
    power = above.where(above > ROUNDING * settings.floor, 0.0).sum(dim=1)
    return power, power.new_tensor(band_centres_hz(settings))
