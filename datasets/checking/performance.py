"""A melody as it sounds: numbers that tell how it was played, by means that did not make it."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from ...synth.music.melody import slot_samples
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from .trackers import LISTEN, frame_centres, hz_of, onset_times, pitch_track

_BRIGHT = 3.5  # bright partials lie above this multiple of the pitch
_PARTIALS = np.arange(1, 9)
_WIDTH = 0.03  # width of a partial, in parts of its frequency
_EDGES_HZ = np.geomspace(200, SAMPLE_RATE_HZ / 2, 17)  # edges of the bands
_OCTAVE_ERROR_CENTS = 300  # no vibrato and no tuning deviates so far, but octave errors do
_TEMPOS_BPM = np.geomspace(20, 400, 600)
_NEAR_S = 0.03  # an onset that was detected is near to one that was expected
_SILENCE = 1e-9


class Performance:
    """A clip of a melody, of which each number is measured when it is asked for.

    Parameters
    ----------
    sound
        (samples,), -1 to 1.
    notes
        (K,) of dtype NOTE, as they are labelled; those of velocity 0 are left out.
    """

    def __init__(self, sound: np.ndarray, notes: np.ndarray) -> None:
        self.sound, self.notes = sound, notes[notes["velocity"] > 0]

    @property
    def peak_db(self) -> float:
        """The peak of the clip; full scale is 0."""
        return float(20 * np.log10(np.abs(self.sound).max() + _SILENCE))

    @property
    def rise_db(self) -> float:
        """By how much the level of the notes rises over the clip, on a line through them."""
        levels = [10 * np.log10(np.mean(np.square(part)) + _SILENCE) for part in self._held()]
        time = self.notes["onset_sample"] / len(self.sound)
        return float(np.polyfit(time, levels, 1)[0])

    @property
    def tempo_bpm(self) -> float:
        """The tempo at which the most of the onsets that are detected are where they should be."""
        found = onset_times(self.sound)
        held = np.median(self.notes["offset_sample"] - self.notes["onset_sample"])
        slots = np.round(self.notes["onset_sample"] / held)
        expected = slots * slot_samples(_TEMPOS_BPM)[:, None] / SAMPLE_RATE_HZ
        late = np.abs(expected[:, :, None] - found)
        near = np.exp(-((late / _NEAR_S) ** 2))
        fit = near.max(axis=2, initial=0).sum(axis=1) + near.max(axis=1, initial=0).sum(axis=1)
        return float(_TEMPOS_BPM[fit.argmax()])

    @property
    def brightness_db(self) -> float:
        """The power above 3.5 times the pitch, relative to all: the median over the notes."""
        return float(
            np.median([_bright_db(*one) for one in zip(self._held(1.0), self._hz, strict=True)])
        )

    def colour_db(self, part: Literal["first", "last"]) -> np.ndarray:
        """Return the power of the partials 1 to 8 and of bands: the mean over a third of the notes.

        The power is relative to that of the whole spectrum.
        """
        third = len(self.notes) // 3
        chosen = slice(None, third) if part == "first" else slice(-third, None)
        held, hz = self._held()[chosen], self._hz[chosen]
        return np.mean([_colour_db(*one) for one in zip(held, hz, strict=True)], axis=0)

    @property
    def energy_s(self) -> float:
        """The mean time of the first note's energy after its onset, as silence was before."""
        start, stop = (int(self.notes[0][time]) for time in ("onset_sample", "offset_sample"))
        energy = self.sound[start:stop].astype(np.float64) ** 2
        time_s = np.arange(len(energy)) / SAMPLE_RATE_HZ
        return float((time_s * energy).sum() / (energy.sum() + 1e-12))

    @property
    def vibrato_cents(self) -> float:
        """The spread of the pitch in notes (85th less 15th percentile): the median over them."""
        spread = [np.subtract(*np.percentile(own, [85, 15])) for own in self._cents]
        return float(np.median(spread or [0.0]))

    @property
    def tuning_cents(self) -> float:
        """The deviation of the pitch from equal temperament: the median over the notes."""
        return float(np.median([np.median(own) for own in self._cents] or [0.0]))

    @cached_property
    def _hz(self) -> np.ndarray:
        return np.array([hz_of(pitch) for pitch in self.notes["pitch"]])

    def _held(self, until: float = LISTEN[1]) -> list[np.ndarray]:
        """Return the sound of each note, after its attack."""
        start = self.notes["onset_sample"].astype(np.int64)
        length = self.notes["offset_sample"] - start
        first, last = ((start + part * length).astype(np.int64) for part in (LISTEN[0], until))
        return [self.sound[a:b] for a, b in zip(first, last, strict=True)]

    @cached_property
    def _cents(self) -> list[np.ndarray]:
        """The measured pitch less the labelled one within each note, of notes that have a pitch."""
        low, high = int(self.notes["pitch"].min()), int(self.notes["pitch"].max())
        track = pitch_track(self.sound, low - 3, max(high + 3, low + 12))
        centre = frame_centres(len(track))
        out = []
        for note, hz in zip(self.notes, self._hz, strict=True):
            start, stop = int(note["onset_sample"]), int(note["offset_sample"])
            first, last = (start + part * (stop - start) for part in LISTEN)
            cents = 1200 * np.log2(track[(centre >= first) & (centre < last)] / hz)
            out.append(cents[np.abs(cents) < _OCTAVE_ERROR_CENTS])
        return [cents for cents in out if len(cents) > 2]


def _spectrum(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ), power


def _bright_db(sound: np.ndarray, pitch_hz: float) -> float:
    hz, power = _spectrum(sound)
    return float(
        10 * np.log10((power[hz > _BRIGHT * pitch_hz].sum() + 1e-12) / (power.sum() + 1e-12))
    )


def _colour_db(sound: np.ndarray, pitch_hz: float) -> np.ndarray:
    hz, power = _spectrum(sound)
    partials = np.abs(hz / pitch_hz - _PARTIALS[:, None]) < _WIDTH * _PARTIALS[:, None]
    bands = (hz >= _EDGES_HZ[:-1, None]) & (hz < _EDGES_HZ[1:, None])
    shares = [(power * own).sum(axis=1) for own in (partials, bands)]
    return np.concatenate([10 * np.log10(one / (one.sum() + 1e-12) + 1e-5) for one in shares])
