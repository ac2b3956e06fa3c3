"""The presets of soundfonts/sinusoids.sf2, and what is added to them while they play.

Presets hold timbres, on two grids:

    bank     harmonics-to-noise ratio, class 0 to 5 of `HNRS_DB`; 8 more for stiff strings
    program  (tilt * 5 + balance) * 5 + formant, or + inharmonicity of a stiff string

where tilt, balance, formant and inharmonicity are classes of `TILTS_DB`, `BALANCES_DB`,
`FORMANTS_HZ`, `INHARMONICITIES`. Every preset has the same power (tone and noise together), an
attack of 8 ms and a release of 32 ms. Plain tones sound at MIDI pitches 36 to 96, those with a
formant and stiff strings at 48 to 84.

A `Motion` is added by generators, so any preset can have any. FluidSynth works in blocks of 4 ms:

    attack    amplitude rises evenly to its peak, in whole blocks
    decay     level falls evenly in dB, by 60 dB in `decay_s`, from the peak on
    vibrato   triangle around the pitch, up first, in steps of a cent
    tremolo   triangle in dB between the peak and `tremolo_db` below it, up first

tests/synth/sinusoids checks all of this: test_sinusoids.py and test_motions.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from ...errors import DsoundsError
from ..music.schedule import Voice
from ..rendering.fluidsynth import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from .generators import Generator, rate_cents, timecents
from .timbres import Timbre

TILTS_DB = (0.0, -3.0, -6.0, -9.0, -12.0)
BALANCES_DB = (0.0, -6.0, -12.0, -18.0, -24.0)
FORMANTS_HZ = (0.0, 500.0, 1000.0, 2000.0, 4000.0)
INHARMONICITIES = (0.0, 0.001, 0.002, 0.004, 0.008)
HNRS_DB = (inf, 30.0, 24.0, 18.0, 12.0, 6.0)

PITCHES = (36, 96)
INNER_PITCHES = (48, 84)  # of tones with a formant, and of stiff strings
STRING_BANK = 8

ATTACK_TIMECENTS = -8_400  # of every preset
RELEASE_TIMECENTS = -6_000
_ATTACK_BLOCKS, _RELEASE_BLOCKS = 2, 8
_NO_DECAY_TIMECENTS = -12_000  # of every preset
_BLOCK_S = BLOCK_SAMPLES / SAMPLE_RATE_HZ
_RANGE_DB = 96.0  # FluidSynth's envelopes fall by this much in the time of their generator


@dataclass(frozen=True)
class Motion:
    """How a tone moves within a note. The default is a steady tone."""

    attack_s: float = 0.008
    """Time from silence to the peak."""
    decay_s: float = inf
    """Time in which the level falls by 60 dB; inf means that it stays."""
    vibrato_cents: float = 0.0
    """Largest deviation from the pitch, to either side."""
    vibrato_hz: float = 5.0
    tremolo_db: float = 0.0
    """Difference of level from the softest to the loudest."""
    tremolo_hz: float = 5.0

    def __post_init__(self) -> None:
        limits = {
            "attack_s": (_BLOCK_S, 20), "decay_s": (0.02, inf), "vibrato_cents": (0, 1_200),
            "vibrato_hz": (0.01, 50), "tremolo_db": (0, 48), "tremolo_hz": (0.01, 50),
        }  # fmt: skip
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise DsoundsError(
                    f"{name} is {getattr(self, name):g}: {low:g} to {high:g} is allowed"
                )

    @property
    def generators(self) -> dict[Generator, float]:
        """The generators added to a preset, rounded to tenths as in the text of a voice."""
        out: dict[Generator, float] = {}
        blocks = round(self.attack_s / _BLOCK_S)
        if blocks != _ATTACK_BLOCKS:
            # The envelope lasts 1 block more than the whole blocks of its time: half a block less
            # is exact.
            out[Generator.ATTACK] = timecents((blocks - 0.5) * _BLOCK_S) - ATTACK_TIMECENTS
        if self.decay_s < inf:
            out[Generator.DECAY] = timecents(self.decay_s * _RANGE_DB / 60) - _NO_DECAY_TIMECENTS
            out[Generator.SUSTAIN] = 1_000
        if self.vibrato_cents:
            out[Generator.VIBRATO_CENTS] = self.vibrato_cents
            out[Generator.VIBRATO_RATE] = rate_cents(self.vibrato_hz)
        if self.tremolo_db:
            out[Generator.TREMOLO_CENTIBELS] = 10 * self.tremolo_db / 2
            out[Generator.TREMOLO_RATE] = rate_cents(self.tremolo_hz)
            # FluidSynth never lets an LFO raise the level above the envelope's peak: leave room.
            out.setdefault(Generator.SUSTAIN, 1_000 * self.tremolo_db / 2 / _RANGE_DB)
        return {generator: round(amount, 1) for generator, amount in out.items()}


STEADY = Motion()


def voice(timbre: Timbre, motion: Motion = STEADY, level_db: float = 0.0) -> Voice:
    """Return the voice of the sinusoids SoundFont that has this sound.

    Parameters
    ----------
    timbre
        A timbre that the SoundFont has.
    motion
        How the tone moves within a note.
    level_db
        The level of the voice, -96 to 0 dB.

    Raises
    ------
    DsoundsError
        If the SoundFont has no such timbre, or the level is out of range.
    """
    program = 25 * _class(timbre, "tilt_db", TILTS_DB)
    program += 5 * _class(timbre, "balance_db", BALANCES_DB)
    bank = _class(timbre, "hnr_db", HNRS_DB)
    if timbre.inharmonicity is None:
        program += _class(timbre, "formant_hz", FORMANTS_HZ)
    elif timbre.formant_hz:
        raise DsoundsError("a stiff string has no formant: give formant_hz or inharmonicity")
    else:
        program += _class(timbre, "inharmonicity", INHARMONICITIES)
        bank += STRING_BANK
    if not -96 <= level_db <= 0:
        raise DsoundsError(f"level_db is {level_db:g}: -96 to 0 is allowed")
    generators = motion.generators
    if level_db:
        generators[Generator.ATTENUATION] = round(-10 * level_db, 1)
    return Voice(program, bank, tuple((int(g), generators[g]) for g in sorted(generators)))


def pitches(timbre: Timbre) -> range:
    """Return the MIDI pitches at which a timbre sounds."""
    plain = timbre.inharmonicity is None and not timbre.formant_hz
    low, high = PITCHES if plain else INNER_PITCHES
    return range(low, high + 1)


def envelope(length_samples: int) -> np.ndarray:
    """Return the amplitude of a steady note, its release included: (samples,) float64.

    The length is in whole blocks, more than the attack's two. FluidSynth's amplitude is even in dB
    at the ends of blocks, and linear within.
    """
    attack = np.arange(_ATTACK_BLOCKS) / _ATTACK_BLOCKS
    held = np.ones(length_samples // BLOCK_SAMPLES - _ATTACK_BLOCKS + 1)
    release = 10 ** (-_RANGE_DB / 20 * np.arange(1, _RELEASE_BLOCKS) / _RELEASE_BLOCKS)
    at_ends = np.concatenate([attack, held, release])
    blocks = np.arange((len(at_ends) - 1) * BLOCK_SAMPLES) / BLOCK_SAMPLES
    return np.interp(blocks, np.arange(len(at_ends)), at_ends)


def _class(timbre: Timbre, name: str, values: tuple[float, ...]) -> int:
    value = getattr(timbre, name)
    if value not in values:
        allowed = ", ".join(f"{one:g}" for one in values)
        raise DsoundsError(f"the SoundFont sinusoids has no {name} {value:g}: {allowed} are there")
    return values.index(value)
