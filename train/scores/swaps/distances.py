"""How far made clips are from true ones: in held notes, in rests, and by spectral convergence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.batches import Batches


@dataclass(frozen=True)
class Distance:
    """Mean squares in log-mel, over bands and frames, and the spectral convergence.

    The convergence of a clip is |M - M'| / |M|, of the magnitudes M = exp(x / 2) of the true and
    M' of the made clip, with the norm over its bands and frames; of clips it is the mean. `held`
    and `rests` are nan where there are no such frames, or where it is not known which they are.
    """

    whole: float
    held: float
    rests: float
    convergence: float


def distances(truth: Batches, rest: np.ndarray | None, *others: Iterable[Tensor]) -> list[Distance]:
    """Return how far each of the others is from the truth; the batches are read once.

    Parameters
    ----------
    rest
        (clips, time) whether a frame lies in a rest; None where it is not known.
    """
    squares: list[list[Tensor]] = [[] for _ in others]
    convergence: list[list[Tensor]] = [[] for _ in others]
    for true, *made in zip(truth, *others, strict=True):
        for k, one in enumerate(made):
            squares[k].append((one - true).double().square().mean(dim=2))  # (clips, time)
            convergence[k].append(_convergence(true.double(), one.double()))
    return [
        _distance(torch.cat(frames).numpy(), torch.cat(clips), rest)
        for frames, clips in zip(squares, convergence, strict=True)
    ]


def _convergence(true: Tensor, made: Tensor) -> Tensor:
    """Return the spectral convergence of each clip: (clips,)."""
    magnitude = (true / 2).exp()
    missed = ((made / 2).exp() - magnitude).flatten(1).norm(dim=1)
    return missed / magnitude.flatten(1).norm(dim=1)


def _distance(frames: np.ndarray, clips: Tensor, rest: np.ndarray | None) -> Distance:
    none = np.zeros(frames.shape, bool)
    held, rests = (none, none) if rest is None else (~rest.astype(bool), rest.astype(bool))
    return Distance(
        float(frames.mean()), _mean(frames[held]), _mean(frames[rests]), float(clips.mean())
    )


def _mean(frames: np.ndarray) -> float:
    return float(frames.mean()) if frames.size else np.nan
