"""VGGish of AudioSet, the embedder of FAD proper (Kilgour et al. 2019), from a local weights file.

Log-mel of 16 kHz sound as the network was trained on: Hann windows of 400 samples every 160, their
magnitudes by an FFT of 512, 64 HTK mel bands from 125 to 7500 Hz, whose triangles are straight over
mel, log(mel + 0.01). The network reads 96 frames (0.96 s), here every half second of the clip, as
the released code of FAD does, which divides a clip by its highest sample first, or by 0.1. The
embedding are the 128 numbers before the last rectifier, without the whitening of AudioSet.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from .embedder import SOUND_RATE_HZ, Embed, Embedder

BANDS, LOW_HZ, HIGH_HZ, OFFSET = 64, 125.0, 7500.0, 0.01
WINDOW, HOP, FFT = 400, 160, 512  # samples
FRAMES, STEP = 96, 50  # frames of a window of the network, and from one to the next
WIDTHS, HIDDEN = (64, 128, 256, 512), 4096  # of the public network
_LEAST_PEAK = 0.1
_BATCH = 32  # windows


def load(path: Path | None) -> Embed:
    """Return the function from sound, (n, samples), to (n, windows, 128).

    Raises
    ------
    DsoundsError
        If the file holds other weights.
    """
    import torch

    from .state_file import load_state
    from .vggish_network import VGGish

    assert path is not None
    network = VGGish(WIDTHS, HIDDEN).eval()
    load_state(network, path, EMBEDDER.weights)

    @torch.no_grad()
    def embed(sound: np.ndarray) -> np.ndarray:
        return np.stack([_embedded(clip) for clip in sound])

    def _embedded(clip: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(examples(clip)[:, None].astype(np.float32))
        return torch.cat([network(some) for some in x.split(_BATCH)]).numpy()

    return embed


def examples(clip: np.ndarray) -> np.ndarray:
    """Return what the network reads of a clip, (samples,) of 16 kHz: (windows, 96, 64)."""
    loud = clip / max(_LEAST_PEAK, float(clip.max()))
    short = WINDOW + (FRAMES - 1) * HOP - len(loud)
    x = log_mel(np.pad(loud, (0, max(0, short))))
    views = np.lib.stride_tricks.sliding_window_view(x, FRAMES, axis=0)[::STEP]
    return views.transpose(0, 2, 1)


def log_mel(sound: np.ndarray) -> np.ndarray:
    """Return the log-mel of sound, (samples,) of 16 kHz: (frames, 64)."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    magnitude = np.abs(np.fft.rfft(frames * hann, FFT))
    return np.log(magnitude @ mel_weights() + OFFSET)


@cache
def mel_weights() -> np.ndarray:
    """Return the weights of the bins of the spectrum in the mel bands: (257, 64)."""
    mel = _mel(np.linspace(0, SOUND_RATE_HZ / 2, FFT // 2 + 1))[:, None]
    edges = np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (mel - low) / (centre - low), (high - mel) / (high - centre)
    return np.minimum(rising, falling).clip(min=0)


def _mel(hz: np.ndarray | float) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hz) / 700)


EMBEDDER = Embedder(
    name="vggish",
    label="VGGish",
    reads="sound",
    load=load,
    weights="the state dict of the port torchvggish, vggish-10086976.pth of its release 0.1",
    sha256="10086976",  # by the name of the file, as torch names files that it checks
    reference="Kilgour et al. 2019",
)
