"""The row of a tracker of pitch; the rows are in `trackers`.

Weights of a tracker lie in its wheel, and nothing is fetched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from ....errors import DsoundsError
from ....registry import Registry
from ....settings import require


@dataclass(frozen=True)
class Track:
    """The pitch of a sound as a tracker reads it.

    Attributes
    ----------
    times_s
        (frames,) the times of its readings.
    f0_hz
        (frames,) their fundamentals. 0: no reading. Negative: the reading of a frame in which the
        tracker hears no pitch.
    """

    times_s: np.ndarray
    f0_hz: np.ndarray


@dataclass(frozen=True)
class Tracker:
    """One tracker of pitch.

    Attributes
    ----------
    track
        Reads a sound, (samples,) float32, of some rate in hertz.
    module, package
        What is imported, and the distribution that has it.
    licence
        The licence of that distribution.
    lowest_hz, highest_hz
        The range that it reads.
    reference
        Where it is described.
    """

    track: Callable[[np.ndarray, int], Track]
    module: str
    package: str
    licence: str
    lowest_hz: float
    highest_hz: float
    reference: str

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return find_spec(self.module) is not None


TRACKERS = Registry(f"{__package__}.trackers", "TRACKER", Tracker, "tracker")


def installed_tracker(name: str) -> Tracker:
    """Return the row of a tracker.

    Raises
    ------
    DsoundsError
        If there is no such tracker, or if its package is not installed.
    """
    row = TRACKERS.load(name)
    if not row.installed:
        raise DsoundsError(
            f"the tracker {name} needs the package {row.package}, which is not installed: "
            "pip install 'dsounds[trackers]'"
        )
    return row


def track(name: str, sound: np.ndarray, rate_hz: int) -> Track:
    """Read the pitch of a sound, (samples,), with the tracker of that name.

    Raises
    ------
    DsoundsError
        If the tracker is not there, or if the sound has another shape or values that are not
        finite.
    """
    row = installed_tracker(name)
    sound = np.asarray(sound, np.float32)
    require(
        sound.ndim == 1 and len(sound) > 0,
        f"a sound of shape {sound.shape} was given: (samples,) is needed",
    )
    require(bool(np.isfinite(sound).all()), "the sound has values that are not finite")
    found = row.track(sound, rate_hz)
    return Track(np.asarray(found.times_s, np.float64), np.nan_to_num(found.f0_hz))


def tracker_module(name: str) -> Any:
    """Import the package of a tracker, also where torchaudio is missing or does not fit torch.

    Two of them need torchaudio for reading files alone, and its release of the package index does
    not load beside a torch without CUDA.
    """
    with _stand_in("torchaudio"):
        return import_module(name)


@contextmanager
def _stand_in(name: str) -> Iterator[None]:
    """Let an empty module stand for one that cannot be imported."""
    try:
        import_module(name)
    except (ImportError, OSError):
        sys.modules[name] = ModuleType(name)
        try:
            yield
        finally:
            del sys.modules[name]
        return
    yield
