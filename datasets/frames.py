"""What is true in each frame of a clip, from its schedule of notes.

A frame belongs to the note that is held (from onset to offset) at the frame's centre, which lies
at frame number x hop; release tails do not count. The onset frame of a note is the first frame
whose centre lies at or after the onset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..synth.features import LogMelSettings


@dataclass(frozen=True)
class Frames:
    """Frame-level truth; every array is (clips, frames).

    f0_hz: 0 in a rest; pitch: MIDI, 0 in a rest; onset, rest: bool; note: number of the note in
    the clip from 0, -1 in a rest.
    """

    f0_hz: np.ndarray
    pitch: np.ndarray
    onset: np.ndarray
    rest: np.ndarray
    note: np.ndarray


def midi_to_hz(pitch: np.ndarray) -> np.ndarray:
    """Frequency of MIDI pitches, A4 = 69 = 440 Hz, equal temperament."""
    return 440.0 * 2.0 ** ((np.asarray(pitch, np.float64) - 69) / 12)


def frame_truth(
    notes: np.ndarray, clip_samples: int, settings: LogMelSettings | None = None
) -> Frames:
    """Frame-level truth of clips. notes: (N, K) of dtype NOTE, in order of time."""
    settings = settings or LogMelSettings()
    hop, count = settings.hop_samples, settings.frames(clip_samples)
    centre = np.arange(count) * hop
    note = np.full((len(notes), count), -1, np.int64)
    onset = np.zeros((len(notes), count), bool)
    rows = np.arange(len(notes))
    for k in range(notes.shape[1]):
        start, stop = notes["onset_sample"][:, k, None], notes["offset_sample"][:, k, None]
        note[(centre >= start) & (centre < stop)] = k
        first = -(-start[:, 0] // hop)
        there = first < count
        onset[rows[there], first[there]] = True
    pitch = np.take_along_axis(notes["pitch"], note.clip(min=0), axis=1).astype(np.int64)
    rest = note < 0
    pitch[rest] = 0
    return Frames(np.where(rest, 0.0, midi_to_hz(pitch)), pitch, onset, rest, note)
