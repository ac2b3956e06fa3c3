"""dMelodies as factors, and the recipe that chooses a corpus from them.

The default is the recipe of 000 section 5.1: C major, octave 4, no rest at either end of the
melody, 3,000 melodies on violin and trumpet half and half, 80 % for training. No rest at an end
means that the first rhythm has an onset in its first slot and the second in its last, so what is
left (7,056 melodies) is again a grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..soundfonts.errors import DsoundsError
from ..synth import melody
from ..synth.midi import program_name, program_number
from .space import Factor, FactorSpace


def _rhythm_name(onsets: tuple[int, ...]) -> str:
    return "".join("x" if slot in onsets else "." for slot in range(melody.BAR_SLOTS))


def _numbered(name: str, kind: str, names: tuple[str, ...], unit: str = "") -> Factor:
    return Factor(name, kind, tuple(range(len(names))), names, unit)  # type: ignore[arg-type]


_RHYTHM_NAMES = tuple(_rhythm_name(onsets) for onsets in melody.RHYTHMS)

MELODIES = FactorSpace(
    [
        _numbered("tonic", "static", melody.TONICS, "pitch class"),
        Factor("octave", "static", melody.OCTAVES, tuple(map(str, melody.OCTAVES)), "octave"),
        _numbered("scale", "static", tuple(melody.SCALE_STEPS)),
        _numbered("rhythm_bar1", "dynamic", _RHYTHM_NAMES),
        _numbered("rhythm_bar2", "dynamic", _RHYTHM_NAMES),
        *(_numbered(f"arp_chord{k}", "dynamic", melody.DIRECTIONS) for k in (1, 2, 3, 4)),
    ]
)
INSTRUMENT = "instrument"


@dataclass(frozen=True)
class DMelodies:
    """A corpus of dMelodies: which values its factors take, how many clips, which seed."""

    count: int = 3000
    """number of clips"""
    seed: int = 0
    """seed of the choice of clips and of the split"""
    tonics: tuple[str, ...] = ("C",)
    """tonics: C, C#, ... B, or 'all'"""
    octaves: tuple[int, ...] = (4,)
    """octaves of the tonic: 4, 5, 6 (C4 is MIDI pitch 60)"""
    scales: tuple[str, ...] = ("major",)
    """scales: major, minor, blues"""
    instruments: tuple[str, ...] = ("violin", "trumpet")
    """General MIDI instruments, by name or program number (0 to 127)"""
    rest_at_ends: bool = False
    """also melodies that start or end with a rest"""
    validation: float = 0.2
    """part of the melodies kept for validation"""
    soundfont: str = "musescore-general"
    """name of a known SoundFont, or the path of an .sf2 or .sf3 file"""

    def __post_init__(self) -> None:
        for name in ("count", "seed"):
            if type(getattr(self, name)) is not int:
                raise DsoundsError(f"{name} is {getattr(self, name)!r}: an integer is needed")
        if self.count < 1:
            raise DsoundsError(f"count is {self.count}: at least 1 clip is needed")
        if self.seed < 0:
            raise DsoundsError(f"seed is {self.seed}: 0 or larger is needed")
        if not 0 <= self.validation < 1:
            raise DsoundsError(
                f"validation is {self.validation}: a part from 0 to below 1 is needed"
            )
        if self.count > len(self.space):
            raise DsoundsError(
                f"count is {self.count:,}, but this recipe's space has only {len(self.space):,} "
                "clips (more tonics, octaves, scales or instruments make it larger)"
            )

    @cached_property
    def space(self) -> FactorSpace:
        """The grid of this recipe: the nine factors of dMelodies and the instrument."""

        def chosen(name: str, values: tuple[str, ...] | tuple[int, ...]) -> list[int]:
            factor = MELODIES.factor(name)
            if tuple(values) == ("all",):
                return list(range(len(factor)))
            return [factor.class_of(value) for value in values]

        first = [r for r, onsets in enumerate(melody.RHYTHMS) if 0 in onsets]
        last = [r for r, onsets in enumerate(melody.RHYTHMS) if melody.BAR_SLOTS - 1 in onsets]
        every = range(len(melody.RHYTHMS))
        melodies = MELODIES.restrict(
            tonic=chosen("tonic", self.tonics),
            octave=chosen("octave", self.octaves),
            scale=chosen("scale", self.scales),
            rhythm_bar1=every if self.rest_at_ends else first,
            rhythm_bar2=every if self.rest_at_ends else last,
        )
        if not self.instruments:
            raise DsoundsError("no instrument is given: at least one is needed")
        programs = sorted({program_number(instrument) for instrument in self.instruments})
        names = tuple(program_name(program) for program in programs)
        instrument = Factor(INSTRUMENT, "static", tuple(programs), names, "General MIDI program")
        return FactorSpace([*melodies.factors, instrument])

    def canonical(self) -> DMelodies:
        """The same recipe with its choices spelled and ordered as in the factor table."""
        names = {factor.name: factor.names for factor in self.space.factors}
        return replace(
            self,
            tonics=names["tonic"],
            octaves=tuple(map(int, names["octave"])),
            scales=names["scale"],
            instruments=names[INSTRUMENT],
        )

    @property
    def clip_samples(self) -> int:
        """Length of every clip in samples."""
        return melody.CLIP_SAMPLES

    def schedule(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Notes and programs of clips.

        values: (N, 10), the nine factors of dMelodies and the program. Returns (N, 12) of dtype
        NOTE and (N,) int64.
        """
        notes = melody.notes(melody.slots(MELODIES.classes_of(values[:, :-1])))
        return notes, values[:, -1].astype(np.int64)

    def choose(self) -> np.ndarray:
        """Positions of the clips in the space: (count,) int64.

        Melodies come in a random order, each on one instrument; only when all were taken, each
        comes again on another. Clips are dealt in blocks of as many as there are instruments,
        each once in a block; a smaller corpus of the same seed is the beginning of a larger one.
        """
        melodies, instruments = self._melodies_and_instruments
        rng = np.random.default_rng([self.seed, 0])
        order = rng.permutation(melodies)
        blocks = -(-melodies // instruments)
        turns = np.concatenate([rng.permutation(instruments) for _ in range(blocks)])[:melodies]
        clip = np.arange(self.count)
        place, turn = clip % melodies, clip // melodies
        return order[place] * instruments + (turns[place] + turn) % instruments

    def validation_part(self, index: np.ndarray) -> np.ndarray:
        """Which clips are for validation: (N,) bool.

        index: (N,) positions, as `choose` gives them. Melodies are split, so none is on both
        sides; they are dealt per instrument, so that each side has all instruments in the same
        shares.
        """
        melodies, instruments = self._melodies_and_instruments
        first = index[:melodies]
        rng = np.random.default_rng([self.seed, 1])
        held_out = np.zeros(len(first), bool)
        for instrument in range(instruments):
            places = np.flatnonzero(first % instruments == instrument)
            # A clip is held out where the running total of the fraction passes a whole number.
            total = np.floor(np.arange(len(places) + 1) * self.validation + rng.random())
            held_out[places] = np.diff(total) > 0
        return held_out[np.arange(len(index)) % melodies]

    @property
    def _melodies_and_instruments(self) -> tuple[int, int]:
        instruments = len(self.space.factor(INSTRUMENT))
        return len(self.space) // instruments, instruments
