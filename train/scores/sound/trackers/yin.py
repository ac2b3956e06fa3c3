"""YIN (de Cheveigne and Kawahara 2002) of librosa, without a decision on voicing."""

import numpy as np

from .....synth.locked_librosa import librosa
from ..tracker import Track, Tracker

LOWEST_HZ, HIGHEST_HZ = 65.0, 2500.0  # above it a period has too few samples
_FRAME_S, _HOP_S = 0.064, 0.016
_TROUGH = 0.3  # at the usual 0.1 the tail of the note before makes subharmonics win


def track(sound: np.ndarray, rate_hz: int) -> Track:
    """Read a sound, (samples,)."""
    hop = round(_HOP_S * rate_hz)
    f0_hz = librosa.yin(
        sound,
        fmin=LOWEST_HZ,
        fmax=min(HIGHEST_HZ, rate_hz / 2.1),
        sr=rate_hz,
        frame_length=round(_FRAME_S * rate_hz),
        hop_length=hop,
        trough_threshold=_TROUGH,
    )
    return Track(np.arange(len(f0_hz)) * hop / rate_hz, f0_hz)


TRACKER = Tracker(
    track=track,
    module="librosa",
    package="librosa",
    licence="ISC",
    lowest_hz=LOWEST_HZ,
    highest_hz=HIGHEST_HZ,
    reference="de Cheveigne and Kawahara 2002",
)
