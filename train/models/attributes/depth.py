"""Power below 500 Hz against the power above, in dB.

The depth of Audio Commons (Pearce et al. 2019) is a linear regression on the share of power below
500 Hz, the centroid below 2 kHz, the duration of the sounds and the lowest peak of the spectrum.
The share alone comes near to 1 for many sounds; as a ratio it still tells them apart.
"""

from torch import Tensor

from ....synth.features import LogMelSettings
from ..attribute import Attribute
from ..clips.band_powers import band_powers

CROSSOVER_HZ = 500.0


def measure(x: Tensor, settings: LogMelSettings) -> Tensor:
    """Return the ratio of clips in dB, (clips,); 0 for silence.

    The floor of the log-mel is added to both sides, so that neither is nothing.
    """
    power, hz = band_powers(x, settings)
    low, high = ((power * side).sum(dim=-1) for side in (hz < CROSSOVER_HZ, hz >= CROSSOVER_HZ))
    return 10 * ((low + settings.floor) / (high + settings.floor)).log10()


ATTRIBUTE = Attribute(measure, "dB")
