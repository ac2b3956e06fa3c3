"""FluidSynth's reverb, for any sound: a feedback network of eight delays that move.

The delays swing once a second, so no impulse response describes the reverb, but it is linear. The
sound is therefore played by FluidSynth itself, as the 24-bit sample of one voice that is sent to
the reverb in full, on a new synth for each clip: the same sound gives the same bytes.

A voice also has an amplitude and a low-pass filter at 0.45 times the rate. They are measured by a
voice that plays one impulse, and divided out, so the reverb hears what it would hear if the sound
were what a centred voice of FluidSynth leaves behind. Above 7.9 kHz, where that filter takes more
than 36 dB, they are divided out only in part.

At 16 kHz the first echo comes 0.16 s after the sound in FluidSynth 2.3, whose delays do not follow
the rate; other versions may differ.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_float, c_int, c_short, c_uint, c_void_p
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from scipy import fft

from ...errors import DsoundsError
from ..rendering.fluidsynth import OK, SAMPLE_RATE_HZ, binding, delete_synth, new_synth
from . import effects as of
from .chain import Change, SoundOperator, check
from .effects import Effects

_SEND = 16  # SF2 generator: reverb send, in 1/1000
_KEY, _VOLUME, _EXPRESSION = 60, 7, 11
_PAD_SAMPLES = 1024  # silence around the sound: a new voice fades in, and the division rings
_TOP_24_BIT = 2**23 - 1
_MOST = 64.0  # the largest factor by which the voice's filter is divided out
_ROUNDS = 60  # more than the echoes that fit into a clip of 9 s, one after another
_EXACT = 1e-6  # part of the peak
_DECAY_S, _BURST_S = 20.0, 0.05
_FROM_DB, _TO_DB = -5.0, -65.0
_WEAK = 0.2  # room size and level at which notes are still told apart
_EFFECTS = Effects(
    changes=of.each(
        (*of.LINE, *of.FREQUENCIES, *of.PACE),
        of.kept_if(
            "weak",
            lambda operator, own: max(operator.room_size, operator.level) <= _WEAK,
        ),
    )
)


@dataclass(frozen=True)
class Reverberate(SoundOperator):
    """FluidSynth's reverb added to the sound: y = x + level R(x).

    Sound that goes on after the end of the clip is cut off. The settings are those of FluidSynth
    (synth.reverb.*), with a send of 1; MIDI's default send is 0.06. FluidSynth's width has no
    meaning in mono, so it is 0 here.

    Parameters
    ----------
    room_size, damping, level
        Each is 0 to 1.
    """

    room_size: float = 0.2
    damping: float = 0.0
    level: float = 0.2
    effects = _EFFECTS

    def __post_init__(self) -> None:
        for name, value in self.settings.items():
            check(name, value, 0, 1)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The reverb's level, and the time in which it decays by 60 dB, measured."""
        return (
            Change("reverb_level", "to", self.level),
            Change("t60_s", "to", t60_s(self.room_size, self.damping)),
        )

    @property
    def inverse(self) -> SoundOperator:
        """A solver; it finds the sound if the reverb is not stronger than the sound itself."""
        return Dereverberate(self.room_size, self.damping, self.level)

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`."""
        return sound + self.level * reverberation(sound, self.room_size, self.damping)


@dataclass(frozen=True)
class Dereverberate(SoundOperator):
    """The inverse of `Reverberate`: x = y - level R(x), solved by iteration.

    R is linear and late, so each round makes at least one more echo right. But where R is stronger
    than the sound, rounding errors grow from echo to echo. Measured without damping on clips of 4
    s: the iteration settles at room sizes to 0.3 with any level, to 0.5 with level 0.5, to 0.9 with
    0.3, to 1 with 0.1.
    """

    room_size: float = 0.2
    damping: float = 0.0
    level: float = 0.2
    effects = _EFFECTS

    def __post_init__(self) -> None:
        Reverberate(self.room_size, self.damping, self.level)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The level and the decay time that the sound had."""
        own = self.inverse.changes
        return tuple(Change(change.label, "from", change.amount) for change in own)

    @property
    def inverse(self) -> Reverberate:
        """The reverb."""
        return Reverberate(self.room_size, self.damping, self.level)

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        """See `SoundOperator.one`. DsoundsError is raised where the iteration does not settle."""
        found, exact = sound, _EXACT * np.abs(sound).max()
        for _ in range(_ROUNDS):
            before = found
            found = sound - self.level * reverberation(before, self.room_size, self.damping)
            if np.abs(found - before).max() <= exact:
                return found
        raise DsoundsError(
            f"the reverb of clip {clip} cannot be undone: at level {self.level:g} and room size "
            f"{self.room_size:g} it is stronger than the sound, and rounding grows"
        )


@lru_cache(maxsize=256)
def t60_s(room_size: float, damping: float) -> float:
    """Return the reverberation time in seconds: that in which the reverb decays by 60 dB.

    It is measured on a burst of noise, from -5 to -65 dB, with backward integration (Schroeder
    1965); no part of the decay is extrapolated, since a damped reverb slows down as it decays.
    """
    burst = np.zeros(round(_DECAY_S * SAMPLE_RATE_HZ))
    length = round(_BURST_S * SAMPLE_RATE_HZ)
    burst[:length] = np.random.default_rng(0).standard_normal(length)
    tail = reverberation(burst, room_size, damping)
    left = np.cumsum(np.square(tail[::-1]))[::-1]
    left_db = 10 * np.log10(left / left[0])
    first, last = (int(np.argmax(left_db <= level)) for level in (_FROM_DB, _TO_DB))
    return (last - first) / SAMPLE_RATE_HZ


def reverberation(sound: np.ndarray, room_size: float, damping: float) -> np.ndarray:
    """Return what FluidSynth's reverb adds to a clip at level 1 and full send, in mono.

    Parameters
    ----------
    sound
        (samples,): the clip.
    room_size, damping
        0 to 1.

    Returns
    -------
    ndarray
        (samples,) float64: the reverb alone.
    """
    size = fft.next_fast_len(len(sound) + 2 * _PAD_SAMPLES, real=True)
    padded = np.zeros(size)
    padded[_PAD_SAMPLES : _PAD_SAMPLES + len(sound)] = sound
    response = fft.rfft(_voice_response(), size)
    power = np.abs(response) ** 2
    undone = np.conj(response) / np.maximum(power, power[0] / _MOST**2)
    sent = fft.irfft(fft.rfft(padded) * undone, size)
    return _play(sent, room_size, damping)[1][_PAD_SAMPLES : _PAD_SAMPLES + len(sound)]


@cache
def _voice_response() -> np.ndarray:
    """Return what a voice makes of an impulse, without reverb: (_PAD_SAMPLES,) float64."""
    impulse = np.zeros(3 * _PAD_SAMPLES)
    impulse[_PAD_SAMPLES] = 1
    return _play(impulse, 0, 0)[0][_PAD_SAMPLES : 2 * _PAD_SAMPLES]


def _play(sample: np.ndarray, room_size: float, damping: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what one voice leaves behind of a sample (S,), and its reverb, both (S,) float64."""
    peak = np.abs(sample).max()
    if peak == 0:
        return np.zeros(len(sample)), np.zeros(len(sample))
    fluid, library = binding(), _library()
    points = np.rint(sample * (_TOP_24_BIT / peak)).astype(np.int32)
    high, low = (points >> 8).astype(np.int16), (points & 0xFF).astype(np.uint8)
    data = [part.ctypes.data_as(c_void_p) for part in (high, low)]
    reverb = {"room-size": room_size, "damp": damping, "width": 0.0, "level": 1.0}
    settings, synth = new_synth(1, reverb)
    recording = library.new_fluid_sample()
    try:
        library.fluid_sample_set_sound_data(recording, *data, len(points), SAMPLE_RATE_HZ, 1)
        library.fluid_sample_set_pitch(recording, _KEY, 0)
        for control in (_VOLUME, _EXPRESSION):
            fluid.fluid_synth_cc(synth, 0, control, 127)
        voice = library.fluid_synth_alloc_voice(synth, recording, 0, _KEY, 127)
        library.fluid_voice_gen_set(voice, _SEND, 1000)
        library.fluid_synth_start_voice(synth, voice)
        out = np.zeros((4, len(sample)), np.float32)  # left and right, of the voice and the reverb
        rows = (POINTER(c_float) * 4)(*(row.ctypes.data_as(POINTER(c_float)) for row in out))
        effects = ctypes.cast(ctypes.byref(rows, 2 * ctypes.sizeof(c_void_p)), c_void_p)
        if library.fluid_synth_process(synth, len(sample), 2, effects, 2, rows) != OK:
            raise DsoundsError("FluidSynth cannot render its reverb (out of memory?)")
    finally:
        delete_synth(settings, synth)
        library.delete_fluid_sample(recording)
    played, reverberated = out.reshape(2, 2, -1).mean(axis=1, dtype=np.float64) * peak
    return played, reverberated


@cache
def _library() -> ctypes.CDLL:
    """Return libfluidsynth, with prototypes of the calls that only this file needs."""
    library = binding()._fl
    prototypes = {
        "new_fluid_sample": (c_void_p, []),
        "delete_fluid_sample": (None, [c_void_p]),
        "fluid_sample_set_sound_data": (
            c_int,
            [c_void_p, c_void_p, c_void_p, c_uint, c_uint, c_short],
        ),
        "fluid_sample_set_pitch": (c_int, [c_void_p, c_int, c_int]),
        "fluid_synth_alloc_voice": (c_void_p, [c_void_p, c_void_p, c_int, c_int, c_int]),
        "fluid_voice_gen_set": (None, [c_void_p, c_int, c_float]),
        "fluid_synth_start_voice": (None, [c_void_p, c_void_p]),
        "fluid_synth_process": (c_int, [c_void_p, c_int, c_int, c_void_p, c_int, c_void_p]),
    }
    for name, (result, arguments) in prototypes.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
