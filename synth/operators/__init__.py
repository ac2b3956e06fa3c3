"""Operators in sound, to compose: `Gain(-6) >> AddNoise(snr_db=20, seed=1)`; see `chain`.

operator                        acts on    changes                  undone
Transpose(semitones)            notes      pitch                    exactly
Velocity(change)                notes      velocity                 exactly
Stretch(factor)                 notes      duration, tempo          exactly from factor 1
Gain(db)                        sound      level                    to rounding
Normalise(peak_db)              sound      peak                     no
AddNoise(snr_db, seed, colour)  sound      SNR while it sounds      from 0 dB, to rounding
Mix(other, ratio_db)            sound      ratio while both sound   from 0 dB (see `removal`)
LowPass, HighPass(hz, order)    sound      end of the spectrum      no
Shelf(hz, db, side)             sound      level of one side        to rounding
Tilt(db_per_octave, pivot_hz)   sound      slope of the spectrum    to rounding
Reverberate(room_size, ...)     sound      reverb level, T60        where weaker than the sound

What each does to the values of factors is in its row, `Operator.effects` (`effects`).
"""

from .additions import AddNoise, Mix, Remove
from .chain import Chain, Change, Operator, ScheduleOperator, SoundOperator, played
from .filters import HighPass, LowPass, Shelf, Tilt
from .gains import Gain, Normalise
from .notes import Stretch, Transpose, Velocity
from .reverb import Dereverberate, Reverberate

__all__ = [
    "AddNoise",
    "Chain",
    "Change",
    "Dereverberate",
    "Gain",
    "HighPass",
    "LowPass",
    "Mix",
    "Normalise",
    "Operator",
    "Remove",
    "Reverberate",
    "ScheduleOperator",
    "Shelf",
    "SoundOperator",
    "Stretch",
    "Tilt",
    "Transpose",
    "Velocity",
    "played",
]
