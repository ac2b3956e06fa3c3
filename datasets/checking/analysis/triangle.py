"""A line and a triangle wave through a noisy curve: the low-frequency oscillators of sound.

    y(t) = c + s t + d tri(r t + p),        tri(u) = 2 / pi arcsin(sin(2 pi u))

with level c, slope s per second, depth d (deviation to either side), rate r in Hz and phase p in
cycles. tri's fundamental has 8 / pi^2 of its depth. A rate is sought on a grid with that
fundamental alone, then rate and phase are refined with the whole triangle by Gauss-Newton steps, in
which c, s and d are solved for (variable projection, Golub and Pereyra 1973).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_GRID_PER_CYCLE = 3  # number of steps of the grid of rates within 1 / duration
_STEPS = 6
_TINY = 1e-9


class Wave(NamedTuple):
    """The fit; depth 0 has no rate (nan). `error` is the root mean square of the residual."""

    level: float
    slope: float
    depth: float
    rate_hz: float
    phase: float
    error: float

    def at(self, time_s: np.ndarray) -> np.ndarray:
        """Return the triangle alone, without level and slope: (n,)."""
        if self.depth == 0:
            return np.zeros(len(time_s))
        return self.depth * tri(self.rate_hz * time_s + self.phase)


def tri(cycles: np.ndarray) -> np.ndarray:
    """Return a triangle wave of period 1 and depth 1 that starts at 0, upwards."""
    return np.asarray(2 / np.pi * np.arcsin(np.sin(2 * np.pi * cycles)))


def fit(
    time_s: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    rates_hz: tuple[float, float],
    sloped: bool = False,
    start: Wave | None = None,
) -> Wave:
    """Return the wave through points, all of them (n,), ascending in time.

    `rates_hz` are the lowest and the highest rate; without `sloped` the slope is 0; `start` is a
    wave to begin with instead of the grid of rates.
    """
    root = np.sqrt(weight / weight.sum())
    middle = float(time_s.mean())
    base = np.stack([np.ones(len(y)), time_s - middle][: 1 + sloped]) * root
    y = y * root
    span = time_s[-1] - time_s[0]
    low, high = max(rates_hz[0], 0.8 / span), rates_hz[1]
    if low >= high:
        level, left = _solve(base, y)
        return _wave(level, middle, 0.0, np.nan, 0.0, left)
    if start is not None and start.depth > 0:
        rate, phase = start.rate_hz, start.phase
    else:
        grid = np.linspace(low, high, 2 + int((high - low) * span * _GRID_PER_CYCLE))
        rate, phase = _fundamental(grid, *_thinned(time_s, y, root, base, high))
    limits = (low * 0.9, high * 1.1)
    rate, phase = _refined(rate, phase, limits, time_s, y, root, base)
    values = np.concatenate([base, (tri(rate * time_s + phase) * root)[None]])
    solved, left = _solve(values, y)
    if solved[-1] < 0:
        phase += 0.5
    return _wave(solved[:-1], middle, abs(float(solved[-1])), rate, phase % 1, left)


def _refined(
    rate: float,
    phase: float,
    limits_hz: tuple[float, float],
    time_s: np.ndarray,
    y: np.ndarray,
    root: np.ndarray,
    base: np.ndarray,
) -> tuple[float, float]:
    """Return rate and phase after a few Gauss-Newton steps with the whole triangle."""
    most = 0.1 / (time_s[-1] - time_s[0])
    for _ in range(_STEPS):
        u = rate * time_s + phase
        side = root * np.where(np.cos(2 * np.pi * u) > 0, 4, -4)  # of tri by its argument
        solved, _ = _solve(np.concatenate([base, [tri(u) * root, side * time_s, side]]), y)
        depth = solved[-3] if abs(solved[-3]) > _TINY else _TINY
        rate = float(np.clip(rate + np.clip(solved[-2] / depth, -most, most), *limits_hz))
        phase += float(np.clip(solved[-1] / depth, -0.05, 0.05))
    return rate, phase


def _thinned(
    time_s: np.ndarray, y: np.ndarray, root: np.ndarray, base: np.ndarray, high_hz: float
) -> tuple[np.ndarray, ...]:
    """Return sums of neighbours, as many as the highest rate allows: time, y, root, base."""
    step = (time_s[-1] - time_s[0]) / (len(time_s) - 1)
    count = max(int(1 / (6 * high_hz * step)), 1)
    whole = len(y) // count * count
    parts = (time_s / count, y, root, base)
    thin = [part[..., :whole].reshape(*part.shape[:-1], -1, count).sum(axis=-1) for part in parts]
    return tuple(thin)


def _wave(
    level: np.ndarray, middle: float, depth: float, rate: float, phase: float, left: np.ndarray
) -> Wave:
    slope = float(level[1]) if len(level) > 1 else 0.0
    start = float(level[0]) - slope * middle
    return Wave(start, slope, depth, rate, phase, float(np.sqrt((left**2).sum())))


def _fundamental(
    grid: np.ndarray, time_s: np.ndarray, y: np.ndarray, root: np.ndarray, base: np.ndarray
) -> tuple[float, float]:
    """Return the rate of the grid whose sine, beside the base, leaves least, and its phase."""
    orthogonal = np.linalg.qr(base.T)[0].T
    waves = np.exp(-2j * np.pi * grid[:, None] * time_s) * root  # (rates, n)
    waves -= (waves @ orthogonal.T) @ orthogonal
    y = y - (y @ orthogonal.T) @ orthogonal
    # Power explained by cosine and sine, which are not quite orthogonal.
    cc, ss = (waves.real**2).sum(1), (waves.imag**2).sum(1)
    cs = (waves.real * waves.imag).sum(1)
    yc, ys = waves.real @ y, waves.imag @ y
    gain = (yc**2 * ss - 2 * yc * ys * cs + ys**2 * cc) / np.maximum(cc * ss - cs**2, 1e-12)
    best = int(np.argmax(gain))
    matrix = np.array([[cc[best], cs[best]], [cs[best], ss[best]]])
    a, b = np.linalg.lstsq(matrix, np.array([yc[best], ys[best]]), rcond=None)[0]
    # a cos(wt) - b sin(wt) = d sin(wt + p)
    return float(grid[best]), float(np.arctan2(a, -b) / (2 * np.pi))


def _solve(rows: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return least squares of y (n,) by rows (m, n): coefficients (m,) and the residual (n,)."""
    gram = rows @ rows.T
    gram.flat[:: len(gram) + 1] *= 1 + 1e-9
    gram.flat[:: len(gram) + 1] += 1e-15
    solved = np.linalg.solve(gram, rows @ y)
    return solved, y - solved @ rows
