"""Means over frames as readers see them: over all frames, in held notes and in rests apart.

A mean over all frames hides one of its parts: half of the frames of a corpus of phrases are rests,
and where rests are few, release tails can still have most of an error. In scores.json the mean has
the name of the number, and the parts have "_held" and "_rests" at its end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from .data.evaluation_data import EvaluationData

MEAN_SQUARE = "mean square, log-mel"  # the unit of distances
HELD, RESTS = "_held", "_rests"  # the ends of the keys of the parts
SWAP = "counterfactual_mse"
SWAP_KEYS = {"swap": SWAP, "resynthesis": f"{SWAP}_resynthesis", "no swap": f"{SWAP}_unswapped"}


@dataclass(frozen=True)
class FrameMeans:
    """A mean over all frames, over those in which the clip holds a note, and over its rests.

    A part is nan where there are no such frames, or where it is not known which they are.
    """

    whole: float
    held: float = math.nan
    rests: float = math.nan

    def named(self, key: str) -> dict[str, float]:
        """Return the means by their keys in scores.json; a part that has no frames is left out."""
        parts = {f"{key}{HELD}": self.held, f"{key}{RESTS}": self.rests}
        return {key: self.whole} | {name: one for name, one in parts.items() if one == one}

    def parts(self, decimals: int) -> str:
        """Return "held 2.8, rests 23.1"; "" where no part is known."""
        told = {"held": self.held, "rests": self.rests}
        return ", ".join(f"{name} {n:.{decimals}f}" for name, n in told.items() if n == n)

    def cells(self, decimals: int) -> list[str]:
        """Return the three means for a row of a table; "-" for a part that is not known."""
        each = (self.whole, self.held, self.rests)
        return [f"{one:.{decimals}f}" if one == one else "-" for one in each]

    def words(self, decimals: int = 1) -> str:
        """Return "7.9 (held 2.8, rests 23.1)"."""
        parts = self.parts(decimals)
        return f"{self.whole:.{decimals}f}" + (f" ({parts})" if parts else "")


def frame_means(frames: np.ndarray, rest: np.ndarray | None) -> FrameMeans:
    """Return the means of a number of each frame, (clips, time).

    Parameters
    ----------
    rest
        (clips, time) whether a frame lies in a rest; None where it is not known.
    """
    if rest is None:
        return FrameMeans(float(frames.mean()))
    silent = rest.astype(bool)
    return FrameMeans(float(frames.mean()), _mean(frames[~silent]), _mean(frames[silent]))


def squares_apart(
    data: EvaluationData, key: str, truth: Iterable[Tensor], made: Iterable[Tensor]
) -> dict[str, float]:
    """Return the mean square difference in held notes and in rests, by the keys of the parts."""
    import torch

    rest = data.frames.get("rest")
    if rest is None:
        return {}
    squares = [
        (one - true).double().square().mean(dim=2) for true, one in zip(truth, made, strict=True)
    ]
    found = frame_means(torch.cat(squares).numpy(), rest).named(key)
    return {name: one for name, one in found.items() if name != key}


def means_of(scores: Mapping[str, float | None], key: str) -> FrameMeans | None:
    """Return the means of a number from flat scores; None where it has no value."""
    whole, held, rests = (_number(scores.get(f"{key}{end}")) for end in ("", HELD, RESTS))
    return None if whole != whole else FrameMeans(whole, held, rests)


def swap_means(scores: Mapping[str, float | None]) -> dict[str, FrameMeans]:
    """Return the distances from the true counterfactual, by name, from flat scores.

    They are those of the swap, of the resynthesis of the true counterfactual and of no swap at all.
    """
    found = {name: means_of(scores, key) for name, key in SWAP_KEYS.items()}
    return {name: one for name, one in found.items() if one}


def swap_words(scores: Mapping[str, float | None], decimals: int = 1) -> str:
    """Return the distances from the true counterfactual in one line; "" where there are none.

    It reads "swap 7.9 (held 2.8, rests 23.1); resynthesis 1.0 (...); no swap 15.4 (...)".
    """
    return "; ".join(f"{name} {one.words(decimals)}" for name, one in swap_means(scores).items())


def _mean(frames: np.ndarray) -> float:
    return float(frames.mean()) if frames.size else math.nan


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
