"""What is true in each frame of a clip, from its schedule.

A frame belongs to the note that is held, from onset to offset, at the frame's centre. What sounds
on after the offset (the release) is not held: a frame in a rest is a rest, and only `level_db`
tells of the tail that sounds in it. Pitch and f0 are nominal, those of the key that is pressed;
`f0_sounding_hz` is what the instrument makes of it, as it was measured for each program of the
SoundFont (`storage.pitch_table`). The onset frame of a note is the first whose centre lies at or
after the onset, the offset frame the first whose centre lies at or after the offset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...settings import settings
from ...synth.music.schedule import Schedule, Voice, weights
from ..storage.pitch_table import PitchTable

SILENCE_DB = -120.0


Samples = Annotated[int, Field(ge=1)]


@settings
class FrameGrid:
    """Where the frames of a clip lie.

    Attributes
    ----------
    hop_samples
        The distance of neighbouring frames.
    window_samples
        The length of a frame's window.
    centred
        Whether frame k is centred on sample k * hop (librosa's and torch.stft's default, and that
        of `synth.features`); otherwise it begins there, and only whole windows count.
    """

    hop_samples: Samples = 256
    window_samples: Samples = 2048
    centred: bool = True

    def starts(self, clip_samples: int) -> np.ndarray:
        """Return the first sample of each frame's window, perhaps before the clip: (frames,)."""
        if self.centred:
            count = 1 + clip_samples // self.hop_samples
            return np.arange(count) * self.hop_samples - self.window_samples // 2
        count = max(1 + (clip_samples - self.window_samples) // self.hop_samples, 0)
        return np.arange(count) * self.hop_samples

    def centres(self, clip_samples: int) -> np.ndarray:
        """Return the sample at the centre of each frame: (frames,)."""
        return self.starts(clip_samples) + self.window_samples // 2


@dataclass(frozen=True)
class Frames:
    """Frame-level truth; every array is (clips, frames).

    Attributes
    ----------
    f0_hz
        The nominal fundamental in hertz, that of the key with the tuning of its voice; 0 in a rest,
        nan where the instrument is known to have no pitch.
    pitch
        The nominal MIDI pitch, that of the key, of every instrument; 0 in a rest.
    onset, offset, rest
        Whether a note begins, ends, or is absent in the frame (bool).
    note
        The number of the note in its clip, from 0; -1 in a rest.
    position
        How far the note is, from 0 at its onset to 1 at its offset; -1 in a rest.
    moved
        The share of the power that the sound owes to the second voice (its instrument_to), 0 to 1.
    rise_db
        By how much the crescendo has raised the level.
    f0_sounding_hz
        The fundamental that sounds, in the octave and with the cents of the instrument (of two, of
        the louder one); 0 in a rest, nan without a pitch and where the SoundFont was not measured.
        Of bells, drums and chords, which have no fundamental, it is a partial that follows the key.
    """

    f0_hz: np.ndarray
    pitch: np.ndarray
    onset: np.ndarray
    offset: np.ndarray
    rest: np.ndarray
    note: np.ndarray
    position: np.ndarray
    moved: np.ndarray
    rise_db: np.ndarray
    f0_sounding_hz: np.ndarray


def midi_to_hz(pitch: np.ndarray) -> np.ndarray:
    """Return the frequency of MIDI pitches: A4 = 69 = 440 Hz, equal temperament."""
    return 440.0 * 2.0 ** ((np.asarray(pitch, np.float64) - 69) / 12)


def frame_truth(
    schedule: Schedule,
    clip_samples: int,
    grid: FrameGrid | None = None,
    voices: Sequence[Voice] = (),
    pitches: PitchTable | None = None,
) -> Frames:
    """Return the frame-level truth of clips on the frames of `grid`.

    `voices` are those of the schedule, needed where they may be detuned, and to know what they
    sound like; `pitches` is what is known of that, None where nothing is.
    """
    centre = (grid or FrameGrid()).centres(clip_samples)
    notes = schedule.notes
    shape = (len(notes), len(centre))
    note, position = np.full(shape, -1, np.int64), np.full(shape, -1.0)
    onset, offset = np.zeros(shape, bool), np.zeros(shape, bool)
    for k in range(notes.shape[1]):
        own = np.flatnonzero(notes["velocity"][:, k])
        start = notes["onset_sample"][own, k].astype(np.int64)
        stop = notes["offset_sample"][own, k].astype(np.int64)
        clip, frame = np.nonzero((centre >= start[:, None]) & (centre < stop[:, None]))
        note[own[clip], frame] = k
        position[own[clip], frame] = (centre[frame] - start[clip]) / (stop - start)[clip]
        for flags, times in ((onset, start), (offset, stop)):
            first = np.searchsorted(centre, times)
            there = first < len(centre)
            flags[own[there], first[there]] = True
    rest = note < 0
    pitch = np.take_along_axis(notes["pitch"], note.clip(min=0), axis=1).astype(np.int64)
    pitch[rest] = 0
    cents = np.array([voice.tuning_cents for voice in voices] or [0.0])
    own_cents = cents[schedule.voices[:, 0]] if voices else np.zeros(len(notes))
    f0_hz = np.where(rest, 0.0, midi_to_hz(pitch + own_cents[:, None] / 100))
    u = centre / clip_samples
    moved = weights(schedule.voices, u)[:, 1:].sum(axis=1) ** 2
    rise_db = schedule.rise_db[:, None] * u
    cents, pitchless = _sounding(schedule, pitch, moved, voices, pitches)
    f0_hz[pitchless & ~rest] = np.nan
    sounding_hz = np.where(rest, 0.0, f0_hz * 2.0 ** (cents / 1200))
    return Frames(f0_hz, pitch, onset, offset, rest, note, position, moved, rise_db, sounding_hz)


def _sounding(
    schedule: Schedule,
    pitch: np.ndarray,
    moved: np.ndarray,
    voices: Sequence[Voice],
    pitches: PitchTable | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return cents from the key to what sounds, and whether there is known to be no pitch.

    Both are (clips, frames), of the voice that is the louder one. Cents are nan without a pitch,
    and where nothing is known.
    """
    louder = np.where(moved > 0.5, schedule.voices[:, -1:], schedule.voices[:, :1])
    cents, pitchless = np.full(pitch.shape, np.nan), np.zeros(pitch.shape, bool)
    if pitches is None or not voices:
        return cents, pitchless
    for number in np.unique(louder):
        own = louder == number
        cents[own] = pitches.cents(voices[number], pitch[own])
        pitchless[own] = pitches.pitchless(voices[number])
    return cents, pitchless


def level_db(audio: np.ndarray, grid: FrameGrid | None = None) -> np.ndarray:
    """Return the level that sounds in each frame, tails included: RMS over its window, in dB.

    `audio` is (n, samples), -1 to 1; outside the clip there is silence. Returned is (n, frames)
    float64: 0 dB for an RMS of 1, not below -120.
    """
    grid = grid or FrameGrid()
    samples = audio.shape[-1]
    start = grid.starts(samples)
    power = np.zeros((len(audio), samples + 1))
    np.cumsum(np.square(audio, dtype=np.float64), axis=1, out=power[:, 1:])
    stop = np.minimum(start + grid.window_samples, samples)
    mean = (power[:, stop] - power[:, start.clip(min=0)]) / grid.window_samples
    return 10 * np.log10(np.maximum(mean, 10 ** (SILENCE_DB / 10)))
