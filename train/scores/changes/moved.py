"""How codes move where one factor of a clip is truly changed.

Each scored clip is rendered again with another class of one factor, and encoded. Moves are square
distances of posterior means; the unit of a move is the mean square distance of two different clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..data.batches import Batches, Memory

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.clips import Change
    from ..data.evaluation_data import EvaluationData


@dataclass(frozen=True)
class Moved:
    """The codes of the scored clips after a change of one factor.

    Attributes
    ----------
    classes
        (n,) the new classes.
    v
        (n, v_dim) means of v after the change; None where the model has no v.
    squares
        "v" and "z" to how far the means have moved, (n,) square distances.
    """

    classes: np.ndarray
    v: np.ndarray | None
    squares: dict[str, np.ndarray]


def moved(data: EvaluationData, factor: str) -> Moved:
    """Return how codes move with a factor, computed once."""
    assert data.changes is not None, "the row of the score does not name all that it needs"
    change = data.changes[factor]
    return data.once(("moved", factor), lambda: _moved(data, change))


def known_changes(data: EvaluationData, factors: Sequence[str]) -> list[str]:
    """Return those of some factors of which the true changes are known."""
    return [name for name in factors if name in (data.changes or {})]


def invariance(data: EvaluationData, code: str, factor: str) -> float:
    """Return how far a code, "v" or "z", moves with a factor: 0 for not at all.

    1 is the distance of another clip; nan where the code is the same for all clips.
    """
    means = data.v if code == "v" else data.z
    unit = mean_square_distance(means.flatten(1).numpy())
    return float(moved(data, factor).squares[code].mean() / unit) if unit > 0 else np.nan


def mean_square_distance(codes: np.ndarray) -> float:
    """Return the mean square distance of two different rows of codes, (n, dimensions)."""
    spread = codes.var(axis=0, ddof=1, dtype=np.float64)
    return float(2 * spread.sum())


def invariances(data: EvaluationData, name: str, code: str, factors: list[str]) -> dict[str, float]:
    """Return how far a code moves with each factor, and the mean over factors under the name."""
    found = {factor: invariance(data, code, factor) for factor in factors}
    mean = float(np.mean(list(found.values()))) if found else np.nan
    return {name: mean} | {f"{name}/{factor}": one for factor, one in found.items()}


def _moved(data: EvaluationData, change: Change) -> Moved:
    own = data.codes
    assert own is not None
    x = Batches(lambda rows: torch.from_numpy(change.x(rows)), len(data), Memory(0))
    v: list[Tensor] = []
    squares: dict[str, list[np.ndarray]] = {"v": [], "z": []}
    start = 0
    for batch in x:
        codes, rows = data.encode(batch), slice(start, start + len(batch))
        start += len(batch)
        if codes.v_mean is not None and own.v_mean is not None:
            v.append(codes.v_mean)
            squares["v"].append(_squares(codes.v_mean, own.v_mean[rows]))
        if codes.z_mean is not None and own.z_mean is not None:
            squares["z"].append(_squares(codes.z_mean, own.z_mean[rows]))
    found = {name: np.concatenate(some) for name, some in squares.items() if some}
    return Moved(change.classes, torch.cat(v).numpy() if v else None, found)


def _squares(now: Tensor, before: Tensor) -> np.ndarray:
    squares: np.ndarray = (now - before).double().square().flatten(1).sum(dim=1).numpy()
    return squares
