"""The mutual information gap (MIG) of v, of z pooled over time, and of z_t.

Of each factor, the difference between the two dimensions of a code that tell most of it, as a part
of its entropy; 1 where one dimension tells all and no other anything, 0 for a code that spreads a
factor over dimensions as for one that tells nothing. Mutual information is estimated with 20 bins
of equal width, as is usual, so a few hundred clips or more are needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .code_score import CodeScore, Found, measured
from .information import entropy, information_matrix
from .samples import Factors, Samples
from .views import row_of_codes


def mig(codes: Any, factors: Factors, **options: Any) -> CodeScore:
    """Return the mean gap and that of each factor; the matrix is I(factor; dimension) in nats.

    Continuous factors are left out.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    options
        See `measured`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    return measured(_compute, codes, factors, **options)


def _compute(samples: Samples, rng: np.random.Generator) -> Found:
    told = information_matrix(samples.codes, samples.classes)
    gaps = {
        name: _gap(row) / entropy(np.bincount(classes))
        for (name, classes), row in zip(samples.classes.items(), told, strict=True)
        if classes.any()
    }
    return Found.of(gaps, told)


def _gap(row: np.ndarray) -> float:
    """Return how much more the best dimension tells than the second."""
    first, second = np.sort(np.append(row, [0.0, 0.0]))[:-3:-1]
    return float(first - second)


SCORE = row_of_codes(
    "mig",
    "mutual information gap",
    mig,
    short="MIG",
    bootstraps=50,
    hint="1: each factor has a dimension of its own; 0: none or several have",
    order=300,
    reference="Chen et al. 2018, sec. 4",
    version=2,
)
