"""Moves of clips beside their notes, as curves of amplitude; `schedule` defines them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..music.schedule import Schedule, amplitude, weights

_KEPT = 64  # at most 32 MB for clips of 64,000 samples; a curve takes 2 to 6 ms to compute


class Move(NamedTuple):
    """Whether a clip's sound moves to a second voice, and by how much its level rises."""

    fades: bool
    rise_db: float

    @property
    def still(self) -> bool:
        """Whether nothing moves."""
        return not self.fades and self.rise_db == 0


def move_of(schedule: Schedule, clip: int) -> Move:
    """Return what moves in one clip; nothing fades from a voice to itself."""
    voices = schedule.voices[clip]
    return Move(bool(voices[0] != voices[-1]), float(schedule.rise_db[clip]))


def clips_by_move(schedule: Schedule) -> dict[Move, np.ndarray]:
    """Return the numbers of the clips that move in the same way, (n,) int64, for each way."""
    fades = schedule.voices[:, 0] != schedule.voices[:, -1]
    found: dict[tuple[bool, float], list[int]] = {}
    for clip, own in enumerate(zip(fades.tolist(), schedule.rise_db.tolist(), strict=True)):
        found.setdefault(own, []).append(clip)
    return {Move(*own): np.array(clips, np.int64) for own, clips in found.items()}


@lru_cache(maxsize=_KEPT)
def curve(move: Move, samples: int) -> np.ndarray:
    """Return the amplitude over time of each voice that is heard.

    The result is (1 or 2, samples) float32, read-only.
    """
    u = np.arange(samples) / samples
    voices = np.arange(1 + move.fades)[None]
    out = (weights(voices, u)[0] * amplitude(move.rise_db * u)).astype(np.float32)
    out.flags.writeable = False
    return out


def weighted_sum(layers: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Return the sum of voices, each multiplied by its curve: (samples,) float32.

    Layers and curves are both (L, samples) float32.
    """
    return (layers * curves).sum(axis=0, dtype=np.float32)
