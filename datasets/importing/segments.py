"""Recordings as sound: mono at 16 kHz, cut into pieces of one length, each with its confidence.

The confidence of a piece is how sure a pitch tracker is that it has a pitch, on average over its
frames, from 0 to 1; silence counts as 0. By default it is pYIN's voiced probability (Mauch and
Dixon 2014, in librosa), since that needs no other package. Luo et al. 2022, sec. 5.1 take that of
the full CREPE (Kim et al. 2018), which needs a neural network: give a function of your own to
`import_recordings` for that. The two are not on one scale: pYIN gives 0.98 for a steady tone, but
0.8 to 0.95 for quick notes of violin and trumpet, and nothing for the rests between them, so 0.85
drops more than with CREPE.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ...errors import DsoundsError
from ...synth.locked_librosa import librosa
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..storage.atomic_files import reason
from .levels import NOTHING_DBFS, cancels, dither_dbfs, level_dbfs
from .sound_files import read_sound

RESAMPLER = "soxr_hq"
_LOWEST_HZ, _HIGHEST_HZ = 32.7, 1975.5  # C1 to B6, the range of CREPE
_HOP_SAMPLES = 1024  # 64 ms; shorter hops give the same mean and take longer


class Confidence(Protocol):
    """How sure it is that a piece has a pitch. Workers find it by its name in its module."""

    __qualname__: str

    def __call__(self, sound: np.ndarray) -> float:
        """Return the confidence, 0 to 1, of a sound (samples,) float32 at 16 kHz."""
        ...


def pyin_confidence(sound: np.ndarray) -> float:
    """Return the mean voiced probability by pYIN of a sound (samples,) float32 at 16 kHz."""
    if not sound.any():
        return 0.0
    voiced = librosa.pyin(
        sound,
        fmin=_LOWEST_HZ,
        fmax=_HIGHEST_HZ,
        sr=SAMPLE_RATE_HZ,
        hop_length=_HOP_SAMPLES,
    )[2]
    return float(np.nanmean(voiced))


@dataclass(frozen=True)
class Measured:
    """What must be known of a recording before its clips can be chosen and levelled.

    `sha256` is its file's, `samples` its length at 16 kHz, `peak` that of the whole recording;
    there is one of `confidences` for each whole piece, one of `levels_dbfs` (see `levels`),
    and one of `pieces_sha256`, of its sound as float32, equal for copies in any format. Pieces
    below `dither_dbfs` are nothing but the steps of the file's own numbers; `cancels` says that
    channels which sound cancel each other.
    """

    sha256: str
    samples: int
    peak: float
    confidences: tuple[float, ...]
    levels_dbfs: tuple[float, ...]
    pieces_sha256: tuple[str, ...]
    dither_dbfs: float = NOTHING_DBFS
    cancels: bool = False


def load(path: Path) -> np.ndarray:
    """Return a recording as (samples,) float32: the mean of its channels, at 16 kHz.

    A file that is missing, damaged, cut short or not sound raises DsoundsError.
    """
    file = read_sound(path)
    return _at_16_khz(file.sound.mean(axis=1), file.rate_hz)


def _at_16_khz(mono: np.ndarray, rate_hz: int) -> np.ndarray:
    if rate_hz == SAMPLE_RATE_HZ or not mono.size:
        return mono
    out = librosa.resample(mono, orig_sr=rate_hz, target_sr=SAMPLE_RATE_HZ, res_type=RESAMPLER)
    return out.astype(np.float32)


def cut(sound: np.ndarray, length: int, hop: int) -> np.ndarray:
    """Return the whole pieces of a sound: (n, length), a view; the rest is dropped."""
    if len(sound) < length:
        return np.empty((0, length), sound.dtype)
    return np.lib.stride_tricks.sliding_window_view(sound, length)[::hop]


def measure(
    path: Path, length: int, hop: int, confidence: Confidence | None, silence_dbfs: float
) -> Measured:
    """Read a recording for the first time. A `confidence` of None gives each piece 1."""
    try:
        with open(path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DsoundsError(f"recording {path} cannot be read: {reason(error)}") from None
    read = read_sound(path)
    mono = read.sound.mean(axis=1)
    sound = _at_16_khz(mono, read.rate_hz)
    pieces = cut(sound, length, hop)
    # a constant is resampled to one that rings where the file begins and ends: it goes before
    varying = _at_16_khz(mono - mono.mean(), read.rate_hz) if mono.size else mono
    return Measured(
        sha256,
        len(sound),
        float(np.abs(sound).max(initial=0)),
        tuple(1.0 if confidence is None else float(confidence(piece)) for piece in pieces),
        tuple(map(level_dbfs, cut(varying, length, hop))),
        tuple(hashlib.sha256(piece.astype("<f4").tobytes()).hexdigest() for piece in pieces),
        dither_dbfs(read.step),
        cancels(read.sound, mono, max(silence_dbfs, dither_dbfs(read.step))),
    )
