"""Probabilistic YIN (Mauch and Dixon 2014) of librosa."""

import numpy as np

from .....synth.locked_librosa import librosa
from ..tracker import Track, Tracker

LOWEST_HZ, HIGHEST_HZ = 65.0, 2100.0
_FRAME_S, _HOP_S = 0.128, 0.016


def track(sound: np.ndarray, rate_hz: int) -> Track:
    """Read a sound, (samples,); frames that are not voiced have a negative reading."""
    hop = round(_HOP_S * rate_hz)
    f0_hz, voiced, _ = librosa.pyin(
        sound,
        fmin=LOWEST_HZ,
        fmax=min(HIGHEST_HZ, rate_hz / 2.1),
        sr=rate_hz,
        frame_length=round(_FRAME_S * rate_hz),
        hop_length=hop,
        fill_na=None,
    )
    return Track(np.arange(len(f0_hz)) * hop / rate_hz, np.where(voiced, f0_hz, -f0_hz))


TRACKER = Tracker(
    track=track,
    module="librosa",
    package="librosa",
    licence="ISC",
    lowest_hz=LOWEST_HZ,
    highest_hz=HIGHEST_HZ,
    reference="Mauch and Dixon 2014",
)
