"""What is played: notes, the voices that play them, and the level of the whole.

A `Voice` is one preset of a SoundFont, with SF2 generators added to it. A `Schedule` says of N
clips which notes they have and which voices play them. One voice plays all notes of a clip; where
there are two, the sound moves from the first to the second over the clip (a cross-fade of equal
power). The level may move too, evenly in decibels.

Moves are functions of the time u = sample / samples of the clip, from 0 to 1:

    weights of the voices    cos(pi u / 2), sin(pi u / 2); 1, 0 where both are the same
    level                    rise_db * u, in dB, relative to where the clip begins

A `Finish` is what is done to the sound of a clip before it gets its level.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import DsoundsError

NOTE = np.dtype(
    [("onset_sample", "<i4"), ("offset_sample", "<i4"), ("pitch", "u1"), ("velocity", "u1")]
)


COARSE_TUNE, FINE_TUNE = 51, 52  # SF2 generators: semitones, cents
_CENTS = {COARSE_TUNE: 100.0, FINE_TUNE: 1.0}


@dataclass(frozen=True, order=True)
class Voice:
    """A preset (General MIDI program and bank) and the SF2 generators that are added to it.

    Each generator is a pair (number, amount).
    """

    program: int
    bank: int = 0
    generators: tuple[tuple[int, float], ...] = ()

    @property
    def tuning_cents(self) -> float:
        """How far the voice's notes are from equal temperament, in cents, by its generators."""
        return sum(amount * _CENTS[n] for n, amount in self.generators if n in _CENTS)

    @property
    def text(self) -> str:
        """The voice as text, equal for equal voices: "0:40" or "0:40 48=100"."""
        added = (f" {number}={amount:g}" for number, amount in self.generators)
        return f"{self.bank}:{self.program}{''.join(added)}"


@dataclass(frozen=True)
class Finish:
    """What is done to each clip's sound, in this order; nothing by default.

    Parameters
    ----------
    remove_dc
        Whether its constant part is taken away, by a high-pass filter (`rendering.finish`).
    fade_samples
        Over how many samples its end fades out, half a period of a cosine; the last sample is 0.
    rms_dbfs
        The root mean square that it gets, in dB of full scale, instead of a peak.
    """

    remove_dc: bool = False
    fade_samples: int = 0
    rms_dbfs: float | None = None


NO_FINISH = Finish()
_PER_CLIP = ("notes", "voices", "level_db", "rise_db")


@dataclass(frozen=True)
class Schedule:
    """What N clips play.

    Parameters
    ----------
    notes
        (N, K) of dtype NOTE: the notes, in order of time. A note of velocity 0 is no note: it fills
        up the row of a clip that has fewer notes.
    voices
        (N, L) int64: numbers in a list of voices; L is 1 or 2.
    level_db
        (N,): the peak of the finished clip; 0 dB is full scale.
    rise_db
        (N,): by how much the level rises from the beginning to the end of the clip.
    full_scale
        Where it is given, clips are not scaled by their own peaks but all alike: this amplitude of
        FluidSynth's sound becomes `level_db`.
    finish
        What is done to the sound. Where it gives an RMS, `level_db` is added to that.

    Raises
    ------
    DsoundsError
        If the parts differ in their number of clips, or `voices` has another shape.
    """

    notes: np.ndarray
    voices: np.ndarray
    level_db: np.ndarray
    rise_db: np.ndarray
    full_scale: float | None = None
    finish: Finish = NO_FINISH

    @classmethod
    def plain(cls, notes: np.ndarray, voices: np.ndarray) -> Schedule:
        """Return the schedule of clips of one voice each, voices (N,), at full scale."""
        nothing = np.zeros(len(notes))
        return cls(notes, np.asarray(voices, np.int64).reshape(-1, 1), nothing, nothing)

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in _PER_CLIP}
        if len(set(lengths.values())) != 1:
            raise DsoundsError(
                f"the parts of a schedule differ in their number of clips: {lengths}"
            )
        if self.voices.ndim != 2 or self.voices.shape[1] not in (1, 2):
            raise DsoundsError(f"voices must be (N, 1) or (N, 2), not {self.voices.shape}")

    def __len__(self) -> int:
        return len(self.notes)

    def __getitem__(self, clips: Any) -> Schedule:
        """Return the schedule of some of the clips, chosen by a slice, numbers or a mask."""
        return replace(self, **{name: getattr(self, name)[clips] for name in _PER_CLIP})


def weights(voices: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the amplitude of each voice at the times u.

    Parameters
    ----------
    voices
        (N, L) int64: numbers in a list of voices; L is 1 or 2.
    u
        (...,): times from 0 to 1.

    Returns
    -------
    ndarray
        (N, L, ...) float64: the amplitudes.
    """
    u = np.asarray(u, np.float64)
    if voices.shape[1] == 1:
        return np.ones((len(voices), 1, *u.shape))
    angle = np.pi / 2 * u
    out = np.tile(np.stack([np.cos(angle), np.sin(angle)]), (len(voices),) + (1,) * (u.ndim + 1))
    out[voices[:, 0] == voices[:, 1]] = np.stack([np.ones_like(u), np.zeros_like(u)])
    return out


def amplitude(db: np.ndarray | float) -> Any:
    """Return the amplitude ratio of a level in decibels."""
    return 10.0 ** (np.asarray(db, np.float64) / 20)
