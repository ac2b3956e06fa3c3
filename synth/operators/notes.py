"""Operators on notes. The changed notes are rendered again, as if they had been played so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...errors import DsoundsError
from ..music import melody
from ..music.schedule import Schedule
from ..rendering.fluidsynth import BLOCK_SAMPLES
from . import effects as of
from .chain import Change, ScheduleOperator, check, check_whole
from .effects import Effects, Rule, Values

_TIMES = ("onset_sample", "offset_sample")
_TWELVE = 12
_LOUDEST = 127  # the velocity of every note of sinusoids
_LOUDER = "+ 40 log10 of the ratio"
_REACHED = of.kept_if(
    "not cut short",
    lambda operator, own: operator.factor >= 1 or of.ATTACK not in own,
)  # a note may be over before its attack is


def _tonic(operator: Transpose, own: Values, key: str) -> np.ndarray:
    return np.asarray((own[key] + operator.semitones) % _TWELVE)


def _octave(operator: Transpose, own: Values, key: str) -> np.ndarray:
    if of.TONIC not in own:
        return np.full(len(own[key]), np.nan)
    return np.asarray(own[key] + (own[of.TONIC] + operator.semitones) // _TWELVE)


def _by_velocity(before: int) -> Callable[[Velocity, Values, str], np.ndarray]:
    """Return how levels change with the velocity of all notes, which is `before` in every clip.

    Where velocity is a factor, level is that beside what velocity does to it, so it stays.
    """

    def after(operator: Velocity, own: Values, key: str) -> np.ndarray:
        if of.VELOCITY in own:
            return own[key]
        return np.asarray(own[key] + 40 * np.log10(max(before + operator.change, 1) / before))

    return after


@dataclass(frozen=True)
class Transpose(ScheduleOperator):
    """A shift of all notes by some semitones. It is undone exactly."""

    semitones: int
    effects = Effects(
        of.all_but(of.PITCH, of.TONIC, of.OCTAVE),
        {
            of.PITCH: of.plus("semitones"),
            of.TONIC: Rule("+ semitones, modulo 12", _tonic),
            of.OCTAVE: Rule("+ octaves that the tonic leaves", _octave),
        },
    )

    def __post_init__(self) -> None:
        check_whole("semitones", self.semitones, -127, 127)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The pitch, in semitones; every frequency of an equally tempered voice changes with it."""
        return (Change("pitch_semitones", "by", self.semitones),)

    @property
    def inverse(self) -> Transpose:
        """The opposite transposition."""
        return Transpose(-self.semitones)

    def __call__(self, schedule: Schedule) -> Schedule:
        """See `ScheduleOperator`. DsoundsError is raised where a pitch leaves 0 to 127."""
        return replace(schedule, notes=_shifted(schedule.notes, "pitch", self.semitones, 0))


@dataclass(frozen=True)
class Velocity(ScheduleOperator):
    """A change of the velocity of all notes by `change`. It is undone exactly.

    Where clips are scaled by their peaks, a clip's level follows its hardest note as the SoundFont
    format has it (2.01, section 8.4.1: amplitude goes with the square of velocity), so it may rise
    above full scale. Where they are all scaled alike (`Schedule.full_scale`), FluidSynth does that.
    """

    change: int
    effects = Effects(
        of.all_but(*of.LOUDNESS),
        {
            of.VELOCITY: of.plus("change"),
            of.PEAK: Rule(_LOUDER, _by_velocity(melody.VELOCITY)),
            of.RMS: Rule(_LOUDER, _by_velocity(_LOUDEST)),
        },
    )

    def __post_init__(self) -> None:
        check_whole("change", self.change, -126, 126)

    @property
    def changes(self) -> tuple[Change, ...]:
        """MIDI velocity."""
        return (Change("velocity", "by", self.change),)

    @property
    def inverse(self) -> Velocity:
        """The opposite change of velocity."""
        return Velocity(-self.change)

    def __call__(self, schedule: Schedule) -> Schedule:
        """See `ScheduleOperator`. DsoundsError is raised where a velocity leaves 1 to 127."""
        notes = _shifted(schedule.notes, "velocity", self.change, 1)
        if schedule.full_scale is not None:
            return replace(schedule, notes=notes)
        before, after = (one["velocity"].max(axis=1, initial=0) for one in (schedule.notes, notes))
        ratio = np.where(before > 0, after / np.maximum(before, 1), 1.0)
        return replace(schedule, notes=notes, level_db=schedule.level_db + 40 * np.log10(ratio))


@dataclass(frozen=True)
class Stretch(ScheduleOperator):
    """A multiplication of all times of notes by `factor`: 0.5 is twice the tempo.

    Times stay multiples of FluidSynth's block of 64 samples, the nearest ones, so each is right to
    32 samples (2 ms). A stretch is undone exactly if its factor is 1 or more; below 1, two times
    may become one.
    """

    factor: float
    effects = Effects(
        of.all_but(*of.PACE, of.RISE_OF_PHRASE, of.INSTRUMENT_TO, of.RMS, of.ATTACK),
        {
            of.TEMPO: of.divided_by("factor"),
            of.DENSITY: of.divided_by("factor"),
            of.RISE_OF_PHRASE: of.times("factor"),
            of.RMS: _REACHED,
            of.ATTACK: _REACHED,
        },
    )

    def __post_init__(self) -> None:
        check("factor", self.factor, 0.1, 10)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Durations and tempo."""
        return Change("duration", "times", self.factor), Change("tempo", "times", 1 / self.factor)

    @property
    def inverse(self) -> Stretch:
        """The reciprocal stretch.

        Raises
        ------
        DsoundsError
            If the factor is below 1.
        """
        if self.factor < 1:
            raise DsoundsError(
                f"Stretch({self.factor:g}) has no inverse: times are rounded to blocks, and below "
                "a factor of 1 two may become one"
            )
        return Stretch(1 / self.factor)

    def __call__(self, schedule: Schedule) -> Schedule:
        """See `ScheduleOperator`. DsoundsError is raised where a note would have no length."""
        notes = schedule.notes.copy()
        for field in _TIMES:
            blocks = np.rint(schedule.notes[field] / BLOCK_SAMPLES * self.factor)
            notes[field] = blocks.astype(np.int64) * BLOCK_SAMPLES
        empty = (notes["onset_sample"] >= notes["offset_sample"]) & (notes["velocity"] > 0)
        for clip, note in np.argwhere(empty)[:1]:
            raise DsoundsError(
                f"Stretch({self.factor:g}) leaves note {note} of clip {clip} no length: its factor "
                "must be larger"
            )
        return replace(schedule, notes=notes)


def _shifted(notes: np.ndarray, field: str, change: int, lowest: int) -> np.ndarray:
    """Return notes with `change` added to a field, which must stay between `lowest` and 127."""
    there = notes["velocity"] > 0
    values = notes[field].astype(np.int64) + change
    for clip, note in np.argwhere(there & ((values < lowest) | (values > 127)))[:1]:
        raise DsoundsError(
            f"{field} of note {note} of clip {clip} would be {values[clip, note]}: {lowest} to 127 "
            "are allowed"
        )
    out = notes.copy()
    out[field] = np.where(there, values, notes[field])
    return out
