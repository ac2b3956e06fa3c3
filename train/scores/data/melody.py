"""What clips play: the fundamental of each frame, and when notes begin and end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....datasets import Corpus, FrameGrid
from ....datasets.reading.frames import frame_truth


@dataclass(frozen=True)
class Melody:
    """What m clips play.

    Attributes
    ----------
    f0_hz
        (m, frames) the fundamental that sounds in each frame, in the octave and with the cents of
        its instrument; that of the key where the SoundFont was not measured; 0 in a rest, nan
        without a pitch.
    frame_s
        The distance of frames in seconds; the centre of the first lies at 0.
    onsets_s, offsets_s
        For each clip the times at which notes begin and end, ascending.
    """

    f0_hz: np.ndarray
    frame_s: float
    onsets_s: tuple[np.ndarray, ...]
    offsets_s: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.f0_hz)

    def f0_at(self, clip: int, times_s: np.ndarray) -> np.ndarray:
        """Return the fundamental of a clip in the frames that are nearest to some times."""
        nearest = np.rint(times_s / self.frame_s).astype(np.int64)
        f0: np.ndarray = self.f0_hz[clip, nearest.clip(0, self.f0_hz.shape[1] - 1)]
        return f0

    def changes_s(self, clip: int) -> np.ndarray:
        """Return the times at which a note of a clip begins or ends."""
        return np.concatenate([self.onsets_s[clip], self.offsets_s[clip]])


def melody_of(corpus: Corpus, classes: np.ndarray, grid: FrameGrid) -> Melody:
    """Return what the clips of a corpus with these classes, (m, F), play."""
    schedule = corpus.schedule(corpus.space.values(classes))
    rate_hz = corpus.sample_rate_hz
    times: dict[str, list[np.ndarray]] = {"onset_sample": [], "offset_sample": []}
    for notes in schedule.notes:
        played = notes[notes["velocity"] > 0]
        for name, found in times.items():
            found.append(np.sort(played[name]) / rate_hz)
    voices, known = corpus.sound.recipe.voices, corpus.pitches
    frames = frame_truth(schedule, corpus.clip_samples, grid, voices, known)
    f0_hz = frames.f0_hz if known is None else frames.f0_sounding_hz
    return Melody(f0_hz, grid.hop_samples / rate_hz, *map(tuple, times.values()))
