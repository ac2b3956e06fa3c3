"""What an operator in sound is, and chains of operators.

    chain = Transpose(3) >> Gain(-6) >> AddNoise(snr_db=20, seed=1)

An operator acts on notes (`ScheduleOperator`, a schedule to a schedule) or on their sound
(`SoundOperator`, (n, samples) float32 to the same). It states what it changes in `labels`, exactly,
in the unit that ends the label's name, what becomes of the factors of clips in `effects`, and has
an `inverse` where one exists. In a chain the
operators on notes come first, since sound is not turned back into notes. A label holds where its
operator stands: noise at 20 dB is 20 dB below the sound that came in, and later operators may
change that.

Sound keeps full scale at 1 and is never clipped, so peaks may exceed 1. `pcm.to_pcm` refuses
louder sound, so bring it down first (`Gain`, `Normalise`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal

import numpy as np

from ...errors import DsoundsError
from ..music.schedule import Schedule, amplitude
from ..rendering.pcm import to_float
from ..rendering.render import Renderer, render_pcm
from .effects import Effects

Numbers = Sequence[int] | np.ndarray | None  # numbers of clips
MOST_DB = 100  # of a gain or a ratio, to either side


@dataclass(frozen=True)
class Change:
    """How one label changes: an amount is added to it, it is multiplied by it, or it is set to it.

    The value "from" of `how` is the inverse of "to": the label had that amount.
    """

    label: str
    how: Literal["by", "times", "to", "from"]
    amount: float


class Operator(ABC):
    """A change of notes or of sound: a frozen dataclass whose fields are its settings.

    `effects` says what becomes of the factors of clips; without a row nothing is known of them.
    """

    effects: ClassVar[Effects] = Effects()

    @property
    def name(self) -> str:
        """The operator's name in labels."""
        return type(self).__name__

    @property
    @abstractmethod
    def changes(self) -> tuple[Change, ...]:
        """The labels that the operator changes, by these exact amounts."""

    @property
    @abstractmethod
    def inverse(self) -> Operator:
        """The operator that undoes this one.

        Raises
        ------
        DsoundsError
            If there is no such operator.
        """

    @property
    def settings(self) -> dict[str, Any]:
        """The operator's settings as plain values, without arrays."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in own.items()
            if not isinstance(value, np.ndarray)
        }

    @property
    def invertible(self) -> bool:
        """Whether the operator has an inverse."""
        try:
            return self.inverse is not None
        except DsoundsError:
            return False

    def __rshift__(self, then: Operator | Chain) -> Chain:
        return Chain((self,)) >> then


class ScheduleOperator(Operator):
    """An operator that changes what clips play."""

    @abstractmethod
    def __call__(self, schedule: Schedule) -> Schedule:
        """Return the changed schedule.

        Raises
        ------
        DsoundsError
            If a clip cannot be played so.
        """


class SoundOperator(Operator):
    """An operator that changes sound clip by clip.

    No clip depends on the others, or on their order.
    """

    def __call__(self, sound: np.ndarray, clips: Numbers = None) -> Any:
        """Return the changed sound.

        Parameters
        ----------
        sound
            (n, samples) floats: the clips.
        clips
            (n,) integers or None: the numbers of the clips, which decide what is random; 0 to n - 1
            when None.

        Returns
        -------
        ndarray
            (n, samples) float32: a new array.

        Raises
        ------
        DsoundsError
            If the sound has another shape or type, or is not finite, or the numbers do not fit.
        """
        sound = np.asarray(sound)
        if sound.ndim != 2 or sound.dtype.kind != "f" or not sound.shape[1]:
            raise DsoundsError(
                f"{self.name} acts on sound of shape (clips, samples) in floats, not on "
                f"{sound.shape} {sound.dtype} (pcm.to_float makes floats of int16)"
            )
        if not np.isfinite(sound).all():
            raise DsoundsError(
                f"{self.name} acts on finite sound: there is a NaN or infinity in it"
            )
        numbers = np.arange(len(sound)) if clips is None else np.asarray(clips)
        if numbers.shape != (len(sound),):
            raise DsoundsError(
                f"one number for each of {len(sound)} clips is needed: got shape {numbers.shape}"
            )
        out = np.empty(sound.shape, np.float32)
        for row, number in enumerate(numbers.tolist()):
            out[row] = self.one(sound[row].astype(np.float64), row, number)
        return out

    @abstractmethod
    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """Return one clip changed: (samples,) float64 to the same.

        `row` is the clip's place among those given, `clip` is its number.
        """


@dataclass(frozen=True)
class Chain:
    """Operators, one after the other. An empty chain changes nothing."""

    operators: tuple[Operator, ...] = ()

    def __post_init__(self) -> None:
        for before, after in zip(self.operators, self.operators[1:], strict=False):
            if isinstance(before, SoundOperator) and isinstance(after, ScheduleOperator):
                raise DsoundsError(
                    f"{after.name} acts on notes and cannot follow {before.name}, which acts on "
                    "sound: put it first"
                )

    def __rshift__(self, then: Operator | Chain) -> Chain:
        return Chain((*self.operators, *(then.operators if isinstance(then, Chain) else (then,))))

    @property
    def on_notes(self) -> tuple[ScheduleOperator, ...]:
        """The operators that act on notes."""
        return tuple(one for one in self.operators if isinstance(one, ScheduleOperator))

    @property
    def on_sound(self) -> tuple[SoundOperator, ...]:
        """The operators that act on sound."""
        return tuple(one for one in self.operators if isinstance(one, SoundOperator))

    @property
    def labels(self) -> list[dict[str, Any]]:
        """What each operator is and changes, as plain values.

        Each has the keys operator, settings, changes (label, how, amount) and invertible.
        """
        return [
            {
                "operator": one.name,
                "settings": one.settings,
                "changes": [
                    {"label": c.label, "how": c.how, "amount": float(c.amount)} for c in one.changes
                ],
                "invertible": one.invertible,
            }
            for one in self.operators
        ]

    @property
    def inverse(self) -> Chain:
        """The inverses in reverse order.

        Raises
        ------
        DsoundsError
            If an inverse is missing, or the chain goes from notes to sound.
        """
        if self.on_notes and self.on_sound:
            raise DsoundsError(
                "a chain from notes to sound has no inverse, as sound is not turned back into "
                "notes: its parts may have one"
            )
        return Chain(tuple(one.inverse for one in reversed(self.operators)))

    def __call__(self, sound: np.ndarray, clips: Numbers = None) -> Any:
        """Return the sound changed by all operators; see `SoundOperator`."""
        for one in self.on_notes[:1]:
            raise DsoundsError(f"{one.name} acts on notes, not on sound: use Chain.render")
        sound = np.array(sound)
        for operator in self.on_sound:
            sound = operator(sound, clips)
        return sound

    def schedule(self, schedule: Schedule) -> Schedule:
        """Return the schedule that the operators on notes make of another one."""
        for operator in self.on_notes:
            schedule = operator(schedule)
        return schedule

    def render(
        self,
        renderer: Renderer,
        schedule: Schedule,
        clips: Numbers = None,
    ) -> Any:
        """Render clips with changed notes, and return their changed sound: (n, samples) float32.

        Raises
        ------
        DsoundsError
            If a note of a changed clip would end after the clip.
        """
        sound = played(renderer, self.schedule(schedule))
        return Chain(self.on_sound)(sound, clips)


def played(renderer: Renderer, schedule: Schedule) -> np.ndarray:
    """Return clips as a corpus holds them, rounded to int16, but above full scale too.

    Returns
    -------
    ndarray
        (n, samples) float32: the sound; 1 is full scale.

    Raises
    ------
    DsoundsError
        If a note ends after its clip.
    """
    notes = schedule.notes
    late = (notes["offset_sample"] > renderer.clip_samples) & (notes["velocity"] > 0)
    for clip, note in np.argwhere(late)[:1]:
        raise DsoundsError(
            f"clip {clip}: note {note} ends at sample {notes['offset_sample'][clip, note]:,}, "
            f"after the clip of {renderer.clip_samples:,} samples (stretched too far?)"
        )
    over_db = np.maximum(schedule.level_db, 0)
    sound = to_float(
        render_pcm(renderer, replace(schedule, level_db=schedule.level_db - over_db))[0]
    )
    return sound * amplitude(over_db).astype(np.float32)[:, None]


def check(name: str, value: object, low: float, high: float, unit: str = "") -> None:
    """Raise DsoundsError unless a setting is a number from low to high."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not low <= float(value) <= high:  # type: ignore[arg-type]
        raise DsoundsError(
            f"{name} is {value!r}: a number from {low:g} to {high:g} {unit}".rstrip() + " is needed"
        )


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Raise DsoundsError unless a setting is an integer from low to high."""
    if type(value) is not int or not low <= value <= high:
        raise DsoundsError(f"{name} is {value!r}: an integer from {low} to {high} is needed")
