"""All numbers of one note at once, from its sound alone.

They are found in this order, each from a sound freed of what was found before:

    extent      where the note is held (`envelope.extent`)
    vibrato     of the sound at even level (`vibrato.undo`)
    pitch, B    of the lines that then stand still (`harmonic_fit.find`)
    envelope    attack, decay, tremolo, level (`envelope.fit`)
    partials    without vibrato, envelope and tremolo (`partials.split`)
    shape       tilt, balance, formant (`shape.fit`)

Definitions are those of the generator (`synth.sinusoids`): amplitude rises evenly in the attack;
decay is the time of a fall by 60 dB; vibrato's depth is its largest deviation to either side;
tremolo's is the way from softest to loudest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from ....errors import DsoundsError
from ....synth.rendering.fluidsynth import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from . import envelope, harmonic_fit, partials, shape, vibrato
from .envelope import Envelope
from .search_ranges import SearchRanges, midi_pitch
from .spectrum import average
from .vibrato import Still

_FAITHFUL_DB = 1.5  # largest error of an envelope by which a sound may be divided
_TINY = 1e-20


@dataclass(frozen=True)
class Tone:
    """The numbers of a note; nan where the sound does not tell."""

    peak_db: float = -inf
    """largest sample, 0 is full scale"""
    rms_db: float = -inf
    """root mean square from onset to offset"""
    level_db: float = nan
    """root mean square at the top of attack and tremolo"""
    f0_hz: float = nan
    """frequency of the first partial, in the middle of a vibrato"""
    pitch: float = nan
    """the same as a MIDI pitch, with fractions"""
    inharmonicity: float = nan
    """B of a stiff string"""
    hnr_db: float = nan
    tilt_db: float = nan
    """per octave"""
    balance_db: float = nan
    """even partials relative to odd ones; nan below three partials"""
    formant_hz: float = nan
    """0 is none; nan where none was sought"""
    attack_s: float = nan
    decay_s: float = nan
    """for 60 dB; inf: the level stays"""
    vibrato_hz: float = nan
    """nan where depth is 0"""
    vibrato_cents: float = nan
    tremolo_hz: float = nan
    """nan where depth is 0"""
    tremolo_db: float = nan
    partials_db: tuple[float, ...] = ()
    """levels of partials at the top of attack and tremolo, 0 is an amplitude of 1"""


def measure(sound: np.ndarray, ranges: SearchRanges | None = None) -> Tone:
    """Measure a clip with one note: (samples,), -1 to 1, at SAMPLE_RATE_HZ.

    Of noise and silence only levels are known. Another shape raises DsoundsError.
    """
    ranges = ranges or SearchRanges()
    sound = np.asarray(sound, np.float64)
    if sound.ndim != 1:
        raise DsoundsError(f"sound has shape {sound.shape}: (samples,) is needed, one clip in mono")
    where = envelope.extent(sound)
    if where is None:
        return Tone(peak_db=envelope.peak_db(sound))
    peak_db, rms_db = envelope.peak_db(sound), envelope.rms_db(sound[where.start : where.stop])
    first = -(-where.loud // BLOCK_SAMPLES) * BLOCK_SAMPLES
    held = sound[first : where.stop]
    loudness = np.sqrt(envelope.smooth_power(held) + _TINY)
    search = ranges.search
    still = vibrato.undo(held / loudness, search.lowest_hz, search.highest_hz)
    spectrum = average(still.samples) if still else None
    found = harmonic_fit.find(spectrum, search) if spectrum else None
    if still is None or spectrum is None or found is None:
        return Tone(peak_db, rms_db)
    moves = envelope.fit(sound, where, (1 + (found.inharmonicity > 0)) / found.f0_hz)
    steady, top_db = still.samples, rms_db
    if moves is not None and moves.error_db < _FAITHFUL_DB:
        steady, top_db = _steady(still, loudness, moves, first - where.start), moves.tremolo.depth
        spectrum = average(steady) or spectrum
        found = harmonic_fit.refine(spectrum, found, search)
    parts = partials.split(steady, spectrum, found, ranges.band_hz, ranges.partials)
    form = shape.fit(parts, ranges.formant)
    return Tone(
        peak_db,
        rms_db,
        f0_hz=found.f0_hz,
        pitch=midi_pitch(found.f0_hz),
        inharmonicity=found.inharmonicity,
        hnr_db=parts.hnr_db,
        tilt_db=form.tilt_db,
        balance_db=form.balance_db,
        formant_hz=form.formant_hz,
        vibrato_hz=still.vibrato.rate_hz,
        vibrato_cents=still.vibrato.depth,
        partials_db=tuple((parts.level_db + top_db).tolist()),
        **_over_time(moves),
    )


def _steady(still: Still, loudness: np.ndarray, moves: Envelope, late: int) -> np.ndarray:
    """Return the sound without its envelope, of which `still` has lost the loudness: (samples,).

    `late` is the number of samples from the note's start to that of `still`.
    """
    level = np.interp(still.place, np.arange(len(loudness)), loudness)
    shape_db = moves.at((still.place + late) / SAMPLE_RATE_HZ)
    return np.asarray(still.samples * level / 10 ** (shape_db / 20))


def _over_time(moves: Envelope | None) -> dict[str, float]:
    if moves is None:
        return {}
    return {
        "level_db": moves.level_db,
        "attack_s": moves.attack_s,
        "decay_s": 60 / moves.decay_db_s if moves.decay_db_s else inf,
        "tremolo_hz": moves.tremolo.rate_hz,
        "tremolo_db": 2 * moves.tremolo.depth,
    }
