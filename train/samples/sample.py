"""Everything that a model can make, in one call."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from ...errors import DsoundsError
from ...settings import check_seed, from_table, require
from ..models.interface import SequenceModel
from ..scores.data.checked_model import without_dropout
from .checked_generator import WORDS, CheckedGenerator
from .grid import Grid
from .mode import MODES, Mode
from .task import Task

_MOST_FRAMES = 5_000_000


def sample(
    model: SequenceModel,
    mode: str,
    x: Any = None,
    *,
    count: int = 4,
    frames: int | None = None,
    seed: int = 0,
    names: Sequence[str] | None = None,
    **settings: Any,
) -> Grid:
    """Draw, swap, predict or traverse sequences with a model.

    Parameters
    ----------
    model
        Anything with `decode(z, v) -> x` and what the mode needs beside it: `encode`, `sample_v`,
        `sample_z`, `continue_z` (`train.models.interface` tells what they return).
    mode
        The name of the mode, or `package.module:MODE`: `dsounds sample` lists them.
    x
        (clips, time, mel) raw log-mel of the clips that the mode starts from. Modes that can do
        without draw from the priors where it is None.
    count
        The number of sequences, or of draws beside each clip.
    frames
        The length of the sequences (default: that of the clips). It may be longer than what the
        model was trained on where the model can do that.
    seed
        Draws all that is drawn.
    names
        Captions of the clips.
    settings
        The mode's own settings, such as `observe=100` of predict.

    Returns
    -------
    Grid
        The sequences in rows and columns, with captions and codes; `write(folder)` makes sound and
        a picture of them.

    Raises
    ------
    DsoundsError
        If the mode or a setting is unknown, if the model lacks what the mode needs, or for clips or
        a length that the mode cannot have.

    Examples
    --------
    >>> made = dsounds.sample(model, "predict", x[:2], observe=100)
    >>> made.write("samples/predict")
    """
    row = MODES.load(mode)
    own: Any = from_table(row.settings, settings, f"mode {mode}")
    require(count >= 1, f"count is {count}: 1 or more is needed")
    check_seed(seed)
    clips = None if x is None else _clips(x)
    _check_clips(mode, row, clips)
    length = _length(mode, row, clips, frames)
    require(
        count * length <= _MOST_FRAMES,
        f"{count:,} sequences of {length:,} frames: up to {_MOST_FRAMES:,} frames in all are "
        "allowed",
    )
    with without_dropout(model):
        generator = CheckedGenerator(model, seed)
        task = Task(generator, clips, _names(clips, names), count, length)
        _check_model(mode, row, task)
        made = row.make(task, own)
    about = {"count": count, "frames": length, "seed": seed, **asdict(own)}
    return replace(made, mode=mode, about={"mode": mode, "model": generator.name, **about})


def _clips(x: Any) -> torch.Tensor:
    array = x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)
    require(
        array.ndim == 3 and array.size > 0,
        f"x has shape {array.shape}: (clips, time, mel) with at least one clip is needed",
    )
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))


def _check_clips(mode: str, row: Mode, clips: torch.Tensor | None) -> None:
    if clips is None:
        require(row.clips != "needed", f"mode {mode} starts from clips: give some")
        return
    require(row.clips != "none", f"mode {mode} draws from the priors: give no clips")
    require(
        len(clips) >= row.least_clips,
        f"mode {mode} needs {row.least_clips} clips or more, got {len(clips)}",
    )


def _length(mode: str, row: Mode, clips: torch.Tensor | None, frames: int | None) -> int:
    if frames is None:
        if clips is None:
            raise DsoundsError("frames, the length of the sequences, must be given without clips")
        return clips.shape[1]
    require(frames >= 1, f"frames is {frames}: 1 or more is needed")
    require(
        row.any_frames or clips is None or frames == clips.shape[1],
        f"mode {mode} makes sequences as long as its clips: leave out frames",
    )
    return frames


def _names(clips: torch.Tensor | None, names: Sequence[str] | None) -> tuple[str, ...]:
    count = 0 if clips is None else len(clips)
    if names is None:
        return tuple(f"clip {number}" for number in range(count))
    require(len(names) == count, f"got {len(names)} names for {count} clips")
    return tuple(names)


def _check_model(mode: str, row: Mode, task: Task) -> None:
    """Refuse a model that lacks what the mode needs, and say which modes it has."""
    codes = None
    if task.x is not None:
        require(hasattr(task.model.model, "encode"), f"{task.model.name} has no method encode")
        codes = task.codes
    there = task.model.abilities(codes)
    lacks = _lacking(row, there)
    if lacks:
        others = [name for name, other in MODES.rows() if not _lacking(other, there)]
        drawn = task.x is None and row.clips == "optional"
        raise DsoundsError(
            f"mode {mode}{' without clips' * drawn} needs {lacks}, "
            f"which {task.model.name} has not; its modes are: "
            f"{', '.join(others) or 'none'}{'; it may have more with clips named' * drawn}"
        )


def _lacking(row: Mode, there: set[str]) -> str:
    """Return the first need that is not met, in words; "" where all are."""
    for need in row.needs:
        either = need.split("|")
        if not there.intersection(either):
            return " or ".join(WORDS.get(one, f"a method {one}") for one in either)
    return ""
