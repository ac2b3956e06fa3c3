"""What a judge hears of the factors after the global swap: the static ones of the other clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .kept import NEEDS, Kept, kept_row

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def makes(data: EvaluationData) -> list[Kept]:
    """Return decode(z_i, v_j) with partners j that have another class of a static factor.

    That factor should be the one of j; the dynamic ones, heard in the swap of the first static
    factor, should be those of i.
    """
    own, first = np.arange(len(data)), data.factors[0]
    swaps = [(name, name, data.partners[name]) for name in data.factors]
    swaps += [(name, first, own) for name in data.dynamic_factors]
    return [
        Kept(factor, f"{swap}: global swap", data.global_swap(swap), source)
        for factor, swap, source in swaps
    ]


SCORE = kept_row(
    "judge_swap",
    "swap",
    "decoded with another clip's v: a judge hears that clip's class",
    620,
    makes,
    needs=NEEDS | {"v"},
    costly=True,
)
