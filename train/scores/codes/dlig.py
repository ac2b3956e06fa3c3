"""The dependency-aware latent information gap (DLIG).

DMIG asks of each factor which dimension tells it; DLIG asks of its dimension which factor it tells:
(I(a; z) - I(b; z)) / H(a given b), with z the dimension of a, and b the other factor of which z
tells most. It is negative where the dimension of a factor tells more of another one. The formula is
that of the package latte (`latte.functional.disentanglement.mutual_info.dlig`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .dmig import LEAST, Conditional, conditional_entropies
from .estimators import CORRECTED, Estimator, Information, measured_information
from .gaps import Assignment, gap, own_dimensions
from .samples import Factors


def dlig(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = "equal_width",
    assignment: Assignment | None = None,
    conditional_entropy: Conditional | None = None,
    **options: Any,
) -> CodeScore:
    """Return the mean gap and that of each factor; nan where fewer than two factors vary.

    Parameters
    ----------
    codes, factors, estimator, assignment, conditional_entropy, options
        See `dmig`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or an option is unknown.
    """
    compute = partial(_compute, assignment=assignment, exact=conditional_entropy or {})
    return measured_information(compute, codes, factors, estimator, **options)


def _compute(told: Information, assignment: Assignment | None, exact: Conditional) -> Found:
    own, left = own_dimensions(told, assignment), conditional_entropies(told, exact)
    gaps: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for i, name in enumerate(told.names):
        found = gap(told.told[:, own[i]], i)
        if found.rival is None:
            left_out[name] = "no other factor varies: two are needed"
        elif left[i, found.rival] < LEAST:
            left_out[name] = f"{told.names[found.rival]} leaves nothing open"
        else:
            gaps[name] = found.size / float(left[i, found.rival])
    return Found.of(gaps, told.told, left_out)


SCORE = row_of_codes(
    "dlig",
    "dependency-aware latent information gap",
    dlig,
    short="DLIG",
    bootstraps=50,
    corrected={"estimator": CORRECTED},
    hint="1: a factor's dimension tells of no other; below 0: more of another",
    order=330,
    reference="Watcharasupat 2021",
)
