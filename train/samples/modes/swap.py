"""The v of each clip with the z of every clip.

The diagonal is the reconstruction. Where q(z | x, v) depends on v, the z of a clip is inferred with
its own v (Li and Mandt 2018, sec. 2: feature swapping).
"""

from ..grid import Grid, Row
from ..mode import Mode, NoSettings
from ..task import Task


def make(task: Task, settings: NoSettings) -> Grid:
    """Decode every pair of codes: a row for each v, a column for each z."""
    v, v_captions = task.v()
    z, z_captions = task.z()
    rows = [
        Row(caption, [task.decoded(z, one.expand(len(z), -1))])
        for caption, one in zip(v_captions, v, strict=True)
    ]
    return task.beside_clips(rows, z_captions)


MODE = Mode(make, needs=("v", "z", "decode"), least_clips=2)
