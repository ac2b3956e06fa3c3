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
        after, labels = moved(data, factor), (data.train.labels[factor], data.labels[factor])
        assert after.v is not None
        found[NAME][factor] = equivariance(
            data.train_v, labels[0], data.v.numpy(), labels[1], after.v, after.classes
        )
        found[f"{NAME}_f1"][factor] = probe(data, factor).f1(after.v, after.classes)
    means = {key: float(np.mean(list(one.values()))) for key, one in found.items() if one}
    each = {f"{key}/{name}": n for key, one in found.items() for name, n in one.items()}
    return means | each


def equivariance(
    train: np.ndarray,
    train_classes: np.ndarray,
    before: np.ndarray,
    classes: np.ndarray,
    after: np.ndarray,
    new_classes: np.ndarray,
) -> float:
    """Return the equivariance of a code to one factor.

    Parameters
    ----------
    train, train_classes
        Codes of training clips, (m, dimensions), and their classes, (m,).
    before, classes
        Codes of clips, (n, dimensions), and their classes, (n,).
    after, new_classes
        Their codes after the change, and what they were changed to. Clips whose new class no
        training clip has, or no clip, do not count.
    """
    gained, needed, scale = [], [], float(np.mean(np.square(before, dtype=np.float64)))
    for c in np.intersect1d(np.intersect1d(new_classes, train_classes), classes):
        mean = train[train_classes == c].mean(axis=0, dtype=np.float64)
        own, then, now = (
            np.square(codes - mean).sum(axis=1)
            for codes in (before[classes == c], before[new_classes == c], after[new_classes == c])
        )
        gained.append(now - own.mean())
        needed.append(then - own.mean())
    if not needed:
        return np.nan
    left, way = np.concatenate(gained).mean(), np.concatenate(needed).mean()
    return float(1 - left / way) if way > LEAST * scale else np.nan


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
