"""The FactorVAE score: the dimension that varies least tells which factor samples share.

A point is the variance of each dimension over 64 samples that share a class of the factor, divided
by its variance over all. The dimension with the least of these votes for the factor that it was
least for most often among the training points. The samples are drawn, with replacement, from those
that there are, see `SharedValues`. Dimensions that are constant do not vote; without others the
score is 0, as in disentanglement_lib.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ....settings import require
from .code_rows import row_of_codes
from .code_score import CodeScore, measured
from .intervention import POINTS, Guess, intervention
from .samples import Factors
from .shared_values import SharedValues

BATCH = 64


def factor_vae_score(
    codes: Any, factors: Factors, *, batch: int = BATCH, points: int = POINTS, **options: Any
) -> CodeScore:
    """Return the accuracy, and that for each factor.

    Continuous factors, and factors of which no class is shared, are left out.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    batch
        Samples for a point.
    points
        Most training points; half as many are asked.
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    require(batch >= 2, f"batch is {batch}: at least 2 are needed for a variance")
    score = intervention(partial(_variances, batch), _vote, points)
    return measured(score, codes, factors, **options)


def _variances(
    batch: int, codes: np.ndarray, shared: SharedValues, count: int, rng: np.random.Generator
) -> np.ndarray:
    variances: np.ndarray = codes[shared.batches(count, batch, rng)].var(axis=1, ddof=1)
    return variances


def _vote(codes: np.ndarray, points: np.ndarray, factors: np.ndarray) -> Guess:
    active = np.ptp(codes, axis=0) > 0
    if not active.any():
        return lambda points: np.full(len(points), -1)
    spread = codes[:, active].var(axis=0, ddof=1)

    def least(points: np.ndarray) -> np.ndarray:
        return (points[:, active] / spread).argmin(axis=1)

    votes = np.zeros((int(factors.max()) + 1, len(spread)), np.int64)
    np.add.at(votes, (factors, least(points)), 1)
    factor = votes.argmax(axis=0)
    return lambda points: factor[least(points)]


SCORE = row_of_codes(
    "factor_vae_score",
    "FactorVAE score",
    factor_vae_score,
    fits=True,
    permutations=2,
    hint="the dimension that varies least tells which factor samples share",
    order=386,
    reference="Kim and Mnih 2018",
    costly=True,
)
