"""How far made clips are from true ones: in held notes, in rests, and by spectral convergence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.batches import Batches
from ..frame_means import FrameMeans, frame_means

LOG_UNITS_PER_DB = math.log(10) / 10  # log-mel is the natural logarithm of power


@dataclass(frozen=True)
class Distance:
    """Mean squares in log-mel, over bands and frames, and the spectral convergence.

    `near` are the mean squares with a floor below the peak of the true clip; see `raised`. The
    convergence of a clip is |M - M'| / |M|, of the magnitudes M = exp(x / 2) of the true and M' of
    the made clip, with the norm over its bands and frames; of clips it is the mean.
    """

    squares: FrameMeans
    near: FrameMeans
    convergence: float


def distances(
    truth: Batches, rest: np.ndarray | None, range_db: float, *others: Iterable[Tensor]
) -> list[Distance]:
    """Return how far each of the others is from the truth; the batches are read once.

    Parameters
    ----------
    rest
        (clips, time) whether a frame lies in a rest; None where it is not known.
    range_db
        How far below the peak of the true clip the floor of `near` lies.
    """
    squares: list[list[Tensor]] = [[] for _ in others]
    near: list[list[Tensor]] = [[] for _ in others]
    convergence: list[list[Tensor]] = [[] for _ in others]
    for true, *made in zip(truth, *others, strict=True):
        for k, one in enumerate(made):
            squares[k].append(_squares(true, one))
            near[k].append(_squares(*raised(true, one, range_db)))
            convergence[k].append(_convergence(true.double(), one.double()))
    return [
        Distance(
            frame_means(torch.cat(whole).numpy(), rest),
            frame_means(torch.cat(part).numpy(), rest),
            float(torch.cat(clips).mean()),
        )
        for whole, part, clips in zip(squares, near, convergence, strict=True)
    ]


def raised(true: Tensor, made: Tensor, range_db: float) -> tuple[Tensor, Tensor]:
    """Return true and made clips, (clips, time, mel), with a floor below the true clips' peaks.

    The peak of a clip is its largest value over bands and frames; what lies more than `range_db`
    below that of the true clip becomes that level, in both clips.
    """
    floor = true.amax(dim=(1, 2), keepdim=True) - range_db * LOG_UNITS_PER_DB
    return true.maximum(floor), made.maximum(floor)


def _squares(true: Tensor, made: Tensor) -> Tensor:
    """Return the mean square over bands of each frame: (clips, time)."""
    return (made - true).double().square().mean(dim=2)


def _convergence(true: Tensor, made: Tensor) -> Tensor:
    """Return the spectral convergence of each clip: (clips,)."""
    magnitude = (true / 2).exp()
    missed = ((made / 2).exp() - magnitude).flatten(1).norm(dim=1)
    return missed / magnitude.flatten(1).norm(dim=1)
