"""The dependency-blind mutual information gap (XMIG).

As MIG, but the second dimension is the best of those that are no factor's own: what tells of a
factor although it was not made for any. So dependence between factors does not lower it. It needs
more dimensions than there are factors with one of their own. The formula is that of the package
latte (`latte.functional.disentanglement.mutual_info.xmig`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .estimators import CORRECTED, Estimator, Information, measured_information
from .gaps import Assignment, gap, own_dimensions
from .samples import Factors


def xmig(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = "equal_width",
    assignment: Assignment | None = None,
    **options: Any,
) -> CodeScore:
    """Return the mean gap and that of each factor; nan where every dimension is a factor's own.

    Parameters
    ----------
    codes, factors, estimator, assignment, options
        See `dmig`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or an option is unknown.
    """
    compute = partial(_compute, assignment=assignment)
    return measured_information(compute, codes, factors, estimator, **options)


def _compute(told: Information, assignment: Assignment | None) -> Found:
    own = own_dimensions(told, assignment)
    others = np.setdiff1d(np.arange(told.told.shape[1]), own)
    if not len(others):
        why = f"all {told.told.shape[1]} dimensions are a factor's own: more are needed"
        return Found.of({}, told.told, dict.fromkeys(told.names, why))
    gaps = {
        name: gap(row, dimension, others).size / entropy
        for name, row, dimension, entropy in zip(
            told.names, told.told, own, told.entropy, strict=True
        )
        if entropy > 0
    }
    return Found.of(gaps, told.told)


SCORE = row_of_codes(
    "xmig",
    "dependency-blind mutual information gap",
    xmig,
    short="XMIG",
    bootstraps=50,
    corrected={"estimator": CORRECTED},
    hint="gap to the best dimension of no factor; 0: that one tells as much",
    order=320,
    reference="Watcharasupat 2021",
)
