"""Spectral tilt, odd/even balance and formant from the powers of partials, all at once.

The level of partial k in dB is taken to be

    L_k = c + tilt log2(f_k / f_1) + balance [k even]
        + height exp(-4 ln 2 (log2(f_k / formant) / width)^2)

and its measured power P to be that of a sine in noise (Rice 1945), so a partial below the noise
says no more than that it is. For each formant of a grid c, tilt and balance are those of the
largest likelihood, found by expectation maximisation: as the phase between sine and noise is not
known, sqrt(P) I_1(z) / I_0(z) is expected of the sine, where z = 2 sqrt(P) A / noise and A is the
model's amplitude, which a Gauss-Newton step then fits to it. A parabola through the likelihoods
gives formants between those of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import i0e, i1e

from .parabola import vertex
from .partials import Partials

_MODEL_DB = 0.5  # error of a level beside noise, from the player and the envelope
_STEPS = 20
_DB = np.log(10) / 20
_GRID_PER_OCTAVE = 4
_LOWEST_FORMANT_HZ = 350.0
_LARGEST_STEP_DB = 10.0


@dataclass(frozen=True)
class Formant:
    """What is known of a corpus's formant: height in dB, width in octaves at half of that."""

    height_db: float = 18.0
    octaves: float = 1.0
    optional: bool = False
    """whether some clips have none"""


@dataclass(frozen=True)
class Shape:
    """The shape of a spectrum; nan where the partials do not tell.

    `tilt_db` is per octave; `balance_db` is of even partials over odd ones; `formant_hz` is 0 for
    none.
    """

    tilt_db: float
    balance_db: float
    formant_hz: float


def fit(partials: Partials, formant: Formant | None = None) -> Shape:
    """Return the shape of a spectrum. `formant` is None where there cannot be one."""
    f = partials.frequency_hz
    top = len(f)
    if not partials.significant.any():
        return Shape(np.nan, np.nan, np.nan)
    even = (partials.k % 2 == 0).astype(np.float64)
    rows = np.stack([np.ones(top), np.log2(f / f[0]), even])[: min(top, 3)]
    grid = np.zeros(1 if formant is None or formant.optional else 0)
    if formant is not None:
        low, high = max(_LOWEST_FORMANT_HZ, f[0] / 2), f[-1] * 1.2
        count = max(int(np.log2(high / low) * _GRID_PER_OCTAVE) + 1, 0)
        grid = np.append(grid, low * 2 ** (np.arange(count) / _GRID_PER_OCTAVE))
    solved, error = _scoring(partials, rows, _bump(grid, f, formant))
    best = int(np.argmin(error))
    place = float(grid[best])
    if 0 < best < len(grid) - 1 and grid[best - 1] > 0:
        place *= 2 ** (float(vertex(*error[best - 1 : best + 2])) / _GRID_PER_OCTAVE)
        solved[best] = _scoring(partials, rows, _bump(np.array([place]), f, formant))[0][0]
    found = np.append(solved[best], [np.nan] * 3)
    return Shape(
        float(found[1]) if top > 1 else np.nan,
        float(found[2]) if top > 2 else np.nan,
        place if formant is not None else np.nan,
    )


def _bump(centre_hz: np.ndarray, f: np.ndarray, formant: Formant | None) -> np.ndarray:
    """Return what formants (G,) add to levels at frequencies (n,), in dB: (G, n); 0 Hz is none."""
    if formant is None:
        return np.zeros((len(centre_hz), len(f)))
    octaves = np.log2(f / np.maximum(centre_hz, 1e-9)[:, None]) / formant.octaves
    return np.asarray(formant.height_db * np.exp(-4 * np.log(2) * octaves**2))


def _scoring(
    partials: Partials, rows: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients in dB of rows (m, n) that, with each offset (G, n), explain powers.

    Returned are (G, m) and twice the negative log likelihood, (G,).
    """
    root = np.sqrt(partials.power)
    noise = partials.noise + partials.power * 2 * (_MODEL_DB * _DB) ** 2
    solved = np.zeros((len(offset), len(rows)))
    solved[:, 0] = (np.log(root) / _DB - offset).max(axis=1)
    for _ in range(_STEPS):
        model = np.exp(np.clip(_DB * (solved @ rows + offset), -60, 20))  # (G, n)
        z = 2 * root * model / noise
        left = root * (i1e(z) / i0e(z)) - model
        slope = _DB * model[:, None] * rows  # (G, m, n)
        gram = (slope / noise) @ slope.swapaxes(1, 2)
        gram += np.eye(len(rows)) * (1e-9 + 1e-6 * gram)
        step = np.linalg.solve(gram, slope @ (left / noise)[:, :, None])[:, :, 0]
        solved += np.clip(step, -_LARGEST_STEP_DB, _LARGEST_STEP_DB)
    model = np.exp(np.clip(_DB * (solved @ rows + offset), -60, 20))
    z = 2 * root * model / noise
    error = 2 * ((root - model) ** 2 / noise - np.log(i0e(z)))
    return solved, np.minimum(error, 60).sum(axis=1)
