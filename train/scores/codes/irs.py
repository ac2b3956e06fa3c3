"""The interventional robustness score (IRS): how little a dimension moves while a factor is kept.

Of each dimension and factor: samples with the same class of the factor deviate by so much from the
mean of the dimension over them; the largest deviation, averaged over classes, is divided by the
largest from the mean over all samples; 1 - this ratio is 1 where the factor alone moves the
dimension. The score of a dimension is that of its best factor, and the mean over dimensions is
weighted by their largest deviations. Constant dimensions are left out; without others the score
is 0.

"Largest" is the 99 % quantile inside classes by default, as in disentanglement_lib; `quantile=1`
is the published form. The normaliser is the maximum in both. So noise scores above 0: see the
floor. Factors are assumed crossed and codes free of noise; with correlated factors, or few samples
of a class, the score is too high. Continuous factors are put into 20 bins of equal width.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ....settings import require
from .code_rows import row_of_codes
from .code_score import CodeScore, Found, measured
from .information import equal_width
from .samples import Factors, Samples


def irs(codes: Any, factors: Factors, *, quantile: float = 0.99, **options: Any) -> CodeScore:
    """Return the score; the matrix is that of each factor and dimension, 0 for constant ones.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    quantile
        The share of deviations inside a class that the largest is taken of; 1 as published.
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or quantile does not lie in (0, 1].
    """
    require(0 < quantile <= 1, f"quantile is {quantile}: above 0, and 1 at most, is needed")
    return measured(partial(_compute, quantile), codes, factors, **options)


def _compute(quantile: float, samples: Samples, rng: np.random.Generator) -> Found:
    active = np.ptp(samples.codes, axis=0) > 0
    codes = samples.codes[:, active]
    most = np.abs(codes - codes.mean(axis=0)).max(axis=0)
    kept = np.array([_deviations(codes, one, quantile) / most for one in _classes(samples)])
    matrix = np.zeros((len(kept), len(active)))
    matrix[:, active] = 1 - kept
    best = matrix[:, active].max(axis=0)
    value = float(np.average(best, weights=most)) if active.any() else 0.0
    return Found(value, {}, matrix)


def _classes(samples: Samples) -> list[np.ndarray]:
    return [
        equal_width(values[None])[0]
        if samples.kinds[name] == "continuous"
        else samples.classes[name]
        for name, values in samples.values.items()
    ]


def _deviations(codes: np.ndarray, classes: np.ndarray, quantile: float) -> np.ndarray:
    """Return the mean over classes of the largest deviation in each: (dimensions,)."""
    largest = []
    order = np.argsort(classes, kind="stable")
    ends = np.flatnonzero(np.diff(classes[order])) + 1
    for members in np.split(codes[order], ends):
        deviations = np.abs(members - members.mean(axis=0))
        largest.append(np.quantile(deviations, quantile, axis=0))
    mean: np.ndarray = np.mean(largest, axis=0)
    return mean


SCORE = row_of_codes(
    "irs",
    "interventional robustness",
    irs,
    short="IRS",
    permutations=10,
    hint="1: each dimension moves with one factor alone; noise is far above 0",
    order=387,
    reference="Suter et al. 2019",
)
