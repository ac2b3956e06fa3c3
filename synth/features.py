"""Log-mel spectrograms as in Luo et al. 2022, sec. 5.1, and back to sound for listening.

Convention: frames are centred on multiples of the hop (the clip is padded by half a window at both
ends, with zeros or with its own mirror image), so a clip of 64,000 samples has 251 frames. Mel
bands are HTK's without area normalisation, on the power spectrum; the result is the natural
logarithm of power + floor. The floor keeps silence at a finite value (-11.5) near the quietest
sounding frames.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import scipy.fft
import scipy.sparse
from pydantic import Field

from ..caches import compiling
from ..settings import require
from ..settings import settings as checked_settings
from .locked_librosa import librosa
from .rendering.fluidsynth import SAMPLE_RATE_HZ

LISTENING_ITERATIONS = 32  # of Griffin-Lim; they take most of the time of a report with sound
_INVERSION_STEPS = 100
_FIRST = ("bands", "window_samples", "hop_samples", "floor", "sample_rate_hz")
_CODE_VERSION = 1  # to be raised when log_mel gives other values, by more than it rounds


Whole = Annotated[int, Field(ge=1, le=1_000_000)]


@checked_settings
class LogMelSettings:
    """The settings of a log-mel spectrogram."""

    bands: Annotated[int, Field(ge=1, le=10_000)] = 80
    """number of mel bands"""
    window_samples: Whole = 2048
    """Hann window; 128 ms at 16 kHz"""
    hop_samples: Whole = 256
    """from a frame to the next; 16 ms at 16 kHz"""
    floor: Annotated[float, Field(gt=0)] = 1e-5
    """added to the power before the logarithm"""
    sample_rate_hz: Whole = SAMPLE_RATE_HZ
    """rate of the sound"""
    padding: Literal["zeros", "reflect"] = "zeros"
    """what stands before and after the clip: silence, or the clip mirrored at its ends, as the
    authors' code of Luo et al. 2022 has it by torchaudio's default"""

    @property
    def key(self) -> str:
        """A short name for these settings: equal settings have equal keys.

        A setting that came later counts only where it is not neutral, so that keys last.
        """
        start = asdict(type(self)())
        own = {k: v for k, v in asdict(self).items() if k in _FIRST or v != start[k]}
        text = json.dumps(own | {"code": _CODE_VERSION}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def frames(self, samples: int) -> int:
        """Return the number of frames of a clip of so many samples."""
        return 1 + samples // self.hop_samples

    @property
    def padding_mode(self) -> Literal["constant", "reflect"]:
        """The padding as NumPy, torch and librosa call it."""
        return "constant" if self.padding == "zeros" else "reflect"

    def check(self, samples: int) -> None:
        """Raise DsoundsError where a clip of so many samples is too short to be mirrored."""
        half = self.window_samples // 2
        require(
            self.padding == "zeros" or samples > half,
            f"padding is 'reflect', which mirrors {half} samples at each end of a clip, and clips "
            f"have {samples}: a smaller window_samples, or padding 'zeros', is needed",
        )


def log_mel(audio: np.ndarray, settings: LogMelSettings | None = None) -> np.ndarray:
    """Return log-mel spectrograms (Luo et al. 2022, sec. 5.1).

    Parameters
    ----------
    audio
        (N, samples) or (samples,) float32, from -1 to 1.
    settings
        How they are computed; the defaults when None.

    Returns
    -------
    ndarray
        (N, frames, bands) or (frames, bands) float32.
    """
    settings = settings or LogMelSettings()
    audio = np.asarray(audio, np.float32)
    settings.check(audio.shape[-1])
    half = settings.window_samples // 2
    padded = np.pad(np.atleast_2d(audio), ((0, 0), (half, half)), mode=settings.padding_mode)
    out = _power(padded, settings)
    out += np.float32(settings.floor)
    np.log(out, out=out)
    return out if audio.ndim == 2 else out[0]


def _power(padded: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    """Return the power in mel bands of padded clips (N, samples): (N, frames, bands) float32."""
    with compiling(Path(__file__).parent):
        from . import mel_frames  # numba takes 0.3 s to import, so it waits
    if mel_frames.serves(settings.window_samples, settings.hop_samples):
        shape = window(settings.window_samples), mel_filters(settings)
        return mel_frames.mel_power(padded, settings.hop_samples, *shape)
    return np.stack([plain_power(clip, settings) for clip in padded])


def plain_power(padded: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    """Return the power in mel bands of one padded clip, by SciPy: (frames, bands) float32."""
    size, hop = settings.window_samples, settings.hop_samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    spectrum = scipy.fft.rfft(frames * window(size), axis=-1)  # complex64 of float32
    power = spectrum.real**2 + spectrum.imag**2
    return (mel_filters(settings) @ power.T).T


def to_audio(
    spectrogram: np.ndarray, settings: LogMelSettings | None = None, iterations: int | None = None
) -> np.ndarray:
    """Return sound with about this log-mel spectrogram, (frames, bands), for listening.

    It is (samples,) float32 with a peak of 1 (0 for silence). The phase is found by so many
    iterations of librosa's Griffin-Lim (Griffin and Lim 1984), 32 when None.
    """
    settings = settings or LogMelSettings()
    power = np.maximum(np.exp(spectrogram.astype(np.float64)) - settings.floor, 0)
    sound = librosa.griffinlim(
        np.sqrt(_linear_power(power.T, settings)),
        n_iter=LISTENING_ITERATIONS if iterations is None else iterations,
        hop_length=settings.hop_samples,
        n_fft=settings.window_samples,
        pad_mode=settings.padding_mode,
        length=(spectrogram.shape[0] - 1) * settings.hop_samples,
        random_state=0,
    )
    return (sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)


def _linear_power(mel: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    """Return the power spectrum with these mel bands: (bands, frames) to (bins, frames).

    It is not negative. Multiplicative updates for the KL divergence (Lee and Seung 2001, eq. 5)
    find it. Against librosa's least squares (minutes a clip here) and SciPy's (2 s) they take 0.05
    s, and the result after Griffin-Lim is nearer to the given log-mel.
    """
    filters = mel_filters(settings).astype(np.float64)
    weight = np.maximum(filters.T @ np.ones_like(mel), 1e-12)
    power = filters.T @ mel
    for _ in range(_INVERSION_STEPS):
        power *= (filters.T @ (mel / np.maximum(filters @ power, 1e-12))) / weight
    return power


def band_of_hz(hz: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    """Return the mel band, with fractions, whose centre lies at a frequency (for pictures)."""
    mel = librosa.hz_to_mel(np.asarray(hz, np.float64), htk=True)
    top = librosa.hz_to_mel(settings.sample_rate_hz / 2, htk=True)
    return mel / top * (settings.bands + 1) - 1


def band_centres_hz(settings: LogMelSettings) -> np.ndarray:
    """Return the frequencies at which the mel bands have their peaks: (bands,)."""
    top = settings.sample_rate_hz / 2
    return librosa.mel_frequencies(settings.bands + 2, fmin=0.0, fmax=top, htk=True)[1:-1]


@cache
def window(size: int) -> np.ndarray:
    """Return the Hann window of a frame: (size,) float32."""
    return librosa.filters.get_window("hann", size, fftbins=True).astype(np.float32)


@cache
def mel_filters(settings: LogMelSettings) -> scipy.sparse.csr_array:
    """Return weights of bins: (bands, window_samples / 2 + 1) float32; a bin is in two at most."""
    return scipy.sparse.csr_array(
        librosa.filters.mel(
            sr=settings.sample_rate_hz,
            n_fft=settings.window_samples,
            n_mels=settings.bands,
            htk=True,
            norm=None,
        )
    )
