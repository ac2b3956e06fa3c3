"""The mutual information gap (MIG) of v, of z pooled over time, and of z_t.

Of each factor, the difference between the two dimensions of a code that tell most of it, as a part
of its entropy; 1 where one dimension tells all and no other anything, 0 for a code that spreads a
factor over dimensions as for one that tells nothing. Mutual information is estimated with 20 bins
of equal width, as is usual, so a few hundred clips or more are needed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .estimators import CORRECTED, Estimator, Information, measured_information
from .gaps import Assignment, gap, own_dimensions
from .samples import Factors


def mig(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = "equal_width",
    assignment: Assignment | None = None,
    **options: Any,
) -> CodeScore:
    """Return the mean gap and that of each factor; the matrix is I(factor; dimension) in nats.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    estimator
        The name of an estimator of mutual information, see `estimators`, or one of one's own.
    assignment
        Factor to the dimension that was made for it. The gap to the best other dimension may then
        be negative (Watcharasupat and Lerch 2021, eq. 1). The dimension of a factor that is not
        named is the one that tells most of it.
    options
        See `measured`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or an option is unknown.
    """
    compute = partial(_compute, assignment=assignment)
    return measured_information(compute, codes, factors, estimator, **options)


def _compute(told: Information, assignment: Assignment | None) -> Found:
    own = own_dimensions(told, assignment)
    gaps = {
        name: gap(row, dimension).size / entropy
        for name, row, dimension, entropy in zip(
            told.names, told.told, own, told.entropy, strict=True
        )
        if entropy > 0
    }
    return Found.of(gaps, told.told)


SCORE = row_of_codes(
    "mig",
    "mutual information gap",
    mig,
    short="MIG",
    bootstraps=50,
    corrected={"estimator": CORRECTED},
    hint="1: each factor has a dimension of its own; 0: none or several have",
    order=300,
    reference="Chen et al. 2018, sec. 4",
    version=2,
)
