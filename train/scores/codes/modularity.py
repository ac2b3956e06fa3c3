"""Modularity: whether each dimension tells of one factor alone.

Of a dimension that tells I_i nats of factor i, and most of factor m, it is
1 - sum over i != m of I_i^2 / ((M - 1) I_m^2) with M factors; 0 where it tells nothing at all. The
mean over dimensions counts a dead dimension, whose small figures are all noise, as much as a live
one. Weighted by I_m, dead dimensions count little.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .estimators import CORRECTED, Estimator, Information, measured_information
from .samples import Factors


def modularity(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = "equal_width",
    weighted: bool = False,
    **options: Any,
) -> CodeScore:
    """Return the mean modularity of dimensions; nan where fewer than two factors vary.

    Parameters
    ----------
    codes, factors, estimator, options
        See `mig`.
    weighted
        Whether a dimension counts by the information that it has of its best factor.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or an option is unknown.
    """
    compute = partial(_compute, weighted=weighted)
    return measured_information(compute, codes, factors, estimator, **options)


def _compute(told: Information, weighted: bool) -> Found:
    factors = len(told.names)
    if factors < 2:
        why = "no other factor varies: two are needed"
        return Found.of({}, told.told, dict.fromkeys(told.names, why))
    best = told.told.max(axis=0)
    live = best > 0
    if not live.any():
        return Found(0.0, matrix=told.told)
    rest = ((told.told[:, live] / best[live]) ** 2).sum(axis=0) - 1
    each = np.zeros(len(best))
    each[live] = 1 - rest / (factors - 1)
    return Found(float(np.average(each, weights=best if weighted else None)), matrix=told.told)


SCORE = row_of_codes(
    "modularity",
    "modularity",
    modularity,
    bootstraps=50,
    corrected={"estimator": CORRECTED, "weighted": True},
    hint="1: each dimension tells of one factor alone; noise is not at 0",
    order=340,
    reference="Ridgeway and Mozer 2018, sec. 2",
)
