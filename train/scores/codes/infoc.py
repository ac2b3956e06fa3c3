"""InfoC: whether one dimension tells of each factor, by normalised mutual information.

Of a factor, the largest of the figures of the active dimensions as a part of their sum, brought to
0 for equal ones and 1 for a single one; the mean over factors. Noise is far from 0, as the largest
of some small figures is more than their mean: the floor stands beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .estimators import CORRECTED, Estimator, Information
from .infomec import NEIGHBOURS, REFERENCE, concentration, measured_active
from .samples import Factors


def infoc(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = NEIGHBOURS,
    **options: Any,
) -> CodeScore:
    """Return InfoC and that of each factor, 0 to 1; nan where only one dimension is active.

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
    if active.sum() == 1:
        why = "only one dimension is active: two are needed"
        return Found.of({}, shares, dict.fromkeys(told.names, why))
    each = concentration(shares[:, active], axis=1) if active.any() else np.zeros(len(shares))
    return Found.of(dict(zip(told.names, each.tolist(), strict=True)), shares)


SCORE = row_of_codes(
    "infoc",
    "InfoC, compactness",
    infoc,
    short="InfoC",
    permutations=5,
    corrected={"estimator": CORRECTED},
    hint="1: one active dimension tells of each factor; noise is far from 0",
    order=360,
    reference=REFERENCE,
    costly=True,
)
