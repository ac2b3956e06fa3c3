"""Embeddings of clips, as distances of distributions take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....settings import require


def checked_pair(first: Any, second: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of embeddings as (clips, windows, dimensions) float64.

    Parameters
    ----------
    first, second
        (n, dimensions) independent embeddings, or (clips, windows, dimensions): the windows of a
        clip depend on each other.

    Raises
    ------
    DsoundsError
        For another shape, fewer than two windows, values that are not finite, or sets that have not
        the same dimensions.
    """
    a, b = _checked(first, "first"), _checked(second, "second")
    require(
        a.shape[2] == b.shape[2],
        f"embeddings of {a.shape[2]} and of {b.shape[2]} dimensions: as many are needed in both "
        "sets; were they made by different embedders?",
    )
    return a, b


def _checked(values: Any, name: str) -> np.ndarray:
    x = np.asarray(values, np.float64)
    require(
        x.ndim in (2, 3) and x.shape[-1] > 0,
        f"the {name} embeddings have shape {x.shape}: (n, dimensions) or (clips, windows, "
        "dimensions) is needed",
    )
    x = x[:, None] if x.ndim == 2 else x
    windows = x.shape[0] * x.shape[1]
    require(windows >= 2, f"the {name} embeddings have {windows} windows: at least 2 are needed")
    require(
        bool(np.isfinite(x).all()),
        f"the {name} embeddings have values that are not finite; did the model that made the clips "
        "diverge?",
    )
    return x
