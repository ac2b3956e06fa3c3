"""The words of sound that stand above the values of factors: high, strings, swelling, noisy ...

A word is a condition on one factor or on several, by their values or names, the same for every
corpus: "high" is octave 5 and up wherever there is an octave. `vocabulary.vocabulary_of` keeps the
words that a factor space can tell apart. Such a hierarchy of properties is exercise 5 of Bitton and
Esling 2017.

A word means one thing. Rising is a contour, that of a whole line; what arpeggios do is said of
arpeggios, since a melody whose four arpeggios rise may end where it began.

Instruments are grouped by families as in General MIDI 1, program by program. Thresholds of numbers
stand beside their words; a space without the factor, or all on one side, leaves the word out.
"""

from __future__ import annotations

from dataclasses import replace

from ...synth.music.melody import DIRECTIONS, TONICS
from ...synth.music.midi import PROGRAM_NAMES
from ..recipes import rendition
from ..recipes.melodies import INSTRUMENT, MELODIES
from .word import SOME, Word, opposites, word


def _programs(*ranges: tuple[int, int]) -> tuple[str, ...]:
    """Return the names of General MIDI programs, from the first to the last of each range."""
    return tuple(PROGRAM_NAMES[p] for first, last in ranges for p in range(first, last + 1))


# From the general to the particular. The families are those of GM 1, but timpani count as
# percussion, and effects and what GM calls ethnic have none. Names that GM has not are URMP's.
_FAMILIES = (
    ("sustained", "envelope", _programs((16, 23), (40, 44), (48, 54), (56, 95), (109, 111))),
    ("decaying", "envelope", _programs((0, 15), (24, 39), (45, 47), (55, 55), (104, 108))),
    ("wind", "family", (*_programs((56, 79)), "horn", "saxophone")),
    ("woodwind", "family", (*_programs((64, 79)), "saxophone")),
    ("keyboard", "family", _programs((0, 8), (16, 20))),
    ("plucked", "family", _programs((24, 39), (45, 46), (104, 107))),
    ("piano", "family", _programs((0, 7))),
    ("mallet", "family", _programs((8, 15))),
    ("organ", "family", _programs((16, 23))),
    ("guitar", "family", _programs((24, 31))),
    ("bass", "family", _programs((32, 39))),
    ("strings", "family", (*_programs((40, 46)), "double bass")),
    ("ensemble", "family", _programs((48, 55))),
    ("brass", "family", (*_programs((56, 63)), "horn")),
    ("reed", "family", (*_programs((64, 71)), "saxophone")),
    ("pipe", "family", _programs((72, 79))),
    ("lead", "family", _programs((80, 87))),
    ("pad", "family", _programs((88, 95))),
    ("percussion", "family", _programs((47, 47), (112, 119))),
)

_RHYTHMS = MELODIES.factor("rhythm_bar1").names  # such as xx.xx.xx
_WEIGHTS = (0, -3, -2, -3, -1, -3, -2, -3)  # 4/4: Longuet-Higgins and Lee 1984


def _syncopated(rhythm: str) -> bool:
    """Return whether a rest stands on a stronger eighth than the note before it."""
    before = None
    for slot, sign in enumerate(rhythm):
        if sign == "x":
            before = slot
        elif before is not None and _WEIGHTS[slot] > _WEIGHTS[before]:
            return True
    return False


def _rests_within(rhythm: str, first: int, last: int) -> bool:
    return all(first <= slot <= last for slot, sign in enumerate(rhythm) if sign == ".")


_RHYTHM_WORDS = (
    ("syncopated", "syncopation", tuple(r for r in _RHYTHMS if _syncopated(r))),
    ("straight", "syncopation", tuple(r for r in _RHYTHMS if not _syncopated(r))),
    ("on the beat", "start", tuple(r for r in _RHYTHMS if r[0] == "x")),
    ("after the beat", "start", tuple(r for r in _RHYTHMS if r[0] == ".")),
    ("one gap", "gaps", tuple(r for r in _RHYTHMS if ".." in r)),
    ("two gaps", "gaps", tuple(r for r in _RHYTHMS if ".." not in r)),
    ("rests early", "rests", tuple(r for r in _RHYTHMS if _rests_within(r, 0, 3))),
    ("rests late", "rests", tuple(r for r in _RHYTHMS if _rests_within(r, 4, 7))),
)
_BARS = {1: "rhythm_bar1", 2: "rhythm_bar2"}
_UP, _DOWN = DIRECTIONS
_ARPEGGIOS = "arpeggios"


