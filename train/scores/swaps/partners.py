"""Swap scores: whether v, and only v, carries a static factor (Luo et al. 2022, sec. 6.1, Fig 3).

A linear discriminant (LDA) is fitted to the training clips' posterior means of v. It is then asked
for the factor's class of each scored clip i, paired with a clip j of another class:

| score | v comes from | right answer |
|---|---|---|
| f1_input | encoding x_i | class of i |
| f1_reconstruction | decoding (z_i, v_i), encoding again | class of i |
| f1_global | decoding (z_i, v_j), encoding again | class of j |
| f1_local | decoding (z_j, v_i), encoding again | class of i |

Each is a macro-averaged F1, 0 to 1. The literature calls both of the first two "pre-swap". Beside
them stand two guesses that know nothing: f1_constant, always the most frequent class, and
f1_random, 1 / classes, any class as often as another; `chance` is the better of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData
    from .probe import Probe


def pair_with_another(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for each clip i the number of a random clip j that has another label.

    The time is that of sorting the clips, O(n log n).

    Parameters
    ----------
    labels
        (clips,), or (clips, factors), where one differing factor suffices; not all the same.
    """
    rows = labels.reshape(len(labels), -1)
    _, group, size = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    draw = rng.integers(0, len(rows) - size[group])  # which of the clips outside the own group
    partner = np.empty(len(rows), np.int64)
    for members in np.split(np.argsort(group, kind="stable"), np.cumsum(size)[:-1]):
        outside = members - np.arange(len(members))  # how many of the others lie before a member
        skipped = np.searchsorted(outside, draw[members], side="right")
        partner[members] = draw[members] + skipped
    return partner


def probe(data: EvaluationData, factor: str) -> Probe:
    """Return the linear discriminant of a factor, fitted on the training part."""
    from .probe import Probe

    assert data.train is not None
    labels = data.train.labels[factor]
    return data.once(("probe", factor), lambda: Probe(data.train_v, labels))


def guesses(data: EvaluationData, factor: str) -> dict[str, float]:
    """Return the macro F1 of guesses, the classes that there are, and the rank of v."""
    from .probe import macro_f1

    labels = data.labels[factor]
    classes = len(np.unique(labels))
    return {
        "f1_constant": macro_f1(labels, np.full(len(labels), np.bincount(labels).argmax())),
        "f1_random": 1 / classes,
        "lda_rank": float(probe(data, factor).rank),
        "classes": float(classes),
    }


def chance(row: Mapping[str, float]) -> float:
    """Return the macro F1 of knowing nothing, from a factor's scores: that of the better guess."""
    return max(row["f1_constant"], row["f1_random"])


def chances(data: EvaluationData) -> dict[str, float]:
    """Return the macro F1 of knowing nothing for each factor: the floor of the swap scores."""
    return data.once(
        "chances", lambda: {factor: chance(guesses(data, factor)) for factor in data.factors}
    )
