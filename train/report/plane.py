"""The posterior means of v in two dimensions: v itself if it has no more, else its PCA."""

from dataclasses import dataclass

import numpy as np
import torch

from ..models.interface import SequenceModel, encode_all

LEAST_REACH = 1.5  # so that N(0, 1)'s unit circle is seen, and a collapsed v beside it as a dot


@dataclass(frozen=True)
class Plane:
    """The points of v in a plane.

    `train` and `validation` are (clips, 2); the axes go from -reach to reach; `variance` is that of
    the validation means, summed over the dimensions of v.
    """

    train: np.ndarray
    validation: np.ndarray
    labels: tuple[str, str]
    reach: float
    variance: float
    dimensions: int


def plane(model: SequenceModel, train: np.ndarray, validation: np.ndarray) -> Plane | None:
    """Encode clips x, (clips, time, mel), and project their v to a plane; None without v.

    The principal axes are those of the validation clips; the origin of v stays the origin, so that
    an offset from the prior's mean shows.
    """
    codes = [encode_all(model, torch.from_numpy(x)).v_mean for x in (train, validation)]
    if codes[0] is None or codes[1] is None:
        return None
    v_train, v = (code.numpy().astype(np.float64) for code in codes if code is not None)
    axes, labels = _axes(v)
    points, points_train = v @ axes, v_train @ axes
    reach = 1.08 * max(np.abs(points).max(), np.abs(points_train).max(), LEAST_REACH / 1.08)
    spread = float(v.var(axis=0).sum())
    return Plane(points_train, points, labels, float(reach), spread, v.shape[1])


def _axes(v: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    """Return two axes, (v_dim, 2), and their labels."""
    dims = v.shape[1]
    if dims <= 2:
        second = "dimension 2 of v" if dims == 2 else "(v has one dimension)"
        return np.eye(dims, 2), ("dimension 1 of v", second)
    _, singular, rows = np.linalg.svd(v - v.mean(axis=0), full_matrices=False)
    share = np.square(singular) / max(np.square(singular).sum(), np.finfo(np.float64).tiny)
    first, second = (f"principal axis {k + 1}, {share[k]:.0%} of variance" for k in (0, 1))
    return rows[:2].T, (first, second)
