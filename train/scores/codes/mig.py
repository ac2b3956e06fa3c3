"""The mutual information gap (MIG) of v, of z pooled over time, and of z_t.

Of each factor, the difference between the two dimensions of a code that tell most of it, as a part
of its entropy; 1 where one dimension tells all and no other anything, 0 for a code that spreads a
factor over dimensions as for one that tells nothing. Mutual information is estimated with 20 bins
of equal width, as is usual, so a few hundred clips or more are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

BINS = 20


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the mean MIG of each pair of a code and factors, of each factor, and of chance.

    Chance is the MIG of the same codes with shuffled labels. Factors of one class are left out.
    """
    values: dict[str, float] = {}
    for name, (code, labels) in _views(data).items():
        varying = {key: one.ravel() for key, one in labels.items() if len(np.unique(one)) > 1}
        if not varying:
            continue
        order = data.rng(name).permutation(len(code))
        shuffled = {key: one[order] for key, one in varying.items()}
        gaps, chance = mig(code, varying), mig(code, shuffled)
        values[name] = float(np.mean(list(gaps.values())))
        values[f"{name}_shuffled"] = float(np.mean(list(chance.values())))
        values |= {f"{name}/{key}": gap for key, gap in gaps.items()}
    return values


def mig(code: np.ndarray, labels: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the gap of each factor.

    Parameters
    ----------
    code
        (n, dimensions).
    labels
        (n,) integers of each factor, at least two different ones.
    """
    bins = [_binned(column) for column in code.T]
    gaps = {}
    for name, classes in labels.items():
        values = np.unique(classes, return_inverse=True)[1]
        told = sorted([0.0, *(mutual_information(one, values) for one in bins)])
        gaps[name] = (told[-1] - told[-2]) / mutual_information(values, values)
    return gaps


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """Return I(a; b) of two variables of small integers, 0 or more, in nats; I(a; a) is H(a)."""
    return _entropy(a) + _entropy(b) - _entropy(a * (int(b.max()) + 1) + b)


def _entropy(classes: np.ndarray) -> float:
    share = np.bincount(classes) / len(classes)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def _binned(column: np.ndarray) -> np.ndarray:
    """Return the number of the bin of equal width of each value; the first for a constant."""
    width = np.ptp(column) / BINS
    return ((column - column.min()) / (width or 1)).astype(np.int64).clip(max=BINS - 1)


def _views(data: EvaluationData) -> dict[str, tuple[np.ndarray, Mapping[str, np.ndarray]]]:
    """Return each code that there is, (clips or frames, dimensions), with its labels."""
    views: dict[str, tuple[np.ndarray, Mapping[str, np.ndarray]]] = {}
    if data.codes is not None and data.codes.v_mean is not None:
        views["mig_v"] = data.v.numpy(), data.labels
    if data.codes is not None and data.codes.z_mean is not None:
        z = data.z.numpy()
        views["mig_z"] = z.mean(axis=1), data.scored.dynamic
        frames = {key: one for key, one in data.frames.items() if one.shape == z.shape[:2]}
        views["mig_frames"] = z.reshape(-1, z.shape[-1]), frames
    return views


SCORE = Score(
    name="mig",
    label="mutual information gap",
    compute=compute,
    hint="1: each factor has a dimension of its own; 0: none or several have",
    group="Codes",
    order=300,
    better="higher",
    floor=0.0,
    ceiling=1.0,
    reference="Chen et al. 2018, sec. 4",
    shown={
        "mig_v": "MIG of v, static factors",
        "mig_z": "MIG of mean z, dynamic ones",
        "mig_frames": "MIG of z_t, frames",
    },
)