def _arpeggios(shape: str, *directions: str) -> Word:
    """Return a word for the directions of the chords 1 to 4; "" is for any."""
    where = tuple((f"arp_chord{k}", (way,)) for k, way in enumerate(directions, 1) if way)
    return Word(f"{_ARPEGGIOS} {shape}", _ARPEGGIOS, where)


_PLACED: tuple[Word, ...] = (
    # the register: of a melody by its tonic's octave, of a tone from middle C up
    *opposites("register", "octave", "low", 5, "high", 5),
    *opposites("register", "pitch", "low", 60, "high", 60),
    # dynamics: levels of sinusoids by their root mean square
    *rendition.VELOCITY.words,
    *rendition.LEVEL.words,
    *opposites("loudness", "level", "soft", -28, "loud", -24, "dB of full scale"),
    *rendition.CRESCENDO.words,
    *rendition.TEMPO.words,
    # harmony
    word("minor third", "third", "scale", ("minor", "blues")),
    word("white key", "key", "tonic", tuple(t for t in TONICS if "#" not in t)),
    word("black key", "key", "tonic", tuple(t for t in TONICS if "#" in t)),
    *rendition.TUNING.words,
    # instruments
    *(word(name, kind, INSTRUMENT, names) for name, kind, names in _FAMILIES),
    *(
        word(f"to {name}", f"{kind} at the end", rendition.INSTRUMENT_TO.name, names)
        for name, kind, names in _FAMILIES
    ),
    # spectra: a sawtooth falls by 6 dB an octave; of a square wave even partials are missing
    *opposites("colour", "tilt", "dark", -6, "bright", -5),
    *rendition.BRIGHTNESS.words,
    *opposites("balance", "odd_even", "hollow", -9, "full", -9),
    *opposites("resonance", "formant", "mellow", 1500, "piercing", 1500),
    *opposites("noise", "hnr", "noisy", 20, "clean", 20),  # healthy voices lie above 20 dB
    *opposites("partials", "inharmonicity", "harmonic", SOME, "stiff", SOME),
    # within a note
    *opposites("onset", "attack", "hard", 0.05, "gentle", 0.05, "s"),
    *rendition.ATTACK.words,
    *opposites("ring", "decay", "dry", 5, "ringing", 5),
    *rendition.VIBRATO.words,
    *opposites("wavering", "vibrato_depth", "narrow vibrato", 40, "wide vibrato", 40),
    *opposites("wavering speed", "vibrato_rate", "slow vibrato", 5, "fast vibrato", 5),
    *opposites("trembling", "tremolo", "weak tremolo", 5, "strong tremolo", 5),
    # between notes: eighths of 120 beats a minute are 4 onsets a second
    *opposites("number", "notes", "few notes", 6, "many notes", 6),
    *opposites("fullness", "density", "sparse", 3, "dense", 3),
    *(
        Word(name, kind, tuple((factor, rhythms) for factor in _BARS.values()))
        for name, kind, rhythms in _RHYTHM_WORDS
    ),
    *(
        word(f"{name} bar {bar}", kind, factor, rhythms)
        for name, kind, rhythms in _RHYTHM_WORDS
        for bar, factor in _BARS.items()
    ),
    # motion of the line, and of the arpeggios
    word("turning", "motion", "contour", ("arch", "valley", "zigzag")),
    _arpeggios("rising bar 1", _UP, _UP),
    _arpeggios("falling bar 1", _DOWN, _DOWN),
    _arpeggios("rising bar 2", "", "", _UP, _UP),
    _arpeggios("falling bar 2", "", "", _DOWN, _DOWN),
    _arpeggios("rising", _UP, _UP, _UP, _UP),
    _arpeggios("falling", _DOWN, _DOWN, _DOWN, _DOWN),
    _arpeggios("arch", _UP, _UP, _DOWN, _DOWN),
    _arpeggios("valley", _DOWN, _DOWN, _UP, _UP),
)
# The order numbers the symbols of a vocabulary, so words of new rows come last.
WORDS = (
    *_PLACED,
    *(one for row in rendition.ROWS.values() for one in row.words if one not in _PLACED),
)

# Of dsounds 0.1.0, in which "rising" was a line and arpeggios: ids of its corpora count words.
FORMER_NAMES = {
    word.name.removeprefix(f"{_ARPEGGIOS} "): word.name for word in WORDS if word.kind == _ARPEGGIOS
}
"""names of words by what they were called before; `Vocabulary.number` still knows them"""
WORDS_3 = tuple(
    replace(word, name=word.name.removeprefix(f"{_ARPEGGIOS} "), kind="motion")
    if word.kind == _ARPEGGIOS
    else word
    for word in WORDS
)
"""the words as corpora of format 3 have them"""
