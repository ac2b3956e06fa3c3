"""The power of the bands of log-mel, on which attributes are measured.

Bands are triangles that add up to 1 and whose peaks are 1. So the sum of their powers is the power
of the spectrum, and the centroid of their peaks is that of the spectrum, between the first peak
and the last.
"""

from torch import Tensor

from ....synth.features import LogMelSettings, band_centres_hz

ROUNDING = 1e-4  # share of the floor below which a power is what float32 leaves of silence


def band_powers(x: Tensor, settings: LogMelSettings) -> tuple[Tensor, Tensor]:
    """Return the power of the bands, summed over the frames, and their peaks in hertz.

    Parameters
    ----------
    x
        (clips, time, mel) raw log-mel.

    Returns
    -------
    tuple
        (clips, mel) and (mel,) float64. The floor of the log-mel is taken away again.
    """
    above = x.double().exp() - settings.floor
    power = above.where(above > ROUNDING * settings.floor, 0.0).sum(dim=1)
    return power, power.new_tensor(band_centres_hz(settings))
