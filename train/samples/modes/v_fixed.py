"""One v with many z from the prior: other melodies on the same instrument, if v holds it.

v is the posterior mean of each given clip, or without clips a draw from its prior (Li and Mandt
2018, sec. 2: conditional and unconditional generation).
"""

from ..grid import Grid, Row
from ..mode import Mode, NoSettings
from ..task import Task


def make(task: Task, settings: NoSettings) -> Grid:
    """Decode each v with `count` draws of z: a row for each v."""
    v, captions = task.v()
    columns = [f"z drawn, {number}" for number in range(1, task.count + 1)]
    rows = []
    for caption, one in zip(captions, v, strict=True):
        z = task.model.sample_z(task.count, task.frames)
        rows.append(Row(caption, [task.decoded(z, one.expand(task.count, -1))]))
    return task.beside_clips(rows, columns)


MODE = Mode(make, needs=("v", "sample_z", "decode"), clips="optional")
