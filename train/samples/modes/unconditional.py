"""New sequences: v and z from their priors (Li and Mandt 2018, sec. 2)."""

from ..grid import Grid, Row, Sequences, grid
from ..mode import Mode, NoSettings
from ..task import Task


def make(task: Task, settings: NoSettings) -> Grid:
    """Draw `count` sequences: one row.

    A model without `sample_v` or `sample_z` has no such code (`interface.GenerativeModel`); one
    that has neither draws with `sample`.
    """
    there = task.model.abilities(None)
    v = task.model.sample_v(task.count) if "v" in there else None
    z = task.model.sample_z(task.count, task.frames) if "z" in there else None
    if v is None and z is None:
        made = Sequences(task.model.sample(task.count, task.frames))
    else:
        made = task.decoded(z, v)
    columns = [f"draw {number}" for number in range(1, task.count + 1)]
    return grid([Row("from the prior", [made])], columns)


MODE = Mode(make, needs=("sample|sample_v|sample_z",), clips="none")
