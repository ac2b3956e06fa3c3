"""PESTO (Riou et al. 2023); the package pesto-pitch is under the LGPL."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..tracker import Track, Tracker, tracker_module

_STEP_MS = 10.0
_MODEL = "mir-1k_g7"


def track(sound: np.ndarray, rate_hz: int) -> Track:
    """Read a sound, (samples,)."""
    import torch

    from ....fitting.threads import one_thread

    with one_thread(), torch.inference_mode():
        f0_hz = _model(rate_hz)(
            torch.from_numpy(sound)[None],
            sr=rate_hz,
            convert_to_freq=True,
            return_activations=False,
        )[0]
    read = f0_hz[0].numpy()
    return Track(np.arange(len(read)) * _STEP_MS / 1000, read)


@cache
def _model(rate_hz: int) -> Any:
    return tracker_module("pesto").load_model(_MODEL, step_size=_STEP_MS, sampling_rate=rate_hz)


TRACKER = Tracker(
    track=track,
    module="pesto",
    package="pesto-pitch",
    licence="LGPL-3.0",
    lowest_hz=50.0,
    highest_hz=2100.0,
    reference="Riou et al. 2023",
)
