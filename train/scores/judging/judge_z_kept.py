"""What a judge hears of the dynamic factors where z is kept and v is drawn from its prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .kept import NEEDS, Kept, kept_row

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def makes(data: EvaluationData) -> list[Kept]:
    """Return decode(z_i, v from the prior), which should have the dynamic factors of i."""
    name = "judge_z_kept"
    x = data.decoded_from(name, data.decodable_z, data.drawn_v(len(data), name))
    return [Kept(factor, name, x, np.arange(len(data))) for factor in data.dynamic_factors]


SCORE = kept_row(
    "judge_z_kept",
    "v drawn",
    "z kept, v from its prior: a judge hears the clip's own dynamic factors",
    640,
    makes,
    needs=(NEEDS - {"labels"}) | {"z", "prior_v", "dynamic"},
    costly=True,
)
