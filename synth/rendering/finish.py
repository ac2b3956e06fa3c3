"""What may be done to a clip before it gets its level: DC removed, its end faded, equal loudness.

Notes of one instrument share more than their timbre: an offset, a crest factor (a peak for the same
power), a tone that is cut while it sounds. Where clips are scaled by their peaks, these tell the
instrument to who never listens (docs/corpora.md, Shortcuts). By default nothing is done, as in the
corpora of the papers.

    remove DC    y[n] = x[n] - x[n - 1] + R y[n - 1], R = exp(-2 pi 10 Hz / rate): a high-pass of
                 first order (Julius O. Smith, Introduction to Digital Filters, DC Blocker); 0.03 dB
                 are lost at 100 Hz. A mean would only move the offset into the rests.
    fade         the last N samples times (1 + cos(pi n / N)) / 2, n = 1 ... N
    RMS          of the whole clip, rests included
"""

from __future__ import annotations

import numpy as np

from ...errors import DsoundsError
from ..music.schedule import Finish, Schedule, amplitude
from .fluidsynth import SAMPLE_RATE_HZ

CUTOFF_HZ = 10.0
LOUDEST = 1 + 1e-6  # a peak of full scale, and rounding
POLE = float(np.exp(-2 * np.pi * CUTOFF_HZ / SAMPLE_RATE_HZ))


def finished(sound: np.ndarray, schedule: Schedule) -> tuple[np.ndarray, float | None]:
    """Return a clip as `schedule.finish` says, and the amplitude that becomes its level.

    Parameters
    ----------
    sound
        (samples,) float32: the clip as it left FluidSynth; it stays as it is.

    Returns
    -------
    tuple
        The sound, (samples,) float32, and what `pcm.normalise` takes as full scale.
    """
    finish, out = schedule.finish, sound.astype(np.float64)
    if finish.remove_dc:
        from scipy.signal import lfilter  # takes a while to import

        out = lfilter([1.0, -1.0], [1.0, -POLE], out)
    out[len(out) - fade_length(finish, len(out)) :] *= fade(finish, len(out))
    full_scale = schedule.full_scale
    if finish.rms_dbfs is not None:
        full_scale = float(np.sqrt(np.mean(np.square(out)))) / float(amplitude(finish.rms_dbfs))
    return out.astype(np.float32), full_scale


def fade_length(finish: Finish, samples: int) -> int:
    """Return the number of samples at the end of a clip that fade."""
    return min(finish.fade_samples, samples)


def fade(finish: Finish, samples: int) -> np.ndarray:
    """Return the amplitude of the samples that fade: (n,) float64."""
    length = fade_length(finish, samples)
    return (1 + np.cos(np.pi * np.arange(1, length + 1) / max(length, 1))) / 2


def check_loudness(peaks: np.ndarray, finish: Finish) -> None:
    """Raise DsoundsError where clips of equal RMS would have peaks (N,) above full scale, 1."""
    loudest = float(np.max(peaks, initial=0))
    if finish.rms_dbfs is not None and loudest > LOUDEST:
        raise DsoundsError(
            f"a clip of RMS {finish.rms_dbfs:g} dBFS would be {20 * np.log10(loudest):.1f} dB "
            "louder than full scale at its peak: lower rms_dbfs by that, or by more"
        )
