"""The reconstruction error, in raw log-mel and in units of each band's deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..frame_means import MEAN_SQUARE, squares_apart
from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

NAME, LABEL = "reconstruction_mse", "reconstruction error"
LEAST_DEVIATION = 1e-3  # log units: a band that varies less is constant
CHUNK_CLIPS = 512


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the mean square of decode(z, v) - x, raw and by each band's training deviation.

    Beside the raw one over all frames stand those in held notes (..._held) and in rests
    (..._rests).
    """
    from ..data.batches import mean_squares

    error = mean_squares(data.x, data.reconstruction)[0].numpy()
    values = {NAME: float(error.mean())}
    values |= squares_apart(data, NAME, data.x, data.reconstruction)
    if data.train is not None and data.train.x is not None:
        scale = np.maximum(band_deviation(data.train.x), LEAST_DEVIATION)
        values["reconstruction_mse_standardised"] = float((error / scale**2).mean())
    return values


def band_deviation(x: Any) -> np.ndarray:
    """Return the standard deviation of each band over clips and frames, some clips at a time.

    `x` is (clips, time, mel), in memory or not. Returned is (mel,) float64.
    """
    mean = band_mean(x)
    square = sum(np.square(x[part] - mean).sum(axis=0) for part in _chunks(x)).mean(axis=0) / len(x)
    return np.sqrt(square)


def band_mean(x: Any) -> np.ndarray:
    """Return the mean of each band over clips and frames, some clips at a time: (mel,) float64."""
    total = sum(x[part].sum(axis=0, dtype=np.float64) for part in _chunks(x))
    mean: np.ndarray = total.mean(axis=0) / len(x)
    return mean


def _chunks(x: Any) -> list[slice]:
    starts = range(0, len(x), CHUNK_CLIPS)
    return [slice(start, min(start + CHUNK_CLIPS, len(x))) for start in starts]


SCORE = Score(
    name=NAME,
    label=LABEL,
    compute=compute,
    hint="between the decoded clip and the clip",
    unit=MEAN_SQUARE,
    order=120,
    better="lower",
    ceiling=0.0,
    needs=frozenset({"x", "decode"}),
    shown={NAME: LABEL},
    distances={NAME: LABEL},
    head="reconstruction",
)
