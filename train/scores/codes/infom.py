"""InfoM: whether each dimension tells of one factor alone, by normalised mutual information.

Of an active dimension, the largest of its figures as a part of their sum, brought to 0 for M equal
ones and 1 for a single one; the mean over dimensions. Noise is far from 0, as the largest of some
small figures is more than their mean: the floor stands beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .estimators import CORRECTED, Estimator, Information
from .infomec import NEIGHBOURS, REFERENCE, concentration, measured_active
from .samples import Factors


def infom(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = NEIGHBOURS,
    **options: Any,
) -> CodeScore:
    """Return InfoM, 0 to 1; nan where fewer than two factors vary.

    Parameters
    ----------
    codes, factors, estimator, options
        See `mig`; the authors' estimator is 10 nearest neighbours.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or an option is unknown.
    """
    return measured_active(_compute, codes, factors, estimator, **options)


def _compute(told: Information, active: np.ndarray) -> Found:
    shares = told.normalised
    if len(shares) < 2:
        why = "no other factor varies: two are needed"
        return Found.of({}, shares, dict.fromkeys(told.names, why))
    each = concentration(shares[:, active], axis=0)
    return Found(float(each.mean()) if active.any() else 0.0, matrix=shares)


SCORE = row_of_codes(
    "infom",
    "InfoM, modularity",
    infom,
    short="InfoM",
    permutations=5,
    corrected={"estimator": CORRECTED},
    hint="1: each active dimension tells of one factor; noise is far from 0",
    order=350,
    reference=REFERENCE,
    costly=True,
)
