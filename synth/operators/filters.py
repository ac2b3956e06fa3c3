"""Filters and their exact responses; frequencies are in Hz at `SAMPLE_RATE_HZ`.

Low-pass and high-pass are Butterworth filters and causal. They bring part of the spectrum below
rounding, which cannot be undone. A shelf is causal and of minimum phase: the opposite shelf undoes
it. A tilt has zero phase: it multiplies the clip's discrete Fourier transform, so it is exact at
the transform's frequencies, and what would ring beyond one end of the clip comes in at the other.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from scipy import fft, signal

from ...errors import DsoundsError
from ..music.schedule import amplitude
from ..rendering.fluidsynth import SAMPLE_RATE_HZ
from . import effects as of
from .chain import Change, SoundOperator, check, check_whole
from .effects import Effects

Side = Literal["low", "high"]
_LOWEST_HZ, _HIGHEST_HZ = 1.0, 0.499 * SAMPLE_RATE_HZ
_FLAT_BELOW_HZ = 20.0  # a tilt is constant below this frequency
_SILENCE_DB = -1000.0  # stands for minus infinity
_KEPT = (*of.LINE, *of.FREQUENCIES, *of.PACE, *of.VIBRATO, of.DECAY)  # by a filter of any kind
_MOST_TAKEN_DB = 6.0  # from 1 kHz: beyond that, a tone may have no partial left


class Filter(SoundOperator):
    """A causal filter in sections of second order."""

    @cached_property
    @abstractmethod
    def sections(self) -> np.ndarray:
        """Coefficients b0, b1, b2, a0, a1, a2 of each section: (S, 6) float64."""

    def response_db(self, hz: np.ndarray | float) -> Any:
        """Return the filter's gain at frequencies of any shape, in dB, not below -1000."""
        delay = np.exp(-2j * np.pi * np.asarray(hz, np.float64) / SAMPLE_RATE_HZ)[..., None]
        b0, b1, b2, a0, a1, a2 = self.sections.T
        ratio = np.abs((b0 + b1 * delay + b2 * delay**2) / (a0 + a1 * delay + a2 * delay**2))
        return 20 * np.log10(np.maximum(ratio.prod(axis=-1), amplitude(_SILENCE_DB)))

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`."""
        return signal.sosfilt(self.sections, sound)


@dataclass(frozen=True)
class _Butterworth(Filter):
    """A Butterworth filter: -3.01 dB at its cutoff, 6.02 dB per octave and order beyond."""

    cutoff_hz: float
    order: int = 4
    effects = Effects(
        changes=of.each(
            _KEPT,
            of.kept_if(
                "1 kHz is left",
                lambda operator, own: operator.response_db(1000.0) >= -_MOST_TAKEN_DB,
            ),
        )
    )

    def __post_init__(self) -> None:
        check("cutoff_hz", self.cutoff_hz, _LOWEST_HZ, _HIGHEST_HZ, "Hz")
        check_whole("order", self.order, 1, 16)

    def _designed(self, kind: str) -> np.ndarray:
        return signal.butter(self.order, self.cutoff_hz, kind, output="sos", fs=SAMPLE_RATE_HZ)

    @property
    def inverse(self) -> SoundOperator:
        """There is no inverse: DsoundsError is raised."""
        raise DsoundsError(f"{self.name} has no inverse: what it takes is lost in rounding")


@dataclass(frozen=True)
class LowPass(_Butterworth):
    """A low-pass: it takes away what is above the cutoff."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Where the spectrum ends."""
        return (Change("low_pass_hz", "to", self.cutoff_hz),)

    @cached_property
    def sections(self) -> np.ndarray:
        """See `Filter.sections`."""
        return self._designed("lowpass")


@dataclass(frozen=True)
class HighPass(_Butterworth):
    """A high-pass: it takes away what is below the cutoff."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Where the spectrum begins."""
        return (Change("high_pass_hz", "to", self.cutoff_hz),)

    @cached_property
    def sections(self) -> np.ndarray:
        """See `Filter.sections`."""
        return self._designed("highpass")


@dataclass(frozen=True)
class Shelf(Filter):
    """A shelf: it makes the sound below or above a frequency louder by `db`.

    At the frequency itself the gain is half of that in dB. Source: R. Bristow-Johnson, Cookbook
    formulae for audio EQ biquad filter coefficients, shelves of slope 1 (Q = 1 / sqrt 2).
    """

    hz: float
    db: float
    side: Side = "high"
    effects = Effects(_KEPT)

    def __post_init__(self) -> None:
        check("hz", self.hz, _LOWEST_HZ, _HIGHEST_HZ, "Hz")
        check("db", self.db, -40, 40, "dB")
        if self.side not in get_args(Side):
            raise DsoundsError(f"side is {self.side!r}: low and high are allowed")

    @property
    def changes(self) -> tuple[Change, ...]:
        """The level of that side."""
        return (Change(f"{self.side}_shelf_db", "by", self.db),)

    @property
    def inverse(self) -> Shelf:
        """The opposite shelf."""
        return Shelf(self.hz, -self.db, self.side)

    @cached_property
    def sections(self) -> np.ndarray:
        """See `Filter.sections`."""
        a = float(amplitude(self.db / 2))
        angle = 2 * np.pi * self.hz / SAMPLE_RATE_HZ
        sign = 1 if self.side == "high" else -1  # a low shelf is a high shelf with z mirrored
        cos, slope = sign * np.cos(angle), np.sqrt(2 * a) * np.sin(angle)
        up, down = a + 1 + (a - 1) * cos, a + 1 - (a - 1) * cos
        ahead = a * np.array([up + slope, -2 * sign * (a - 1 + (a + 1) * cos), up - slope])
        back = np.array([down + slope, 2 * sign * (a - 1 - (a + 1) * cos), down - slope])
        return np.concatenate([ahead, back])[None] / back[0]


@dataclass(frozen=True)
class Tilt(SoundOperator):
    """A tilt of the spectrum by some decibels per octave, about a frequency.

    The gain is constant below 20 Hz.
    """

    db_per_octave: float
    pivot_hz: float = 1000.0
    effects = Effects((*_KEPT, of.ODD_EVEN, of.FORMANT), {of.TILT: of.plus("db_per_octave")})

    def __post_init__(self) -> None:
        check("db_per_octave", self.db_per_octave, -6, 6, "dB")
        check("pivot_hz", self.pivot_hz, _FLAT_BELOW_HZ, SAMPLE_RATE_HZ / 2, "Hz")

    @property
    def changes(self) -> tuple[Change, ...]:
        """The slope of the spectrum."""
        return (Change("tilt_db_per_octave", "by", self.db_per_octave),)

    @property
    def inverse(self) -> Tilt:
        """The opposite tilt."""
        return Tilt(-self.db_per_octave, self.pivot_hz)

    def response_db(self, hz: np.ndarray | float) -> Any:
        """Return the tilt's gain at frequencies of any shape, in dB."""
        hz = np.maximum(np.asarray(hz, np.float64), _FLAT_BELOW_HZ)
        return self.db_per_octave * np.log2(hz / self.pivot_hz)

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`."""
        gains = amplitude(self.response_db(fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)))
        return fft.irfft(fft.rfft(sound) * gains, len(sound))
