"""SwiftF0 (Nieradzik 2025), in the smaller network of version 0.2 and later."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..tracker import Track, Tracker, tracker_module

_VOICED = 0.5  # the least confidence of a voiced frame, as the package says


def track(sound: np.ndarray, rate_hz: int) -> Track:
    """Read a sound, (samples,); frames that are not voiced have a negative reading."""
    found = _detector().detect(sound, rate_hz)
    voiced = found.confidence >= _VOICED
    return Track(found.timestamps, np.where(voiced, found.pitch_hz, -found.pitch_hz))


@cache
def _detector() -> Any:
    return tracker_module("swift_f0").SwiftF0(threads=1)


TRACKER = Tracker(
    track=track,
    module="swift_f0",
    package="swift-f0",
    licence="MIT",
    lowest_hz=46.875,
    highest_hz=2093.75,
    reference="Nieradzik 2025",
)
