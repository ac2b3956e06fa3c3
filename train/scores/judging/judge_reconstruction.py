"""What a judge hears of all factors in clips that are decoded unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .kept import Kept, kept_row

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def makes(data: EvaluationData) -> list[Kept]:
    """Return decode(z_i, v_i), which should have all factors of i."""
    own, x = np.arange(len(data)), data.reconstruction
    factors = (*data.factors, *data.dynamic_factors)
    return [Kept(factor, "reconstruction", x, own) for factor in factors]


SCORE = kept_row(
    "judge_reconstruction",
    "decoded",
    "decoded unchanged: a judge hears the clip's own factors",
    610,
    makes,
    costly=True,
)
