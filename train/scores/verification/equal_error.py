"""The equal error rate of verifying a factor by the cosine of two clips' codes.

Two clips are taken for the same class where the cosine of their codes is at least a threshold. Over
all thresholds, from the largest cosine to the smallest (cosines are negative too), the false
rejection rate falls from 1 to 0 and the false acceptance rate rises from 0 to 1. The equal error
rate is where they are the same: the crossing is found by interpolation between the two neighbouring
points of the ROC. Pairs of the same cosine are accepted together, so a code that is the same for
all clips has 0.5. A code whose cosines are larger for pairs of different classes has more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....settings import require


def equal_error_rate(similarity: Any, same: Any) -> float:
    """Return the equal error rate of pairs.

    Parameters
    ----------
    similarity
        (pairs,) larger for pairs that are taken for the same class.
    same
        (pairs,) whether they are.

    Raises
    ------
    DsoundsError
        If shapes differ, a number is not finite, or all pairs are of one kind.
    """
    values, truth = np.asarray(similarity, np.float64), np.asarray(same, bool)
    require(
        values.ndim == 1 and values.shape == truth.shape,
        f"similarities have the shape {values.shape}, what is the same {truth.shape}: (pairs,) of "
        "both is needed",
    )
    require(bool(np.isfinite(values).all()), "similarities are not finite")
    require(
        bool(truth.any()) and not truth.all(),
        f"{int(truth.sum())} of {len(truth)} pairs are of the same class: both kinds are needed",
    )
    order = np.argsort(-values, kind="stable")
    last = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)  # of equal values
    accepted = np.cumsum(truth[order])[last]
    false_rejection = np.append(1.0, 1 - accepted / truth.sum())
    false_acceptance = np.append(0.0, (last + 1 - accepted) / (~truth).sum())
    gap = false_rejection - false_acceptance  # from 1 to -1, falling
    after = int(np.argmax(gap <= 0))
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    rise = false_acceptance[after] - false_acceptance[after - 1]
    return float(false_acceptance[after - 1] + share * rise)


def cosines(codes: np.ndarray) -> np.ndarray:
    """Return the cosine of each pair of rows, (n, n); 0 where a row is all 0."""
    length = np.linalg.norm(codes, axis=1, keepdims=True)
    unit = np.divide(codes, length, out=np.zeros(codes.shape), where=length > 0)
    product: np.ndarray = unit @ unit.T
    # The last digits of a matrix product differ from row to row, and would order equal pairs.
    return product.round(12)
