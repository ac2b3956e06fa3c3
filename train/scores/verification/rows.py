"""The rows of the equal error rates of a code (Li and Mandt 2018, sec. 4.2 and Table 2).

A static factor stands in the speaker's role. All pairs of two scored clips are verified, or of
`CLIPS` clips drawn at random. Codes are posterior means, those of z averaged over time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

CLIPS, BOOTSTRAPS = 500, 50
CHANCE = 0.5  # the rate of a code that knows nothing
ROUNDING = 1e-6  # of z: an average that is smaller is that of rounding


def verification_row(
    name: str, label: str, hint: str, codes: Callable[[EvaluationData], np.ndarray], **about: Any
) -> Score:
    """Return the row of the equal error rate of a code, the mean over static factors.

    "NAME/FACTOR" is that of one factor, "NAME_low" and "NAME_high" are the ends of the interval of
    95 % over samples of the clips, drawn with replacement.
    """
    return Score(
        name=name,
        label=label,
        compute=lambda data: numbers(data, name, codes(data)),
        hint=hint,
        unit="equal error rate",
        group="Verification",
        reference="Li and Mandt 2018, Table 2",
        shown={name: label},
        **about,
    )


def over_time(z: np.ndarray) -> np.ndarray:
    """Return z, (n, time, z_dim), averaged over time; 0 where rounding alone is left."""
    mean = z.mean(axis=1)
    largest = np.abs(z).max(axis=1).max(axis=1, keepdims=True)
    return np.where(np.abs(mean).max(axis=1, keepdims=True) > ROUNDING * largest, mean, 0.0)


def numbers(data: EvaluationData, name: str, codes: np.ndarray) -> dict[str, float]:
    """Return the equal error rates of codes, (n, dimensions), of the scored clips."""
    from .equal_error import cosines

    rng = data.rng(name)
    clips = np.sort(rng.permutation(len(data))[:CLIPS])
    similarity = cosines(codes[clips].astype(np.float64))
    labels = {factor: data.labels[factor][clips] for factor in data.factors}
    own = {factor: _rate(similarity, one, np.arange(len(clips))) for factor, one in labels.items()}
    draws = rng.integers(0, len(clips), (BOOTSTRAPS, len(clips)))
    again = [np.mean([_rate(similarity, one, draw) for one in labels.values()]) for draw in draws]
    known = np.isfinite(again).any()
    low, high = np.nanquantile(again, (0.025, 0.975)).tolist() if known else (np.nan, np.nan)
    found = {name: float(np.mean(list(own.values()))), f"{name}_low": low, f"{name}_high": high}
    return found | {f"{name}/{factor}": rate for factor, rate in own.items()}


def _rate(similarity: np.ndarray, labels: np.ndarray, clips: np.ndarray) -> float:
    """Return the rate of pairs of different clips among some, which may be drawn more than once."""
    from .equal_error import equal_error_rate

    first, second = np.triu_indices(len(clips), 1)
    a, b = clips[first], clips[second]
    a, b = a[a != b], b[a != b]
    same = labels[a] == labels[b]
    if same.all() or not same.any():
        return np.nan
    return equal_error_rate(similarity[a, b], same)
