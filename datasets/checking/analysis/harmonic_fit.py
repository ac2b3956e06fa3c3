"""Pitch and inharmonicity from partials: the f_1 and B that explain the lines of a spectrum.

Partials of a stiff string (Fletcher, Blackham and Stratton 1962) lie at

    f_k = k f_1 sqrt((1 + B k^2) / (1 + B)),    that is    (f_k / k)^2 = a + b k^2

with f_1^2 = a + b and B = b / a; B = 0 is harmonic. The score of a pair (f_1, B) is the sum over
its partials of the log likelihood ratio that there is a line, less a penalty for each partial: half
the pitch pays for partials that are not there, twice the pitch misses some. The best pairs of a
coarse grid are refined by regression, from few partials to all, and compared again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.ndimage import maximum_filter1d

from .parabola import vertex
from .spectrum import Spectrum

_STEP_CENTS = 5
_STIFF = tuple((2e-4 * 1.18 ** np.arange(25)).tolist())  # values of B on the grid, beside 0
_HARMONIC_PARTIALS, _STIFF_PARTIALS = 16, 8  # number of partials that the grid uses
_FINE_CENTS, _WIDE_CENTS = 8, 20  # distance within which a line is sought, to either side
_EXACT = 3  # from this partial of a stiff string on, the grid of B needs the wider reach
_CANDIDATES, _APART_CENTS = 3, 60  # candidates of each kind, and their least distance
_MOST_GAIN = 15.0  # more does not make a line more certain
_PRICE, _WIDE_PRICE, _STIFF_PRICE, _NO_FIRST_PRICE = 4.0, 6.0, 4.0, 4.0
_GROWTH = (4, 7, 12, 22, 50, 120)  # number of partials in each round of the regression
_LINE = 4.0  # partials with a lower gain take no part in it
_NEAR_HZ, _FAINT, _FAINTEST = 800.0, 10**-5.0, 10**-7.0  # weaker lines are traces of modulation
_LEAST_SCORE = 6.0  # noise does not reach it
_TINY = 1e-30


@dataclass(frozen=True)
class Search:
    """Limits of a search: the range of f_1, where partials end, whether B may differ from 0."""

    lowest_hz: float
    highest_hz: float
    top_hz: float
    stiff: bool = True


@dataclass(frozen=True)
class Harmonics:
    """A pair of f_1 and B, and its score."""

    f0_hz: float
    inharmonicity: float
    score: float

    def frequencies(self, top_hz: float) -> np.ndarray:
        """Return the frequencies of all partials up to top_hz, ascending: (K,)."""
        return partial_frequencies(self.f0_hz, self.inharmonicity, top_hz)


def partial_frequencies(f0_hz: float, b: float, top_hz: float) -> np.ndarray:
    """Return f_k of all partials up to top_hz: (K,)."""
    k = np.arange(1, int(top_hz / f0_hz) + 1)
    f = k * f0_hz * np.sqrt((1 + b * k**2) / (1 + b))
    return f[f <= top_hz]


def find(spectrum: Spectrum, search: Search) -> Harmonics | None:
    """Return the best pair of pitch and inharmonicity; None when the spectrum has no partials."""
    gain = _gains(spectrum)
    found = [_grow(spectrum, gain, *pair, search) for pair in _candidates(spectrum, gain, search)]
    best = max(
        (harmonics for harmonics in found if harmonics),
        key=lambda harmonics: harmonics.score,
        default=None,
    )
    return best if best and best.score > _LEAST_SCORE else None


def refine(spectrum: Spectrum, harmonics: Harmonics, search: Search) -> Harmonics:
    """Return the same harmonics in a better spectrum."""
    search = replace(search, stiff=harmonics.inharmonicity > 0)
    return (
        _grow(spectrum, _gains(spectrum), harmonics.f0_hz, harmonics.inharmonicity, search)
        or harmonics
    )


def _gains(spectrum: Spectrum) -> np.ndarray:
    """Return the gain of each bin: (bins,)."""
    near = maximum_filter1d(spectrum.power, int(_NEAR_HZ / spectrum.bin_hz))
    floor = np.maximum(spectrum.floor, near * _FAINT + spectrum.power.max() * _FAINTEST)
    return _gain(spectrum.power / floor, spectrum.looks)


def _gain(ratio: np.ndarray, looks: float) -> np.ndarray:
    """Return the log likelihood ratio of a line in noise, for means of `looks` exponentials."""
    above = np.maximum(ratio, 1)
    return np.minimum(looks * (above - 1 - np.log(above)), _MOST_GAIN)


def _candidates(spectrum: Spectrum, gain: np.ndarray, search: Search) -> list[tuple[float, float]]:
    """Return the best pairs of the grid, of different pitch: some harmonic, some stiff."""
    cells = int(1200 * np.log2(search.top_hz / search.lowest_hz) / _STEP_CENTS)
    hz = search.lowest_hz * 2 ** (np.arange(cells) * _STEP_CENTS / 1200)
    fine = _pooled(gain, hz / spectrum.bin_hz, _FINE_CENTS) - _PRICE
    wide = _pooled(gain, hz / spectrum.bin_hz, _WIDE_CENTS) - _WIDE_PRICE
    pitches = int(1200 * np.log2(search.highest_hz / search.lowest_hz) / _STEP_CENTS)
    lower = np.arange(pitches) * (_STEP_CENTS / 1200)  # of equals, the lowest pitch
    out: list[tuple[float, float]] = []
    kinds = [((0.0,), _HARMONIC_PARTIALS, _HARMONIC_PARTIALS), (_STIFF, _STIFF_PARTIALS, _EXACT)]
    for known, partials, exact in kinds[: 1 + search.stiff]:
        place = _shifts(known, partials)[:, :, None] + np.arange(pitches)  # (B, k, pitch)
        near, far = (np.pad(worth, (0, max(place.max() - cells + 1, 0))) for worth in (fine, wide))
        worth = np.concatenate([near[place[:, :exact]], far[place[:, exact:]]], axis=1)
        score = np.cumsum(worth, axis=1).max(axis=1) - lower  # (B, pitch)
        for _ in range(_CANDIDATES):
            row, column = np.unravel_index(int(np.argmax(score)), score.shape)
            if score[row, column] <= -lower[-1]:
                break
            out.append((float(hz[column]), known[row]))
            reach = _APART_CENTS // _STEP_CENTS
            score[:, max(column - reach, 0) : column + reach + 1] = -np.inf
    return out


@cache
def _shifts(b: tuple[float, ...], partials: int) -> np.ndarray:
    """Return the region of the grid from a pitch to its partial k, for each B: (B, k)."""
    known = np.array(b)[:, None]
    k = np.arange(1, partials + 1)
    ratio = k * np.sqrt((1 + known * k**2) / (1 + known))
    return np.rint(1200 * np.log2(ratio) / _STEP_CENTS).astype(int)


def _pooled(gain: np.ndarray, place: np.ndarray, cents: float) -> np.ndarray:
    """Return the largest gain within some cents of places given in bins, in their shape."""
    first = np.rint(place * 2 ** (-cents / 1200)).astype(int)
    last = np.rint(place * 2 ** (cents / 1200)).astype(int)
    # The two overlapping runs of a power of two that cover first to last.
    level = np.floor(np.log2(last - first + 1)).astype(int)
    runs = [gain]
    for n in range(level.max()):
        runs.append(np.maximum(runs[-1], np.append(runs[-1][2**n :], np.zeros(2**n))))
    table, most = np.stack(runs), len(gain) - 1
    ends = (np.minimum(first, most), np.minimum(last - 2**level + 1, most))
    return np.maximum(table[level, ends[0]], table[level, ends[1]])


def _grow(
    spectrum: Spectrum, gain: np.ndarray, f0: float, b: float, search: Search
) -> Harmonics | None:
    """Refine a pair from the lowest partials upwards; None when it leaves the band."""
    for most in _GROWTH:
        f = partial_frequencies(f0, b, search.top_hz)[:most]
        if not len(f):
            return None
        # First the pitch may be off by some of the grid, then only as far as the partials let it.
        early = most < 10
        reach = np.minimum(0.15 * f0, 0.012 * f) / spectrum.bin_hz / (1 if early else 4)
        peak, height = _peaks(
            spectrum.power, gain, f / spectrum.bin_hz, np.maximum(reach, 1 + early)
        )
        use = height > _LINE
        k, hz = np.arange(1, len(f) + 1)[use], peak[use] * spectrum.bin_hz
        if len(k) > 1:
            f0, b = _regression(k, hz / f0, height[use], search.stiff, f0)
        elif len(k) == 1:
            f0, b = float(hz[0] / k[0]), 0.0
        if len(f) < most:
            break
    f = partial_frequencies(f0, b, search.top_hz)
    if not len(f):
        return None
    _, height = _peaks(spectrum.power, gain, f / spectrum.bin_hz, np.ones(len(f)))
    extra = _STIFF_PRICE * (b > 0) + _NO_FIRST_PRICE * (height[0] < _LINE)
    return Harmonics(f0, b, float(np.cumsum(height - _PRICE).max() - extra))


def _peaks(
    power: np.ndarray, gain: np.ndarray, place: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where power is highest near places given in bins, and the gain there: both (K,)."""
    most = int(np.ceil(reach.max()))
    offsets = np.arange(-most, most + 1)
    bins = np.clip(np.rint(place).astype(int)[:, None] + offsets, 1, len(power) - 2)
    inside = np.abs(offsets) <= np.rint(reach)[:, None]
    best = np.argmax(np.where(inside, power[bins], -1), axis=1)
    peak = np.take_along_axis(bins, best[:, None], 1)[:, 0]
    sides = (np.log(power[peak + offset] + _TINY) for offset in (-1, 0, 1))
    return peak + vertex(*sides), gain[peak]


def _regression(
    k: np.ndarray, ratio: np.ndarray, gain: np.ndarray, stiff: bool, f0: float
) -> tuple[float, float]:
    """Return f_1 and B from partials (n,) at these ratios to f0, robust to a few wrong ones."""
    x = k.astype(np.float64) ** 2
    y = (ratio / k) ** 2
    weight = x * gain  # errors of f are alike, so those of f / k are not
    keep = np.ones(len(k), bool)
    a, b = 1.0, 0.0
    for _ in range(2):
        w = weight * keep
        mean_x, mean_y = (w @ x) / w.sum(), (w @ y) / w.sum()
        spread = w @ (x - mean_x) ** 2
        b = max(float(w @ ((x - mean_x) * y) / spread), 0.0) if stiff and spread > 0 else 0.0
        a = max(float(mean_y - b * mean_x), 1e-9)
        left = np.abs(y - a - b * x) * k
        keep = left <= 4 * np.median(left) + 1e-6
    return f0 * float(np.sqrt(a + b)), b / a
