"""All numbers of one note at once, from its sound alone.

The order in which they are found, each from a sound freed of what was found before:

    extent      where the note is held
    vibrato     of the sound at even level (`vibrato.undo`)
    pitch, B    of the steady lines (`comb.find`)
    envelope    attack, decay, tremolo, level, over whole periods (`envelope.fit`)
    partials    of the sound without vibrato, envelope and tremolo (`partials.split`)
    shape       tilt, balance, formant (`shape.fit`)

What an analysis may know is public: `Hearing` has the range of pitches, the band, and what a formant
of this corpus looks like. Labels are not among it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf, nan

import numpy as np

from ..fluid import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from . import comb, envelope, partials, shape, vibrato
from .envelope import Envelope
from .shape import Formant
from .spectrum import average

_SEMITONE = 2 ** (1 / 12)
_FAITHFUL_DB = 1.5  # error of an envelope that may be divided by
_LEAST_SCORE = 6.0  # of a pitch: what noise does not reach


@dataclass(frozen=True)
class Hearing:
    """What is known before listening."""

    lowest_pitch: int = 36
    highest_pitch: int = 96
    band_hz: float = 6_500.0
    """partials lie below; there is nothing above"""
    stiff: bool = True
    """whether partials may be inharmonic"""
    partials: int | None = None
    """no tone has more; None: as many as the band holds"""
    formant: Formant | None = None
    """None: there is no formant"""


@dataclass(frozen=True)
class Tone:
    """The numbers of a note; nan where the sound does not tell."""

    peak_db: float = -inf
    """largest sample, 0 is full scale"""
    rms_db: float = -inf
    """root mean square while it is held"""
    level_db: float = -inf
    """root mean square at the top of attack and tremolo"""
    f0_hz: float = nan
    pitch: float = nan
    """f0_hz as a MIDI pitch, with fractions"""
    inharmonicity: float = nan
    hnr_db: float = nan
    tilt_db: float = nan
    """per octave"""
    balance_db: float = nan
    """even partials relative to odd ones"""
    formant_hz: float = nan
    """0 is none; nan where none was sought"""
    attack_s: float = nan
    """from silence to the peak"""
    decay_s: float = nan
    """time in which the level falls by 60 dB; inf: it does not"""
    vibrato_cents: float = nan
    """to either side"""
    vibrato_hz: float = nan
    tremolo_db: float = nan
    """from the softest to the loudest"""
    tremolo_hz: float = nan
    partials_db: tuple[float, ...] = ()
    """levels as sines, 0 is an amplitude of 1, from the first partial on; -inf below noise"""


NUMBERS = tuple(field.name for field in fields(Tone) if field.name != "partials_db")


def measure(sound: np.ndarray, hearing: Hearing | None = None) -> Tone:
    """Listen to a clip with one note: (samples,), -1 to 1, at SAMPLE_RATE_HZ.

    In silence and noise, what cannot be heard is nan.
    """
    hearing = hearing or Hearing()
    sound = np.asarray(sound, np.float64)
    where = envelope.extent(sound)
    if where is None:
        return Tone()
    levels = {
        "peak_db": envelope.peak_db(sound),
        "rms_db": envelope.rms_db(sound[where.start : where.stop]),
    }
    first = -(-where.loud // BLOCK_SAMPLES) * BLOCK_SAMPLES
    held = sound[first : where.stop]
    loudness = np.sqrt(envelope.smooth_power(held) + 1e-20)
    low, high = limits_hz(hearing)
    still = vibrato.undo(held / loudness, low, high)
    if still is None:
        return Tone(**levels)
    spectrum = average(still.samples)
    found = comb.find(spectrum, low, high, hearing.band_hz, hearing.stiff) if spectrum else None
    if found is None or found.score < _LEAST_SCORE:
        return Tone(**levels)
    period_s = 1 / found.f0_hz * (2 if found.inharmonicity else 1)
    shape_of_time = envelope.fit(sound, where, period_s)
    steady = still.samples
    if shape_of_time is not None and shape_of_time.error_db < _FAITHFUL_DB:
        time_s = (still.place + first - where.start) / SAMPLE_RATE_HZ
        level = np.interp(still.place, np.arange(len(held)), loudness)
        steady = still.samples * level / 10 ** (shape_of_time.at(time_s) / 20)
        spectrum = average(steady) or spectrum
        found = comb.refine(spectrum, found, hearing.band_hz)
    parts = partials.split(steady, spectrum, found, hearing.band_hz, hearing.partials)
    form = shape.fit(parts, hearing.formant)
    wave = still.vibrato
    return Tone(
        **levels,
        f0_hz=found.f0_hz,
        pitch=midi_pitch(found.f0_hz),
        inharmonicity=found.inharmonicity,
        hnr_db=parts.hnr_db,
        tilt_db=form.tilt_db,
        balance_db=form.balance_db,
        formant_hz=form.formant_hz,
        vibrato_cents=wave.depth,
        vibrato_hz=wave.rate_hz,
        partials_db=tuple((parts.level_db + levels["rms_db"]).tolist()),
        **_over_time(shape_of_time),
    )


def limits_hz(hearing: Hearing) -> tuple[float, float]:
    """Pitches between which one is sought, in Hz: a semitone beyond those that there are."""
    low, high = hearing.lowest_pitch - 1, hearing.highest_pitch + 1
    return 440 * _SEMITONE ** (low - 69), 440 * _SEMITONE ** (high - 69)


def midi_pitch(hz: float) -> float:
    """A frequency as a MIDI pitch, with fractions."""
    return float(69 + 12 * np.log2(hz / 440))


def _over_time(found: Envelope | None) -> dict[str, float]:
    if found is None:
        return {}
    return {
        "level_db": found.level_db,
        "attack_s": found.attack_s,
        "decay_s": 60 / found.decay_db_s if found.decay_db_s else inf,
        "tremolo_db": 2 * found.tremolo.depth,
        "tremolo_hz": found.tremolo.rate_hz,
    }
