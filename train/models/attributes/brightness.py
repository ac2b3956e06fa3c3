"""Spectral centroid above 100 Hz, in hertz.

The brightness of Audio Commons (Pearce et al. 2019) is a linear regression on the logarithms of
this centroid and of the share of power above 2 kHz. Here frames count by their power, as there.
"""

from torch import Tensor

from ....synth.features import LogMelSettings
from ..attribute import Attribute
from ..clips.band_powers import band_powers

LOWEST_HZ = 100.0


def measure(x: Tensor, settings: LogMelSettings) -> Tensor:
    """Return the centroid of clips, (clips,); 0 for silence."""
    power, hz = band_powers(x, settings)
    power = power * (hz >= LOWEST_HZ)
    total = power.sum(dim=-1)
    return (power @ hz) / total.where(total > 0, 1.0)


ATTRIBUTE = Attribute(measure, "Hz")
