"""dMelodies as factors, and the recipe that chooses a corpus from them.

The default is the recipe of 000 section 5.1: C major, octave 4, no rest at either end of the
melody, 3,000 melodies on violin and trumpet half and half, 80 % for training. No rest at an end
means that the first rhythm has an onset in its first slot and the second in its last, so what is
left (7,056 melodies) is again a grid.

After the nine factors of a melody come those of its rendition: the instrument, and what a recipe
adds (velocity, tempo, the instrument that the sound moves to, crescendo, level, brightness, attack,
vibrato, tuning). A factor that the recipe leaves alone is not in its space.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Self

import numpy as np

from ...errors import DsoundsError
from ...synth.music import melody
from ...synth.music.midi import program_name, program_number
from ...synth.music.schedule import FINE_TUNE, Schedule, Voice
from ...synth.rendering.fluidsynth import to_block
from ...synth.rendering.note_table import codes_in, voice_step
from ..factors.space import Factor, FactorSpace
from .base import Recipe


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
INSTRUMENT, INSTRUMENT_TO = "instrument", "instrument_to"
VELOCITY, TEMPO, CRESCENDO, LEVEL = "velocity", "tempo", "crescendo", "level"
# Factors that a recipe adds: name, setting, unit. Those with an SF2 generator change the voice.
_ADDED = (
    (CRESCENDO, "crescendos", "dB over the clip"),
    (LEVEL, "levels", "dB"),
    ("brightness", "brightnesses", "cents of the filter's cutoff"),
    ("attack", "attacks", "time cents"),
    ("vibrato", "vibratos", "cents"),
    ("tuning", "tunings", "cents"),
)
_GENERATORS = {"brightnesses": 8, "attacks": 34, "vibratos": 6, "tunings": FINE_TUNE}
_RANGES = {
    "crescendos": (-60, 60, "dB"),
    "levels": (-60, 0, "dB"),
    "brightnesses": (-7200, 7200, "cents"),
    "attacks": (-12000, 12000, "time cents"),
    "vibratos": (0, 1200, "cents"),
    "tunings": (-99, 99, "cents"),
}
_ALL = ("all",)


@dataclass(frozen=True)
class DMelodies(Recipe):
    """A corpus of dMelodies: which values its factors take, how many clips, which seed."""

    tonics: tuple[str, ...] = ("C",)
    """tonics: C, C#, ... B, or 'all'"""
    octaves: tuple[int, ...] = (4,)
    """octaves of the tonic: 4, 5, 6 (C4 is MIDI pitch 60)"""
    scales: tuple[str, ...] = ("major",)
    """scales: major, minor, blues, or 'all'"""
    rhythms_bar1: tuple[str, ...] = _ALL
    """rhythms of the first bar, such as 'xx.xx.xx', or 'all'"""
    rhythms_bar2: tuple[str, ...] = _ALL
    """rhythms of the second bar"""
    directions: tuple[str, ...] = melody.DIRECTIONS
    """directions of the four arpeggios: up, down"""
    rest_at_ends: bool = False
    """also melodies that start or end with a rest"""
    instruments: tuple[str, ...] = ("violin", "trumpet")
    """General MIDI instruments, by name or program number (0 to 127), or 'all'"""
    velocities: tuple[int, ...] = (melody.VELOCITY,)
    """MIDI velocities, 1 to 127; more than one: the clip's level is that of its velocity"""
    tempos: tuple[float, ...] = (melody.TEMPO_BPM,)
    """beats a minute; clips are as long as the slowest melody"""
    crossfade: bool = False
    """the sound moves from one instrument to another (or the same) over the clip"""
    crescendos: tuple[float, ...] = (0.0,)
    """by how many dB the level rises over the clip"""

    levels: tuple[float, ...] = (0.0,)
    """peak level of the clip in dB, 0 is full scale"""
    brightnesses: tuple[float, ...] = (0.0,)
    """cutoff of the low-pass filter, in cents from the preset's own: -1200 is an octave darker"""
    attacks: tuple[float, ...] = (0.0,)
    """attack time, in time cents from the preset's own: 1200 doubles it"""
    vibratos: tuple[float, ...] = (0.0,)
    """depth of the vibrato in cents, added to the preset's own"""
    tunings: tuple[float, ...] = (0.0,)
    """tuning in cents"""

    def __post_init__(self) -> None:
        for velocity in self.velocities:
            if type(velocity) is not int or not 1 <= velocity <= 127:
                raise DsoundsError(f"velocity {velocity!r} is not allowed: 1 to 127 are")
        for tempo in self.tempos:
            if not isinstance(tempo, int | float) or not 20 <= tempo <= 400:
                raise DsoundsError(f"tempo {tempo!r} is not allowed: 20 to 400 beats a minute are")
        for name, (low, high, unit) in _RANGES.items():
            for value in getattr(self, name):
                if type(value) not in (int, float) or not low <= value <= high:
                    raise DsoundsError(
                        f"{value!r} of {name} is not allowed: {low} to {high} {unit} are"
                    )
        self.check()

    @cached_property
    def space(self) -> FactorSpace:
        """The grid of this recipe: the nine factors of dMelodies and those of the rendition."""
        return FactorSpace([*self._melodies.factors, *self._rendition])

    @cached_property
    def _melodies(self) -> FactorSpace:
        def kept(name: str, values: Iterable[object], among: Iterable[int] = range(28)) -> set[int]:
            factor, texts = MELODIES.factor(name), tuple(str(value) for value in values)
            allowed = set(among) & set(range(len(factor)))
            if texts == _ALL:
                return allowed
            found = {factor.class_of(text) for text in texts}
            if not found & allowed:
                raise DsoundsError(f"{name}: no value is left of {', '.join(texts) or 'none'}")
            return found & allowed

        every, ends = range(len(melody.RHYTHMS)), (0, melody.BAR_SLOTS - 1)
        first, last = (
            [r for r in every if self.rest_at_ends or end in melody.RHYTHMS[r]] for end in ends
        )
        arpeggios = {f"arp_chord{k}": kept(f"arp_chord{k}", self.directions) for k in (1, 2, 3, 4)}
        return MELODIES.restrict(
            tonic=kept("tonic", self.tonics),
            octave=kept("octave", self.octaves),
            scale=kept("scale", self.scales),
            rhythm_bar1=kept("rhythm_bar1", self.rhythms_bar1, first),
            rhythm_bar2=kept("rhythm_bar2", self.rhythms_bar2, last),
            **arpeggios,
        )

    @cached_property
    def _rendition(self) -> list[Factor]:
        """The instrument, and what this recipe adds."""
        if not self.instruments:
            raise DsoundsError("no instrument is given: at least one is needed")
        given = range(128) if tuple(self.instruments) == _ALL else self.instruments
        programs = sorted({program_number(instrument) for instrument in given})
        names = tuple(program_name(program) for program in programs)
        unit = "General MIDI program"
        factors = [Factor(INSTRUMENT, "static", tuple(programs), names, unit)]
        if tuple(self.velocities) != (melody.VELOCITY,):
            factors.append(_scale(VELOCITY, self.velocities, "MIDI velocity"))
        if tuple(self.tempos) != (melody.TEMPO_BPM,):
            factors.append(_scale(TEMPO, self.tempos, "beats a minute"))
        if self.crossfade:
            factors.append(replace(factors[0], name=INSTRUMENT_TO))
        for name, setting, unit in _ADDED:
            if tuple(getattr(self, setting)) != (0.0,):
                factors.append(_scale(name, getattr(self, setting), unit))
        return factors

    @property
    def renditions(self) -> int:
        """In how many ways each melody comes."""
        return len(self.space) // len(self._melodies)

    def canonical(self) -> Self:
        """The same recipe with its choices spelled and ordered as in the factor table."""
        names = {factor.name: factor.names for factor in self.space.factors}
        added: dict[str, Any] = {
            setting: tuple(sorted({float(value) for value in getattr(self, setting)}))
            for _, setting, _ in _ADDED
        }
        return replace(
            self,
            count=self.clips,
            tonics=names["tonic"],
            octaves=tuple(map(int, names["octave"])),
            scales=names["scale"],
            rhythms_bar1=names["rhythm_bar1"],
            rhythms_bar2=names["rhythm_bar2"],
            directions=names["arp_chord1"],
            instruments=names[INSTRUMENT],
            velocities=tuple(sorted(set(self.velocities))),
            tempos=tuple(sorted({float(tempo) for tempo in self.tempos})),
            **added,
        )

    @property
    def clip_samples(self) -> int:
        """Length of every clip in samples: that of the slowest melody."""
        return int(to_block(np.ceil(melody.SLOTS * melody.slot_samples(min(self.tempos)))))

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """A voice for each instrument and each setting of its generators, in mixed radix."""
        amounts = [getattr(self.canonical(), setting) for setting in _GENERATORS]
        return tuple(
            Voice(
                int(program),
                generators=tuple(
                    (g, a) for g, a in zip(_GENERATORS.values(), own, strict=True) if a
                ),
            )
            for program in self.space.factor(INSTRUMENT).values
            for own in product(*amounts)
        )

    def _voice(self, own: dict[str, np.ndarray], instrument: str) -> np.ndarray:
        """Number of the voice that plays each clip."""
        number = np.searchsorted(self.space.factor(INSTRUMENT).values, own[instrument])
        for name, setting, _ in _ADDED:
            if setting in _GENERATORS:
                amounts = sorted({float(value) for value in getattr(self, setting)})
                place = np.searchsorted(amounts, own[name]) if name in own else 0
                number = number * len(amounts) + place
        return number

    def schedule(self, values: np.ndarray) -> Schedule:
        """What clips with these values (N, F) play.

        Level follows velocity as the SoundFont format has it (2.01, section 8.4.1, whose concave
        curve makes amplitude go with its square), relative to the recipe's loudest.
        """
        own = {name: values[:, column] for column, name in enumerate(self.space.names)}
        pitches = melody.slots(MELODIES.classes_of(values[:, : len(MELODIES.factors)]))
        velocity = own.get(VELOCITY, np.full(len(values), self.velocities[0])).astype(np.int64)
        notes = melody.notes(pitches, velocity, own.get(TEMPO, self.tempos[0]))
        voices = [self._voice(own, name) for name in (INSTRUMENT, INSTRUMENT_TO) if name in own]
        level_db = own.get(LEVEL, np.full(len(values), self.levels[0]))
        level_db = level_db + 40 * np.log10(velocity / max(self.velocities))
        rise_db = own.get(CRESCENDO, np.full(len(values), self.crescendos[0]))
        return Schedule(notes, np.stack(voices, axis=1), level_db, rise_db)

    def tempo_bpm(self, values: np.ndarray) -> float:
        """Tempo of the clip with these values (F,)."""
        names = self.space.names
        return float(values[names.index(TEMPO)] if TEMPO in names else self.tempos[0])

    def note_codes(self) -> np.ndarray:
        """Every note that a clip of the space may need, as `table.note_codes`, ascending."""
        sizes = {factor.name: len(factor) for factor in self.space.factors}
        varied = ("tonic", "octave", "scale", VELOCITY, TEMPO)
        rhythms = max(sizes["rhythm_bar1"], sizes["rhythm_bar2"])
        # Bars and chords are independent: each rhythm with all arpeggios up or all down has all.
        grid = np.indices((*(sizes.get(name, 1) for name in varied), rhythms, sizes["arp_chord1"]))
        *own, rhythm, direction = grid.reshape(len(grid), -1)
        classes = np.zeros((rhythm.size, len(sizes)), np.int64)
        for name, column in zip(varied, own, strict=True):
            if name in sizes:
                classes[:, self.space.column(name)] = column
        for name in sizes:
            if name.startswith("rhythm"):
                classes[:, self.space.column(name)] = rhythm % sizes[name]
            elif name.startswith("arp"):
                classes[:, self.space.column(name)] = direction
        one = codes_in(self.schedule(self.space.values(classes))) % voice_step()
        one = np.unique(one)  # the notes of every voice
        voice = np.arange(len(self.voices))[:, None] * voice_step()
        return (voice + one).ravel()


def _scale(name: str, values: Iterable[float], unit: str) -> Factor:
    """A static factor whose values are numbers."""
    ordered = tuple(sorted(set(values)))
    return Factor(name, "static", ordered, tuple(f"{value:g}" for value in ordered), unit)
