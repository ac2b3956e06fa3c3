"""InfoM, InfoC and InfoE: what the three have in common.

InfoM and InfoC are made of the normalised mutual information of each factor and each dimension,
I(factor; dimension) / H(factor), by 10 nearest neighbours. A dimension whose range is less than a
twentieth of the widest one counts as inactive, and is left out. So units matter: a code whose
dimensions have different units must be brought to one before. The formulas are those of the
authors' code (`disentangle/metrics/infomec.py` of kylehkhsu/latent_quantization).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .code_score import CodeScore, Found, measured
from .estimators import Estimator, Information, estimator_of, information
from .samples import Factors, Samples

NEIGHBOURS = Estimator("neighbours", neighbours=10)
INACTIVE = 1 / 20  # of the widest range
REFERENCE = "Hsu et al. 2023, sec. 4"


def measured_active(
    compute: Callable[[Information, np.ndarray], Found],
    codes: Any,
    factors: Factors,
    estimator: str | Estimator,
    **options: Any,
) -> CodeScore:
    """Compute a score of what codes tell of factors, and of which dimensions are active."""
    chosen = estimator_of(estimator)

    def of(samples: Samples, rng: np.random.Generator) -> Found:
        found = compute(information(samples, chosen), active_dimensions(samples.codes))
        return replace(found, bootstrap=chosen.bootstrap)

    return measured(of, codes, factors, **options)


def active_dimensions(codes: np.ndarray) -> np.ndarray:
    """Return whether the range of each dimension exceeds a twentieth of the widest."""
    ranges = np.ptp(codes, axis=0)
    active: np.ndarray = ranges > INACTIVE * ranges.max()
    return active


def concentration(shares: np.ndarray, axis: int) -> np.ndarray:
    """Return how much of what is told along an axis is in one place.

    1 where all is in one place, 0 where it is spread evenly or there is none.

    Parameters
    ----------
    shares
        Numbers of 0 or more, at least two along the axis.
    """
    whole, chance = shares.sum(axis=axis), 1 / shares.shape[axis]
    some = np.where(whole > 0, whole, 1)
    part = np.where(whole > 0, shares.max(axis=axis) / some, chance)
    concentrated: np.ndarray = (part - chance) / (1 - chance)
    return concentrated
