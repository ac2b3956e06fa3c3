"""Log-mel of clips by dsounds, librosa, SciPy and torch in one run, on one core.

`python -m benchmarks.spectra`. Rates are clips per second of processor time, as the median of some
rounds in which the ways take turns; a ratio is the median of the rounds' ratios, so that what else
the machine does hits both. The clips are noise, 4 s at 16 kHz, in one array as `features` has them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from dsounds.synth.features import LogMelSettings, log_mel, plain_power
from dsounds.synth.locked_librosa import librosa
from dsounds.synth.rendering import torch_renderer

ROUNDS, CLIPS, SAMPLES = 15, 32, 64_000
SETTINGS = LogMelSettings()


def main() -> None:
    """Print rates, and each way's against librosa's."""
    rng = np.random.default_rng(0)
    audio = (0.1 * rng.standard_normal((CLIPS, SAMPLES))).astype(np.float32)
    tensor = torch.from_numpy(audio)
    ways: dict[str, Callable[[], object]] = {
        "librosa": lambda: [_librosa(clip) for clip in audio],
        "dsounds": lambda: log_mel(audio),
        "dsounds, clip by clip": lambda: [log_mel(clip) for clip in audio],
        "SciPy's transform, as for other windows": lambda: [_plain(clip) for clip in audio],
        "torch, cpu": lambda: torch_renderer.log_mel(tensor),
    }
    torch.set_num_threads(1)
    with threadpool_limits(1):
        error = np.abs(log_mel(audio) - np.stack([_librosa(clip) for clip in audio])).max()
        seconds = {name: np.empty(ROUNDS) for name in ways}
        for turn in range(-1, ROUNDS):
            for name, way in ways.items():
                start = time.process_time()
                way()
                seconds[name][turn] = time.process_time() - start
    print(f"{'log-mel, one core':<42}{'ms a clip':>10}{'clips/s':>10}{'x librosa':>11}")
    for name, own in seconds.items():
        ratio, clip_s = np.median(seconds["librosa"] / own), np.median(own) / CLIPS
        print(f"{name:<42}{1000 * clip_s:>10.3f}{1 / clip_s:>10,.0f}{ratio:>11.2f}")
    print(f"\nlargest difference from librosa: {error:.1e} in log-mel")


def _librosa(clip: np.ndarray) -> np.ndarray:
    power = librosa.feature.melspectrogram(
        y=clip,
        sr=SETTINGS.sample_rate_hz,
        n_fft=SETTINGS.window_samples,
        hop_length=SETTINGS.hop_samples,
        n_mels=SETTINGS.bands,
        pad_mode=SETTINGS.padding_mode,
        htk=True,
        norm=None,
    )
    return np.log(power.T + np.float32(SETTINGS.floor))


def _plain(clip: np.ndarray) -> np.ndarray:
    padded = np.pad(clip, SETTINGS.window_samples // 2)
    return np.log(plain_power(padded, SETTINGS) + np.float32(SETTINGS.floor))


if __name__ == "__main__":
    main()
