"""What a judge hears of the static factors where v is kept and z is drawn from its prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .kept import NEEDS, Kept, kept_row

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def makes(data: EvaluationData) -> list[Kept]:
    """Return decode(z from the prior, v_i), which should have the static factors of i."""
    name = "judge_v_kept"
    x = data.decoded_from(name, data.drawn_z(len(data), name), data.decodable_v)
    return [Kept(factor, name, x, np.arange(len(data))) for factor in data.factors]


SCORE = kept_row(
    "judge_v_kept",
    "z drawn",
    "v kept, z from its prior: a judge hears the clip's own static factors",
    630,
    makes,
    needs=NEEDS | {"v", "prior_z"},
    costly=True,
)
