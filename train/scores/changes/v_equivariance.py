"""Whether v goes where the class is, where a static factor of a clip is truly changed.

With m_c the mean of v over the training clips of class c, i a scored clip, c its new class, v_i its
code and v'_i its code after the change, and W_c the mean of |v - m_c|^2 over the scored clips that
have class c,

    equivariance = 1 - mean_i(|v'_i - m_c|^2 - W_c) / mean_i(|v_i - m_c|^2 - W_c)

is 1 where v'_i lies as near to m_c as real clips of that class do, and 0 where v does not move.
Beside it stands the macro F1 of reading the new class from v'_i with the linear discriminant of
f1_input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..row import Score
from ..swaps.partners import probe

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

NAME = "v_equivariance"
LEAST = 1e-6  # of the mean square of v: below it there is no way that v could go


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the means over static factors, and the numbers of each; nan where v tells nothing."""
    from .moved import known_changes, moved

    found: dict[str, dict[str, float]] = {NAME: {}, f"{NAME}_f1": {}}
    assert data.train is not None
    for factor in known_changes(data, data.factors):
        after, at = moved(data, factor), moved(data, factor).places
        assert after.v is not None
        found[NAME][factor] = equivariance(
            (data.train_v, data.train.labels[factor]),
            (data.v.numpy()[at], data.labels[factor][at]),
            (after.v, after.classes),
        )
        found[f"{NAME}_f1"][factor] = probe(data, factor).f1(after.v, after.classes)
    means = {key: float(np.mean(list(one.values()))) for key, one in found.items() if one}
    each = {f"{key}/{name}": n for key, one in found.items() for name, n in one.items()}
    return means | each


Coded = tuple[np.ndarray, np.ndarray]


def equivariance(train: Coded, before: Coded, after: Coded) -> float:
    """Return the equivariance of a code to one factor.

    Parameters
    ----------
    train
        Codes of training clips, (m, dimensions), and their classes, (m,).
    before, after
        Codes of clips, (n, dimensions), and their classes, (n,), before and after the change. A
        clip whose new class no training clip has, or no clip before the change, does not count.
    """
    left, way = [], []
    new, scale = after[1], float(np.mean(np.square(before[0], dtype=np.float64)))
    for c in np.intersect1d(np.intersect1d(new, train[1]), before[1]):
        mean = train[0][train[1] == c].mean(axis=0, dtype=np.float64)
        own, then, now = (
            np.square(codes - mean).sum(axis=1)
            for codes in (before[0][before[1] == c], before[0][new == c], after[0][new == c])
        )
        left.append(now - own.mean())
        way.append(then - own.mean())
    if not way or np.concatenate(way).mean() <= LEAST * scale:
        return np.nan
    return float(1 - np.concatenate(left).mean() / np.concatenate(way).mean())


SCORE = Score(
    name=NAME,
    label="v under a static change",
    compute=compute,
    hint="1: v goes to where clips of the new class are; 0: it does not move",
    group="True changes",
    order=720,
    better="higher",
    floor=0.0,
    ceiling=1.0,
    needs=frozenset({"x", "v", "train", "labels", "changes"}),
    shown={NAME: "v under a static change", f"{NAME}_f1": "F1 of the new class from v"},
)
