"""Whether v goes where the class is, where a static factor of a clip is truly changed.

With v_i the code of a scored clip and v'_i its code after the change, d_i = m_new - m_old the way
between the means of v over the training clips of its new and of its old class,

    equivariance = 2 sum_i (v'_i - v_i) . d_i / (sum_i |v'_i - v_i|^2 + sum_i |d_i|^2)

is 1 where every clip moves exactly that way, 0 where v does not move, or at random, and -1 where it
moves in the opposite direction; half the way is 0.8. Beside it stands the macro F1 of reading the
new class from v'_i with the linear discriminant of f1_input. As the changed clip is a true clip of
the new class, that F1 is near f1_input; less says that v knows the class by something else that
goes with it in the corpus. Where factors are correlated, the means of classes differ by more than
the factor, and a right v has less than 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..judging.kept import right_places
from ..row import Score
from ..swaps.partners import probe

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

NAME = "v_equivariance"
ROUNDING = 1e-12  # of the mean square of v: moves and ways that are smaller are none


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
    """Return the equivariance of a code to one factor; nan where it never differs.

    Parameters
    ----------
    train
        Codes of training clips, (m, dimensions), and their classes, (m,).
    before, after
        Codes of clips, (n, dimensions), and their classes, (n,), before and after the change. A
        clip with a class that no training clip has does not count.
    """
    known, place = np.unique(train[1], return_inverse=True)
    means = np.stack(
        [train[0][place == k].mean(axis=0, dtype=np.float64) for k in range(len(known))]
    )
    old, new = (right_places(known, classes) for classes in (before[1], after[1]))
    counts = (old >= 0) & (new >= 0)
    move = after[0][counts].astype(np.float64) - before[0][counts]
    way = means[new[counts]] - means[old[counts]]
    squares = np.square(move).sum() + np.square(way).sum()
    if squares <= ROUNDING * np.square(before[0], dtype=np.float64).sum():
        return np.nan
    return float(2 * (move * way).sum() / squares)


SCORE = Score(
    name=NAME,
    label="v under a static change",
    compute=compute,
    hint="1: v goes the way between the classes; 0: it does not move, or anyhow",
    group="True changes",
    order=720,
    better="higher",
    floor=0.0,
    ceiling=1.0,
    needs=frozenset({"x", "v", "train", "labels", "changes"}),
    shown={NAME: "v under a static change", f"{NAME}_f1": "F1 of the new class from v"},
    costly=True,
)
