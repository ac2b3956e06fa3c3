"""What a judge hears of the factors in the true counterfactuals: what a perfect swap would have.

A counterfactual is another clip than any that the judge has learned from, and its melody may be
rare with its static factors. What the judge gets wrong of it, no swap can be blamed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .kept import NEEDS, Kept, kept_row

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def makes(data: EvaluationData) -> list[Kept]:
    """Return the true counterfactuals: static factors are those of j, dynamic ones those of i."""
    sources = dict.fromkeys(data.factors, data.partner)
    sources |= dict.fromkeys(data.dynamic_factors, np.arange(len(data)))
    name, x = "true counterfactual", data.counterfactual
    return [Kept(factor, name, x, source) for factor, source in sources.items()]


SCORE = kept_row(
    "judge_counterfactual",
    "true counterfactual",
    "the true counterfactual: a judge hears the other clip's class, as after a perfect swap",
    625,
    makes,
    needs=(NEEDS - {"decode"}) | {"counterfactuals"},
    costly=True,
)
