"""Operators that scale sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import DsoundsError
from ..music.schedule import amplitude
from . import effects as of
from .chain import MOST_DB, Change, SoundOperator, check
from .effects import Effects, Rule, Values


def _peak(operator: Normalise, own: Values, key: str) -> np.ndarray:
    """Return the peak; beside velocity, which changes it too, a level is not known from it."""
    return np.full(len(own[key]), np.nan if of.VELOCITY in own else operator.peak_db)


@dataclass(frozen=True)
class Gain(SoundOperator):
    """A gain in decibels. The opposite gain undoes it."""

    db: float
    effects = Effects(
        of.all_but(*of.LOUDNESS), {of.PEAK: of.plus("db"), of.RMS: of.plus("db")}
    )  # a velocity is heard by its level

    def __post_init__(self) -> None:
        check("db", self.db, -MOST_DB, MOST_DB, "dB")

    @property
    def changes(self) -> tuple[Change, ...]:
        """The level: peak and power change alike."""
        return (Change("level_db", "by", self.db),)

    @property
    def inverse(self) -> Gain:
        """The opposite gain."""
        return Gain(-self.db)

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`."""
        return sound * amplitude(self.db)


@dataclass(frozen=True)
class Normalise(SoundOperator):
    """A scaling of each clip to one peak, in decibels of full scale; its former level is lost."""

    peak_db: float = 0.0
    effects = Effects(of.all_but(*of.LOUDNESS), {of.PEAK: Rule("= peak_db", _peak)})

    def __post_init__(self) -> None:
        check("peak_db", self.peak_db, -MOST_DB, MOST_DB, "dB")

    @property
    def changes(self) -> tuple[Change, ...]:
        """The clip's peak."""
        return (Change("peak_db", "to", self.peak_db),)

    @property
    def inverse(self) -> SoundOperator:
        """There is no inverse: DsoundsError is raised."""
        raise DsoundsError("Normalise has no inverse: the level that a clip had is lost")

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`. A silent clip raises DsoundsError."""
        peak = np.abs(sound).max()
        if peak == 0:
            raise DsoundsError(f"clip {clip} is silent: it has no peak to be brought to a level")
        return sound * (amplitude(self.peak_db) / peak)
