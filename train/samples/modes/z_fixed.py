"""One z with many v from the prior: the same melody on other instruments, if v holds them.

z is the posterior mean of each given clip, or without clips a draw from its prior (Li and Mandt
2018, sec. 2: conditional and unconditional generation).
"""

from ..grid import Grid, Row
from ..mode import Mode, NoSettings
from ..task import Task


def make(task: Task, settings: NoSettings) -> Grid:
    """Decode each z with `count` draws of v: a row for each z."""
    z, captions = task.z()
    columns = [f"v drawn, {number}" for number in range(1, task.count + 1)]
    rows = []
    for caption, one in zip(captions, z, strict=True):
        v = task.model.sample_v(task.count)
        rows.append(Row(caption, [task.decoded(one.expand(task.count, -1, -1), v)]))
    return task.beside_clips(rows, columns)


MODE = Mode(make, needs=("z", "sample_v", "decode"), clips="optional")
