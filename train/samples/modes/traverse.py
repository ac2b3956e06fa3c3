"""One dimension of a code moved from low to high, all others held.

The code is that of each given clip; without clips v is the mean of its prior, and z a draw. Steps
are in deviations of the prior, or of the given clips' codes for a model that cannot draw. A
dimension of z moves by the same amount in all frames.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from ....settings import require, settings
from ..grid import Grid, Row, Sequences, grid
from ..mode import Mode
from ..task import Task


@settings
class TraverseSettings:
    """The settings of traverse."""

    code: Literal["v", "z"] = "v"
    """code that is moved"""
    dims: tuple[int, ...] = ()
    """dimensions, from 0; none: as many as --count, those that change the sound most"""
    steps: Annotated[int, Field(ge=2, le=100)] = 7
    """places from the lowest to the highest"""
    span: Annotated[float, Field(gt=0)] = 3.0
    """distance from the code to the highest place, in deviations"""


@dataclass(frozen=True)
class _Traversal:
    """Codes to start from, (n, time, z_dim) and (n, v_dim), and the distances of the places."""

    task: Task
    code: Literal["v", "z"]
    z: Tensor | None
    v: Tensor | None
    deviations: Tensor  # (dim,)
    places: Tensor  # (steps,), in deviations

    def moved(self, k: int, dim: int) -> Sequences:
        """Decode the k-th codes with one dimension at each of the places."""
        steps = len(self.places)
        shift = torch.zeros(steps, len(self.deviations))
        shift[:, dim] = self.places * self.deviations[dim]
        z = None if self.z is None else self.z[k].expand(steps, -1, -1)
        v = None if self.v is None else self.v[k].expand(steps, -1)
        if self.code == "v":
            assert v is not None
            return self.task.decoded(z, v + shift)
        assert z is not None
        return self.task.decoded(z + shift.unsqueeze(1), v)

    def effect(self, dim: int) -> float:
        """Return how much a dimension changes the output: the mean square from end to end."""
        starts = self.z if self.v is None else self.v
        assert starts is not None
        ends = replace(self, places=self.places[[0, -1]])
        made = (ends.moved(k, dim).x for k in range(len(starts)))
        return sum((low - high).square().mean().item() for low, high in made)


def make(task: Task, settings: TraverseSettings) -> Grid:
    """Move dimensions of a code: a row for each clip and dimension."""
    traversal = _traversal(task, settings)
    size = len(traversal.deviations)
    wrong = [dim for dim in settings.dims if not 0 <= dim < size]
    require(
        not wrong,
        f"{settings.code} has no dimension {', '.join(map(str, wrong))}: 0 to {size - 1} exist",
    )
    dims = settings.dims or _most_active(traversal, task.count)
    rows = [
        Row(f"{settings.code}_{dim} of {name}", [traversal.moved(k, dim)])
        for k, name in enumerate(task.names or ("the prior",))
        for dim in dims
    ]
    return grid(rows, [_caption(place) for place in traversal.places.tolist()])


def _traversal(task: Task, settings: TraverseSettings) -> _Traversal:
    code, model = settings.code, task.model
    there = model.abilities(None if task.x is None else task.codes)
    require(code in there, f"{model.name} has no {code} to traverse; --code names the other one")
    drawn = task.draws(code) if f"sample_{code}" in there else None
    if task.x is None:
        v = task.draws("v").mean(dim=0, keepdim=True) if "v" in there else None
        z = model.sample_z(1, task.frames) if "z" in there else None
    else:
        z, v = task.codes.z_mean, task.codes.v_mean
        z = None if z is None else task.to_length(z)
    known = (v if code == "v" else z) if drawn is None else drawn
    assert known is not None
    known = known.flatten(0, -2)
    require(
        len(known) > 1,
        f"the deviations of {code} cannot be known from one clip: give more clips, or a model with "
        f"sample_{code}",
    )
    places = torch.linspace(-settings.span, settings.span, settings.steps)
    return _Traversal(task, code, z, v, known.std(dim=0), places)


def _caption(place: float) -> str:
    return f"{place:+.3g} deviations" if place else "unmoved"


def _most_active(traversal: _Traversal, count: int) -> list[int]:
    """Return the dimensions that change the output most, the first one most."""
    effects = [traversal.effect(dim) for dim in range(len(traversal.deviations))]
    return sorted(range(len(effects)), key=lambda dim: -effects[dim])[:count]


MODE = Mode(make, needs=("v|z", "decode"), clips="optional", settings=TraverseSettings)
