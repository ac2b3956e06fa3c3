"""Operators that add to sound: noise, another sound.

Powers are those while a sound sounds (`sounding`), so rests and a tail that has died away do not
count. The added sound o is scaled so that the sound x is a given ratio r above it:

    y = x + g o        g = sqrt(P(x) / (r P(o)))

`Remove` finds x from y, o and r.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from scipy import fft

from ...errors import DsoundsError
from ..music.schedule import amplitude
from . import effects as of
from . import removal, sounding
from .chain import MOST_DB, Change, SoundOperator, check, check_whole
from .effects import Effects, Values

Colour = Literal["white", "pink"]
_CLEAR_DB = 20.0  # SNR at which notes are still told apart


def _clear(operator: AddNoise, own: Values) -> np.ndarray:
    """Return whether the softest notes are 20 dB above the noise: (n,) bool, or one for all."""
    softer = [np.abs(own[rise]) for rise in of.RISES if rise in own]
    return np.asarray(operator.snr_db - sum(softer, np.zeros(1)) >= _CLEAR_DB)


class Addition(SoundOperator):
    """An operator that adds a known sound at a given ratio."""

    @property
    @abstractmethod
    def ratio_db(self) -> float:
        """Power of the sound over that of the added sound, each while it sounds, in dB."""

    @abstractmethod
    def added(self, samples: int, row: int, clip: int) -> np.ndarray:
        """Return the added sound before it is scaled: (samples,) float64."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The ratio."""
        return (Change(self.label, "to", self.ratio_db),)

    @property
    @abstractmethod
    def label(self) -> str:
        """Name of the ratio."""

    @property
    def inverse(self) -> Remove:
        """The removal of the same addition.

        Raises
        ------
        DsoundsError
            If the ratio is below 0 dB.
        """
        if self.ratio_db < 0:
            raise DsoundsError(
                f"{self.name} at {self.ratio_db:g} dB has no inverse: below 0 dB two sounds may "
                "give the same mixture"
            )
        return Remove(self)

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`. DsoundsError is raised where either sound is silent."""
        other = self.added(len(sound), row, clip)
        powers = sounding.power(sound), sounding.power(other)
        if not min(powers):
            raise DsoundsError(
                f"{self.name}: clip {clip}, or what is added to it, is silent: no ratio of powers "
                "is defined"
            )
        return sound + np.sqrt(powers[0] / powers[1]) / amplitude(self.ratio_db) * other


@dataclass(frozen=True)
class AddNoise(Addition):
    """Gaussian noise at a signal-to-noise ratio, which is that while the clip sounds.

    Each clip has noise of its own, which its number and the seed decide.
    """

    snr_db: float
    seed: int
    colour: Colour = "white"
    """White noise has equal power per Hz, pink noise has equal power per octave."""
    effects = Effects(
        changes=of.each(
            (*of.LINE, *of.FREQUENCIES, *of.PACE, *of.VIBRATO),
            of.kept_if("clear", _clear),
        )
    )

    def __post_init__(self) -> None:
        check("snr_db", self.snr_db, -MOST_DB, MOST_DB, "dB")
        check_whole("seed", self.seed, 0, 2**63 - 1)
        if self.colour not in get_args(Colour):
            raise DsoundsError(f"colour is {self.colour!r}: white and pink are allowed")

    label = "snr_db"

    @property
    def ratio_db(self) -> float:
        """See `Addition.ratio_db`."""
        return self.snr_db

    def added(self, samples: int, row: int, clip: int) -> np.ndarray:
        """See `Addition.added`."""
        noise = np.random.default_rng([self.seed, clip]).standard_normal(samples)
        if self.colour == "white":
            return noise
        spectrum = fft.rfft(noise)
        spectrum[0] = 0
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
        return fft.irfft(spectrum, samples)


@dataclass(frozen=True, eq=False)
class Mix(Addition):
    """Another sound beneath the clips. `chain.played` gives the sound of a schedule.

    The other sound may have a pitch, notes and a timbre of its own, so no factor of the clip is
    known of the mixture.

    Parameters
    ----------
    other
        (samples,) or (n, samples) floats: one sound for all clips, or one row for each clip.
    ratio_db
        Power of the clip over that of the other sound, each while it sounds, in dB.

    Raises
    ------
    DsoundsError
        If `other` has another shape or type, or `ratio_db` is out of range.
    """

    other: np.ndarray
    ratio_db: float = 0.0
    effects = Effects()

    def __post_init__(self) -> None:
        check("ratio_db", self.ratio_db, -MOST_DB, MOST_DB, "dB")
        if self.other.ndim not in (1, 2) or self.other.dtype.kind != "f":
            raise DsoundsError(
                "other must be sound of shape (samples,) or (clips, samples) in floats, not "
                f"{self.other.shape} {self.other.dtype}"
            )

    label = "mix_db"

    def __call__(self, sound: np.ndarray, clips: Any = None) -> Any:
        """See `SoundOperator`. DsoundsError is raised where `other` lacks a row for each clip."""
        if self.other.shape not in (np.shape(sound), np.shape(sound)[1:]):
            raise DsoundsError(
                f"sound of shape {np.shape(sound)} cannot be mixed with one of {self.other.shape}: "
                "one row for all clips, or one for each, of as many samples, is needed"
            )
        return super().__call__(sound, clips)

    def added(self, samples: int, row: int, clip: int) -> np.ndarray:
        """See `Addition.added`."""
        return np.asarray(np.atleast_2d(self.other)[row if self.other.ndim == 2 else 0], np.float64)


@dataclass(frozen=True)
class Remove(SoundOperator):
    """The inverse of an addition: it takes the added sound away."""

    addition: Addition
    effects = Effects()

    @property
    def settings(self) -> dict[str, Any]:
        """What was added, with its settings."""
        return {"addition": self.addition.name, **self.addition.settings}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The ratio that the sound had."""
        return (Change(self.addition.label, "from", self.addition.ratio_db),)

    @property
    def inverse(self) -> Addition:
        """The addition."""
        return self.addition

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`. A clip that is no such mixture raises DsoundsError."""
        other = self.addition.added(len(sound), row, clip)
        gain = removal.gain_of(sound, other, float(amplitude(self.addition.ratio_db)) ** 2)
        if gain is None:
            raise DsoundsError(f"clip {clip} is no mixture of {self.addition.name}")
        return sound - gain * other
