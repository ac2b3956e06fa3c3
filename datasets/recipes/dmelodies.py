"""The recipe that chooses a corpus of dMelodies.

The default is the recipe of Luo et al. 2022, sec. 5.1: C major, octave 4, no rest at either end of
the melody, 3,000 melodies on violin and trumpet half and half, 80 % for training.

After the nine factors of a melody come the instrument and what a recipe adds to the rendition
(`rendition`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Self

import numpy as np

from ...settings import settings
from ...synth.music import melody
from ...synth.music.schedule import Schedule, Voice
from ...synth.rendering.fluidsynth import to_block
from ...synth.rendering.note_table import codes_in, voice_step
from ..factors.space import FactorSpace
from .base import Recipe
from .melodies import INSTRUMENT, MELODIES, Melodies
from .rendition import CRESCENDO, INSTRUMENT_TO, LEVEL, TEMPO, VELOCITY, Rendition


@settings
class DMelodies(Rendition, Melodies):
    """A corpus of dMelodies: which values its factors take, how many clips, which seed."""

    def __post_init__(self) -> None:
        """Raise DsoundsError where the settings make no corpus."""
        Rendition.__post_init__(self)
        Recipe.__post_init__(self)

    @cached_property
    def space(self) -> FactorSpace:
        """The grid of this recipe: the nine factors of dMelodies and those of the rendition."""
        rendition = (self.instrument, *self.factors(self.instrument))
        return FactorSpace([*self.melodies.factors, *rendition])

    @property
    def level_settings(self) -> tuple[str, ...]:
        """The settings that give clips a level of their own."""
        one = self.levels == (0.0,), len(set(self.velocities)) == 1
        return tuple(
            name for name, same in zip(("levels", "velocities"), one, strict=True) if not same
        )

    @property
    def renditions(self) -> int:
        """The number of ways in which each melody comes."""
        return len(self.space) // len(self.melodies)

    def canonical(self) -> Self:
        """Return the same recipe with its choices spelled and ordered as in the factor table."""
        names = {factor.name: factor.names for factor in self.space.factors}
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
            **self.ordered(),
        )

    @property
    def clip_samples(self) -> int:
        """The length of every clip in samples: that of the slowest melody."""
        return int(to_block(np.ceil(melody.SLOTS * melody.slot_samples(min(self.tempos)))))

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """A voice for each instrument and each setting of its generators, in mixed radix."""
        amounts = self.amounts()
        numbers = [row.generator for row in amounts]
        return tuple(
            Voice(
                int(program),
                generators=tuple((g, a) for g, a in zip(numbers, own, strict=True) if g and a),
            )
            for program in self.instrument.values
            for own in product(*amounts.values())
        )

    def _voice(self, own: dict[str, np.ndarray], instrument: str) -> np.ndarray:
        """Return the number of the voice that plays each clip."""
        number = np.searchsorted(self.instrument.values, own[instrument])
        for row, amounts in self.amounts().items():
            place = np.searchsorted(amounts, own[row.name]) if row.name in own else 0
            number = number * len(amounts) + place
        return number

    def schedule(self, values: np.ndarray) -> Schedule:
        """Return what clips with these values (N, F) play.

        Level follows velocity as the SoundFont format has it (2.01, section 8.4.1, whose concave
        curve makes amplitude go with its square), relative to the recipe's loudest.
        """
        own = {name: values[:, column] for column, name in enumerate(self.space.names)}
        pitches = melody.slots(MELODIES.classes_of(values[:, : len(MELODIES.factors)]))
        velocity = own.get(VELOCITY.name, np.full(len(values), self.velocities[0])).astype(np.int64)
        notes = melody.notes(pitches, velocity, own.get(TEMPO.name, self.tempos[0]))
        parts = (INSTRUMENT, INSTRUMENT_TO.name)
        voices = [self._voice(own, name) for name in parts if name in own]
        level_db = own.get(LEVEL.name, np.full(len(values), self.levels[0]))
        level_db = level_db + 40 * np.log10(velocity / max(self.velocities))
        rise_db = own.get(CRESCENDO.name, np.full(len(values), self.crescendos[0]))
        return Schedule(notes, np.stack(voices, axis=1), level_db, rise_db, finish=self.finish)

    def tempo_bpm(self, values: np.ndarray) -> float:
        """Return the tempo of the clip with these values (F,)."""
        names = self.space.names
        return float(values[names.index(TEMPO.name)] if TEMPO.name in names else self.tempos[0])

    def note_codes(self) -> np.ndarray:
        """Return the codes of all notes that a clip of the space may need, ascending."""
        sizes = {factor.name: len(factor) for factor in self.space.factors}
        varied = ("tonic", "octave", "scale", VELOCITY.name, TEMPO.name)
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
