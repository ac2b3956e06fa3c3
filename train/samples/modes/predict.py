"""The last frames of clips from the first ones (Li and Mandt 2018, sec. 4.3, Fig 7).

The model sees the first frames alone: v and z of them are inferred from nothing else, and z is
continued with its prior, p(z_t | z_<t). A model that predicts in another way has a method
`predict(x, frames, generator)`, which returns the frames that follow x, (batch, frames, mel); its
predictions begin with x itself.
"""

from dataclasses import replace
from typing import Annotated

import torch
from pydantic import Field

from ....errors import DsoundsError
from ....settings import require, settings
from ..grid import Grid, Row, Sequences, grid
from ..mode import Mode
from ..task import Task


@settings
class PredictSettings:
    """The settings of predict."""

    observe: Annotated[int, Field(ge=0)] = 0
    """frames that the model sees; 0: two thirds of the clip"""


def make(task: Task, settings: PredictSettings) -> Grid:
    """Predict each clip `count` times: a row for each, after the clip and its reconstruction."""
    length = task.clips.shape[1]
    observed = settings.observe or max(1, 2 * length // 3)
    require(
        observed <= length and observed < task.frames,
        f"observe is {observed}: the clips have {length} frames, and of {task.frames} frames at "
        "least one must be left to predict",
    )
    whole = replace(task, frames=length)
    reconstructed = whole.decoded(whole.codes.z_mean, whole.codes.v_mean)
    draws = predictions(replace(task, x=task.clips[:, :observed]))
    rows = [
        Row(name, [clip, reconstructed.at(k), *(draw.at(k) for draw in draws)])
        for k, (name, clip) in enumerate(zip(task.names, task.originals(), strict=True))
    ]
    columns = [f"prediction {number}" for number in range(1, task.count + 1)]
    return grid(rows, ["clip", "reconstruction", *columns], observed)


def predictions(seen: Task) -> list[Sequences]:
    """Return `count` predictions of all clips; the task knows their first frames alone."""
    model, x, codes = seen.model, seen.clips, seen.codes
    missing = seen.frames - x.shape[1]
    if "predict" in model.abilities(codes):
        return [
            Sequences(torch.cat([x, model.predict(x, missing)], dim=1)) for _ in range(seen.count)
        ]
    z = codes.z_mean
    times = 0 if z is None else z.shape[1]
    if z is None or times != x.shape[1]:
        raise DsoundsError(
            f"{model.name} has z of {times} frames for the {x.shape[1]} that it saw: continue_z "
            "needs z of each frame; to predict it needs a method predict(x, frames, generator)"
        )
    continued = [torch.cat([z, model.continue_z(z, missing)], dim=1) for _ in range(seen.count)]
    return [seen.decoded(one, codes.v_mean) for one in continued]


MODE = Mode(make, needs=("encode", "predict|continue_z", "decode"), settings=PredictSettings)
