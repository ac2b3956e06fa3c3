"""The SoundFont generators that dsounds uses: their numbers, ranges and units.

The same generators stand in a SoundFont and are added to it while it is played
(`schedule.Voice.generators`, FluidSynth's fluid_synth_set_gen). Units:

    cents        1/100 semitone, of a pitch or of a filter's cutoff
    rate         of an LFO, in cents above 8.176 Hz (MIDI pitch 0)
    timecents    1,200 log2 of seconds: 0 is a second, each -1,200 halves it
    centibels    1/10 dB; of an attenuation, more is softer

Source: SoundFont Technical Specification 2.04, sections 8.1.2 and 8.1.3.
"""

from enum import IntEnum
from math import log2

from ...errors import DsoundsError

LOWEST_RATE_HZ = 8.1757989156  # pitch 0


class Generator(IntEnum):
    """A generator's number."""

    START_OFFSET = 0
    START_COARSE_OFFSET = 4
    VIBRATO_CENTS = 6
    CUTOFF = 8
    RESONANCE = 9
    TREMOLO_CENTIBELS = 13
    TREMOLO_DELAY = 21
    TREMOLO_RATE = 22
    VIBRATO_DELAY = 23
    VIBRATO_RATE = 24
    DELAY = 33
    ATTACK = 34
    HOLD = 35
    DECAY = 36
    SUSTAIN = 37
    RELEASE = 38
    INSTRUMENT = 41
    KEY_RANGE = 43
    ATTENUATION = 48
    COARSE_TUNE = 51
    FINE_TUNE = 52
    SAMPLE = 53
    LOOPS = 54
    SCALE_TUNING = 56


_TIME = (-12_000, 8_000)
RANGES: dict[Generator, tuple[int, int]] = {
    Generator.START_OFFSET: (0, 32_767),
    Generator.START_COARSE_OFFSET: (0, 32_767),
    Generator.VIBRATO_CENTS: (-12_000, 12_000),
    Generator.CUTOFF: (1_500, 13_500),
    Generator.RESONANCE: (0, 960),
    Generator.TREMOLO_CENTIBELS: (-960, 960),
    Generator.TREMOLO_DELAY: (-12_000, 5_000),
    Generator.TREMOLO_RATE: (-16_000, 4_500),
    Generator.VIBRATO_DELAY: (-12_000, 5_000),
    Generator.VIBRATO_RATE: (-16_000, 4_500),
    Generator.DELAY: (-12_000, 5_000),
    Generator.ATTACK: _TIME,
    Generator.HOLD: (-12_000, 5_000),
    Generator.DECAY: _TIME,
    Generator.SUSTAIN: (0, 1_440),
    Generator.RELEASE: _TIME,
    Generator.ATTENUATION: (0, 1_440),
    Generator.COARSE_TUNE: (-120, 120),
    Generator.FINE_TUNE: (-99, 99),
    Generator.LOOPS: (0, 3),
    Generator.SCALE_TUNING: (0, 1_200),
}


def timecents(seconds: float) -> float:
    """Return a time in timecents. A time that is not above 0 raises DsoundsError."""
    if not seconds > 0:
        raise DsoundsError(f"a time of {seconds:g} s is not allowed: above 0 is")
    return 1_200 * log2(seconds)


def rate_cents(rate_hz: float) -> float:
    """Return an LFO's rate in cents. A rate that is not above 0 raises DsoundsError."""
    if not rate_hz > 0:
        raise DsoundsError(f"a rate of {rate_hz:g} Hz is not allowed: above 0 is")
    return 1_200 * log2(rate_hz / LOWEST_RATE_HZ)
