"""Spearman's correlation (SCC): how well the order of a dimension follows that of a factor.

Of each ordinal or continuous factor, the correlation of ranks with the dimension that follows it
best; ties have the mean of their ranks. Absolute, falling dimensions count as rising ones; signed,
they do not, as for a dimension that was trained to rise with the factor.

Pati and Lerch's code takes correlations with p above 0.05 as 0; here they count, and the floor
says how large they are by chance.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy.stats import rankdata

from .code_score import CodeScore, Found, measured
from .samples import Factors, Samples
from .views import row_of_codes


def scc(codes: Any, factors: Factors, *, absolute: bool = True, **options: Any) -> CodeScore:
    """Return the mean correlation and that of each factor; the matrix has all, with their signs.

    Categorical factors are left out.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    absolute
        Whether a dimension that falls with the factor counts as one that rises.
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    return measured(partial(_compute, absolute), codes, factors, **options)


def _compute(absolute: bool, samples: Samples, rng: np.random.Generator) -> Found:
    codes = _unit_ranks(samples.codes)
    rows = {
        name: _unit_ranks(values[:, None])[:, 0] @ codes
        for name, values in samples.values.items()
        if samples.kinds[name] != "categorical"
    }
    best = {name: float((np.abs(row) if absolute else row).max()) for name, row in rows.items()}
    return Found.of(best, np.array(list(rows.values())).reshape(len(rows), codes.shape[1]))


def _unit_ranks(columns: np.ndarray) -> np.ndarray:
    """Return ranks with mean 0 and length 1, so that products are correlations; 0 for constants."""
    ranks = rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.linalg.norm(ranks, axis=0)
    unit: np.ndarray = ranks / np.where(length > 0, length, 1.0)
    return unit


SCORE = row_of_codes(
    "scc",
    "Spearman correlation",
    scc,
    short="SCC",
    bootstraps=50,
    hint="1: a dimension has the order of each ordinal factor, or the reverse",
    order=388,
    reference="Pati and Lerch 2021",
)
