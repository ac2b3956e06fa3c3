"""How codes move where one factor of a clip is truly changed.

Each scored clip, or each of `CLIPS` drawn at random, is rendered again with another class of one
factor, and encoded. Moves are square distances of posterior means; the unit of a move is the mean
square distance of two different clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...models.interface import joined
from ..data.batches import Batches, Memory

if TYPE_CHECKING:
    from ..data.clips import Change
    from ..data.evaluation_data import EvaluationData


CLIPS = 500  # at most, as each is rendered for each factor
ROUNDING = 1e-12  # of the mean square of a code: codes that differ by less are the same


@dataclass(frozen=True)
class Moved:
    """The codes of clips after a change of one factor.

    Attributes
    ----------
    places
        (m,) the places of these clips among the scored ones.
    classes
        (m,) their new classes.
    v
        (m, v_dim) means of v after the change; None where the model has no v.
    squares
        "v" and "z" to how far the means have moved, (m,) square distances.
    """

    places: np.ndarray
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
    means = (data.v if code == "v" else data.z).flatten(1).double().numpy()
    unit = mean_square_distance(means)
    if unit <= ROUNDING * np.square(means).sum(axis=1).mean():
        return np.nan
    return float(moved(data, factor).squares[code].mean() / unit)


def mean_square_distance(codes: np.ndarray) -> float:
    """Return the mean square distance of two different rows of codes, (n, dimensions)."""
    return float(2 * codes.var(axis=0, ddof=1, dtype=np.float64).sum())


def invariances(data: EvaluationData, name: str, code: str, factors: list[str]) -> dict[str, float]:
    """Return how far a code moves with each factor, and the mean over factors under the name."""
    found = {factor: invariance(data, code, factor) for factor in factors}
    mean = float(np.mean(list(found.values()))) if found else np.nan
    return {name: mean} | {f"{name}/{factor}": one for factor, one in found.items()}


def _moved(data: EvaluationData, change: Change) -> Moved:
    own = data.codes
    assert own is not None
    places = np.sort(data.rng("true changes").permutation(len(data))[:CLIPS])
    x = Batches(lambda some: torch.from_numpy(change.x(places[some])), len(places), Memory(0))
    codes = joined([data.encode(batch) for batch in x])
    squares = {
        name: (now - before[places]).double().square().flatten(1).sum(dim=1).numpy()
        for name, now, before in (("v", codes.v_mean, own.v_mean), ("z", codes.z_mean, own.z_mean))
        if now is not None and before is not None
    }
    v = None if codes.v_mean is None else codes.v_mean.numpy()
    return Moved(places, change.classes[places], v, squares)
