"""The pitch of a sound over time, by autocorrelation (Boersma 1993).

A frame's autocorrelation, divided by that of its window, has peaks at the period and at its
multiples. Which of them is the period is not decided here (`harmonic_fit` does that, from
partials): a period is sought that all frames share, up to a vibrato, and followed through them. So
a track is right up to a constant factor, such as an octave, and vibrato needs no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import fft
from scipy.ndimage import maximum_filter1d

from ....synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from .parabola import vertex

FRAME_SAMPLES = 1024
HOP_SAMPLES = 128
_SIZE = 2 * FRAME_SAMPLES
_PASS_HZ, _STOP_HZ = 2_500.0, 4_000.0  # peaks of low-passed sound are wide enough to follow
_STEP_CENTS = 20
_REACH_CENTS = 220  # largest vibrato, to either side
_LONGER = 0.03  # by how much a period must be better, per octave, to be preferred to a shorter one


@dataclass(frozen=True)
class Track:
    """Pitch of frames: time_s (their middle), cents (above any constant), weight, all (n,).

    `weight` is the height of the autocorrelation's peak, 0 to 1; `hz` is the frequency where cents
    is 0.
    """

    time_s: np.ndarray
    cents: np.ndarray
    weight: np.ndarray
    hz: float


def follow(sound: np.ndarray, lowest_hz: float, highest_hz: float) -> Track | None:
    """Return the track of a sound (samples,) with its period in a range; None without one."""
    if len(sound) < 2 * FRAME_SAMPLES:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME_SAMPLES)[::HOP_SAMPLES]
    heights = _autocorrelation(frames, int(SAMPLE_RATE_HZ / lowest_hz * 1.15) + 2)
    peaks = np.full(heights.shape, -1.0, np.float32)
    inner = heights[:, 1:-1]
    top = (inner > heights[:, :-2]) & (inner >= heights[:, 2:])
    peaks[:, 1:-1] = np.where(top, inner, -1)
    period = _shared(peaks, lowest_hz, highest_hz)
    if period is None:
        return None
    rows = np.arange(len(heights))
    for _ in range(2):  # around a first guess, then around the middle of what was found
        lags = np.arange(heights.shape[1])
        first, last = (period * 2 ** (sign * _REACH_CENTS / 1200) for sign in (-1, 1))
        near = (lags >= np.floor(first)) & (lags <= np.ceil(last))
        lag = np.argmax(np.where(near, peaks, -2), axis=1)
        weight = np.maximum(np.take_along_axis(peaks, lag[:, None], 1)[:, 0], 0)
        inside = np.clip(lag, 1, heights.shape[1] - 2)
        exact = lag + vertex(*(heights[rows, inside + offset] for offset in (-1, 0, 1)))
        if not (weight > 0).any():
            return None
        ends = np.quantile(exact[weight > 0], (0.05, 0.95))
        period = float(np.sqrt(ends[0] * ends[1]))
    time_s = (np.arange(len(frames)) * HOP_SAMPLES + FRAME_SAMPLES / 2) / SAMPLE_RATE_HZ
    return Track(time_s, -1200 * np.log2(exact / period), weight, SAMPLE_RATE_HZ / period)


def _autocorrelation(frames: np.ndarray, lags: int) -> np.ndarray:
    """Return the autocorrelation of low-passed frames, 1 at lag 0: (n, lags) float32."""
    window, low_pass, own = _constants()
    spectrum = fft.rfft(frames.astype(np.float32) * window, _SIZE, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) * low_pass
    out = fft.irfft(power, _SIZE, axis=1)[:, :lags]
    return np.asarray(out / (np.maximum(out[:, :1], 1e-20) * own[:lags]), np.float32)


@cache
def _constants() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return window (frame,), low-pass of power (bins,), the window's autocorrelation (size,)."""
    window = np.hanning(FRAME_SAMPLES).astype(np.float32)
    hz = np.fft.rfftfreq(_SIZE, 1 / SAMPLE_RATE_HZ)
    slope = np.clip((_STOP_HZ - hz) / (_STOP_HZ - _PASS_HZ), 0, 1)
    low_pass = (0.5 - 0.5 * np.cos(np.pi * slope)).astype(np.float32)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, _SIZE)) ** 2 * low_pass, _SIZE)
    return window, low_pass, np.maximum(own / own[0], 1e-3)


def _shared(peaks: np.ndarray, lowest_hz: float, highest_hz: float) -> float | None:
    """Return the period, in samples, whose neighbourhood holds the highest peaks on average."""
    steps = int(1200 * np.log2(highest_hz / lowest_hz) / _STEP_CENTS) + 1
    lags = SAMPLE_RATE_HZ / highest_hz * 2 ** (np.arange(steps) * _STEP_CENTS / 1200)
    left = np.floor(lags).astype(int)
    most = peaks.shape[1] - 1  # a step is up to three samples wide
    grid = np.maximum.reduce([peaks[:, np.minimum(left + n, most)] for n in range(3)])
    width = 2 * (_REACH_CENTS // _STEP_CENTS) + 1
    wide = maximum_filter1d(grid, width, axis=1, mode="nearest")
    score = np.maximum(wide, 0).mean(axis=0)
    if not score.max() > 0:
        return None
    best = int(np.argmax(score - _LONGER * np.log2(lags / lags[0])))
    # The maximum filter makes a plateau of a peak, of which best is the start.
    fall = np.flatnonzero(score[best:] < score[best] - 1e-3)
    last = min(best + min(int(fall[0]) if len(fall) else width, width), len(score)) - 1
    return float(np.sqrt(lags[best] * lags[last]))
