"""The beta-VAE score: a linear classifier tells which factor pairs of samples share.

A point is the mean over 64 pairs of |c_i - c_j|, each pair with one class of the factor in common;
logistic regression guesses the factor. It saturates: a code that tells its factors a little, or
whose dimensions are sums of factors, has 1 as well. The pairs are drawn from the samples that there
are, see `SharedValues`. Codes keep their scale, as in disentanglement_lib: the penalty of the
regression makes differences far below 1 hard to tell.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from ....settings import require
from .code_rows import row_of_codes
from .code_score import CodeScore, measured
from .intervention import POINTS, Guess, intervention
from .samples import Factors
from .shared_values import SharedValues

PAIRS = 64


def beta_vae_score(
    codes: Any, factors: Factors, *, pairs: int = PAIRS, points: int = POINTS, **options: Any
) -> CodeScore:
    """Return the accuracy, and that for each factor.

    Continuous factors, and factors of which no class is shared, are left out.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    pairs
        Pairs of samples for a point.
    points
        Most training points; half as many are asked.
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    require(pairs >= 1, f"pairs is {pairs}: at least 1 is needed")
    score = intervention(partial(_differences, pairs), _classifier, points)
    return measured(score, codes, factors, **options)


def _differences(
    pairs: int, codes: np.ndarray, shared: SharedValues, count: int, rng: np.random.Generator
) -> np.ndarray:
    first, second = shared.pairs(count * pairs, rng)
    apart = np.abs(codes[first] - codes[second])
    means: np.ndarray = apart.reshape(count, pairs, -1).mean(axis=1)
    return means


def _classifier(codes: np.ndarray, points: np.ndarray, factors: np.ndarray) -> Guess:
    predict: Guess = LogisticRegression(max_iter=1000).fit(points, factors).predict
    return predict


SCORE = row_of_codes(
    "beta_vae_score",
    "beta-VAE score",
    beta_vae_score,
    fits=True,
    permutations=2,
    hint="a linear classifier tells which factor pairs share; it saturates",
    order=385,
    reference="Higgins et al. 2017",
    costly=True,
)
