"""The dependency-aware mutual information gap (DMIG).

The best dimension of a factor cannot tell H(a) nats more than the dimension of a factor b that
depends on a, but only H(a given b). So the gap of MIG is divided by that where the second-best
dimension is the dimension of another factor, and by H(a) otherwise. It is 1 for the true factors
however they depend on each other, where MIG falls; without dependence it is MIG.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ....settings import require
from .code_rows import row_of_codes
from .code_score import CodeScore, Found
from .estimators import CORRECTED, Estimator, Information, measured_information
from .gaps import Assignment, gap, own_dimensions, owner
from .samples import Factors

Conditional = Mapping[tuple[str, str], float]
LEAST = 1e-9  # nats: below it a factor is a function of the other


def dmig(
    codes: Any,
    factors: Factors,
    *,
    estimator: str | Estimator = "equal_width",
    assignment: Assignment | None = None,
    conditional_entropy: Conditional | None = None,
    **options: Any,
) -> CodeScore:
    """Return the mean gap and that of each factor; the matrix is I(factor; dimension) in nats.

    Parameters
    ----------
    codes, factors, estimator, options
        See `mig`.
    assignment
        Factor to the dimension that was made for it, as in the paper. The dimension of a factor
        that is not named is the one that tells most of it; of several factors of one dimension the
        one that it tells most of counts as its factor.
    conditional_entropy
        (a, b) to H(a given b) in nats, where it is known exactly. It must be that of the samples
        that are scored: a corpus declares that of all its clips, and a part of it has another.
        What is not given is that of the samples.

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
        found = gap(told.told[i], own[i])
        other = None if found.rival is None else owner(told, own, found.rival)
        most = told.entropy[i] if other is None else left[i, other]
        if most < LEAST:
            left_out[name] = f"{'it' if other is None else told.names[other]} leaves nothing open"
        else:
            gaps[name] = found.size / float(most)
    return Found.of(gaps, told.told, left_out)


def conditional_entropies(told: Information, exact: Conditional) -> np.ndarray:
    """Return H(factor of the row given that of the column), exact where that is known.

    Raises
    ------
    DsoundsError
        If a pair is not of two factors, or its entropy is no number of 0 or more.
    """
    left, known = told.given.copy(), (*told.names, *told.constant)
    for pair, nats in exact.items():
        require(
            isinstance(pair, tuple) and len(pair) == 2 and set(pair) <= set(known),
            f"conditional_entropy has {pair!r}: a pair of the factors {', '.join(known)} is needed",
        )
        require(
            bool(np.isfinite(nats)) and nats >= 0,
            f"conditional_entropy of {pair[0]} given {pair[1]} is {nats}: 0 nats or more is needed",
        )
        if set(pair) <= set(told.names):
            left[told.names.index(pair[0]), told.names.index(pair[1])] = nats
    return left


SCORE = row_of_codes(
    "dmig",
    "dependency-aware mutual information gap",
    dmig,
    short="DMIG",
    bootstraps=50,
    corrected={"estimator": CORRECTED},
    hint="as MIG, but 1 for true factors that depend on each other, too",
    order=310,
    reference="Watcharasupat and Lerch 2021, Eq 6",
)
