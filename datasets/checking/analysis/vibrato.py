"""Rate and depth of a vibrato, from the pitch of a sound over time.

Autocorrelation gives a first track (`pitch_track`), and the triangle through it a first vibrato.
The sound is played so that this vibrato is undone (`vibrato_removal`); what is left of it shows in
the phases of lines, which are followed through short windows, weighted by what each says about the
pitch. The triangle through both together is the answer. Whether a line is a partial, and which,
need not be known.

Both kinds of track average over their windows, which makes a vibrato's fundamental smaller by a
known factor; depths are corrected for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....synth.rendering.fluidsynth import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from . import pitch_track, triangle
from .spectrum import LOBE, Spectrum, average
from .triangle import Wave
from .vibrato_removal import doubled, steady_pitch

RATES_HZ = (0.7, 13.0)
_LEAST_CENTS = 4.0
_SIGMAS = 4.0  # standard errors above which a depth is not 0
_ROUNDS = 3
_SETTLED = 0.1  # change of a depth that ends the search, relative and in units of 25 cents
_HOP_SAMPLES = 64
_SPECTRUM_SAMPLES = 2048  # too short to tell the sidebands of a vibrato apart
_SPACINGS = 3.0  # a window is so long that it tells lines apart
_WINDOW_SAMPLES = (256, 800)
_MOST_LINES, _HIGHEST_HZ, _LINE = 8, 4_000.0, 4.0


class Still(NamedTuple):
    """A sound without its vibrato: samples (n,), where in the sound each was (n,), a spectrum."""

    samples: np.ndarray
    place: np.ndarray
    spectrum: Spectrum
    vibrato: Wave

    @property
    def sharpness(self) -> float:
        """How much of the power is in few bins: larger when the vibrato is gone from partials."""
        power = self.spectrum.power[LOBE:]
        return float((power**1.5).sum() / power.sum() ** 1.5)


class Curve(NamedTuple):
    """Pitch over time: time_s, cents above a constant, weight, all (n,); blur_s of windows."""

    time_s: np.ndarray
    cents: np.ndarray
    weight: np.ndarray
    blur_s: float


def undo(sound: np.ndarray, lowest_hz: float, highest_hz: float) -> Still | None:
    """Return a sound (samples,) of even level without its vibrato; None when it has no pitch.

    The sound starts on a block of the player, within which it keeps the pitch.
    """
    found = pitch_track.follow(sound, lowest_hz, highest_hz)
    if found is None:
        return None
    blur_s = 0.6 * pitch_track.FRAME_SAMPLES / SAMPLE_RATE_HZ
    wave = fit(Curve(found.time_s, found.cents, found.weight**2 + 1e-6, blur_s))
    best = _played(sound, None, wave._replace(depth=0.0, rate_hz=np.nan))
    twice = None
    if best is not None and wave.depth:
        twice = doubled(sound)
        now = _played(sound, twice, wave)
        if now is not None and now.sharpness > best.sharpness:
            best = now
    for _ in range(_ROUNDS):
        if best is None:
            return None
        wave = fit(_refined(best), best.vibrato)
        if wave.depth == best.vibrato.depth == 0:
            break
        change = abs(wave.depth - best.vibrato.depth)
        twice = doubled(sound) if twice is None else twice
        now = _played(sound, twice, wave)
        if now is None or now.sharpness < best.sharpness:
            break
        best = now
        if change <= _SETTLED * max(wave.depth, 25):
            break
    return best


def _played(sound: np.ndarray, twice: np.ndarray | None, wave: Wave) -> Still | None:
    """Return the sound, `doubled` where there is a vibrato, with the vibrato undone."""
    still, place = sound, np.arange(len(sound))
    if wave.depth and twice is not None:
        cents = wave.at(place[::BLOCK_SAMPLES] / SAMPLE_RATE_HZ)
        still, place = steady_pitch(twice, np.repeat(cents, BLOCK_SAMPLES)[: len(sound)])
    spectrum = average(still, _SPECTRUM_SAMPLES)
    return None if spectrum is None else Still(still, place, spectrum, wave)


def fit(curve: Curve, start: Wave | None = None) -> Wave:
    """Return the triangle through a curve of pitch, of depth 0 where it may be chance."""
    wave = triangle.fit(curve.time_s, curve.cents, curve.weight, RATES_HZ, start=start)
    # Outliers, such as octave errors of single frames, take no part in the second.
    left = np.abs(curve.cents - wave.level - wave.at(curve.time_s))
    keep = curve.weight * (left <= 4 * np.median(left) + 1)
    wave = triangle.fit(curve.time_s, curve.cents, keep, RATES_HZ, start=wave)
    span = curve.time_s[-1] - curve.time_s[0]
    chance = _SIGMAS * wave.error * np.sqrt(2 * max(curve.blur_s, 0.016) / span)
    if not wave.depth > max(chance, _LEAST_CENTS):
        return wave._replace(depth=0.0, rate_hz=np.nan, phase=0.0)
    return wave._replace(depth=wave.depth / max(float(np.sinc(wave.rate_hz * curve.blur_s)), 0.3))


def _refined(now: Still) -> Curve:
    """Return the pitch of a sound, most of whose vibrato was undone."""
    bins, clear = _lines(now.spectrum)
    omega = 2 * np.pi * bins / now.spectrum.size
    apart = np.diff(bins, prepend=0).min()
    size = int(np.clip(_SPACINGS * now.spectrum.size / apart, *_WINDOW_SAMPLES))
    kernel = np.hanning(size)[:, None] * np.exp(-1j * omega * np.arange(size)[:, None])
    frames = np.lib.stride_tricks.sliding_window_view(now.samples, size)[::_HOP_SAMPLES]
    lines = frames @ kernel  # (n, K)
    turned = lines[1:] * lines[:-1].conj() * np.exp(-1j * omega * _HOP_SAMPLES)
    weight = np.abs(turned) * clear * omega
    says = (weight * omega).sum(axis=1) + 1e-30
    ratio = (weight * np.angle(turned)).sum(axis=1) / says
    cents = 1200 / np.log(2) * np.log1p(np.clip(ratio / _HOP_SAMPLES, -0.5, 0.5))
    middle = np.arange(len(turned)) * _HOP_SAMPLES + (size + _HOP_SAMPLES) // 2
    time_s = now.place[np.minimum(middle, len(now.place) - 1)] / SAMPLE_RATE_HZ
    says = np.minimum(says / np.median(says), 1) + 1e-6
    blur_s = 0.5 * size / SAMPLE_RATE_HZ
    wave = now.vibrato
    if wave.depth == 0:
        return Curve(time_s, cents, says, blur_s)
    left = cents / float(np.sinc(wave.rate_hz * blur_s))
    return Curve(time_s, wave.at(time_s) + left, says, 0.0)


def _lines(spectrum: Spectrum) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines that say most about pitch: their places in bins, and their weights: (K,).

    There is at least one, the highest peak.
    """
    power = spectrum.power[: int(_HIGHEST_HZ / spectrum.bin_hz)]
    floor = spectrum.floor[: len(power)]
    peak = np.ones(len(power), bool)
    peak[: LOBE + 1] = peak[-LOBE:] = False
    for offset in range(1, LOBE + 1):
        peak[offset:] &= power[offset:] >= power[:-offset]
        peak[:-offset] &= power[:-offset] >= power[offset:]
    bins = np.flatnonzero(peak & (power > _LINE * floor) & (power > 1e-5 * power.max()))
    if not len(bins):
        bins = np.array([max(int(np.argmax(power)), 1)])
    clear = 1 / np.maximum(floor[bins], 1e-4 * power.max())
    says = power[bins] * clear * bins**2
    chosen = np.sort(np.argsort(says)[-_MOST_LINES:])
    return bins[chosen], clear[chosen]
