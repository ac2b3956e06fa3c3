"""Clips beside what their own codes decode to."""

from ..grid import Grid, Row, grid
from ..mode import Mode, NoSettings
from ..task import Task


def make(task: Task, settings: NoSettings) -> Grid:
    """Decode the posterior means of each clip: a row for each."""
    made = task.decoded(task.codes.z_mean, task.codes.v_mean)
    rows = [
        Row(name, [original, made.at(k)])
        for k, (name, original) in enumerate(zip(task.names, task.originals(), strict=True))
    ]
    return grid(rows, ["clip", "reconstruction"])


MODE = Mode(make, needs=("encode", "decode"), any_frames=False)
