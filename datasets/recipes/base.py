"""The base of every recipe: how clips are chosen from a factor space, and split.

A kind of corpus (`registry.KINDS`) is one settings class on top of `Recipe`. It says which factor
space it has and what its clips play; everything else (choice, splits, rendering, shards, reading)
is the same for all kinds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field

from ...errors import DsoundsError, suggestion
from ...settings import Number, settings
from ...synth.music.schedule import Finish, Schedule, Voice
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..factors import sampling, splits
from ..factors.space import FactorSpace

Sampling = Literal["melodies", "uniform", "stratified", "correlated", "all"]
MELODY, RANDOM, HELD_OUT, RANGE = "melody", "random", "held-out", "range"
ASKED = (HELD_OUT, RANGE)  # the splits that a recipe has only where they are asked for
_MOST_SPLIT = 20_000_000
_CLIPS = 3000  # number of clips where none is given


@settings
class Recipe(ABC):
    """The choice of a corpus's clips from a factor space, and of their splits."""

    count: Annotated[int, Field(ge=1)] | None = None
    """number of clips; none: 3000, or all of a smaller space; all where sampling is 'all'"""
    seed: Annotated[int, Field(ge=0)] = 0
    """seed of the choice of clips and of the splits"""
    sampling: Sampling = "melodies"
    """melodies: each in one rendition until all were taken; uniform: any clip of the space;
    stratified: every factor's values equally often; correlated: two factors depend on each other;
    all: the whole space, in order"""
    correlate: tuple[str, ...] = ()
    """the two factors of correlated sampling"""
    rho: Annotated[Number, Field(ge=-1, le=1)] = 0.0
    """how strongly they depend: 0 not at all, 1 or -1 completely"""
    validation: splits.Share = 0.2
    """part of the melodies kept for validation"""
    test: splits.Share = 0.0
    """part of the melodies kept for a test"""
    hold_out: tuple[str, ...] = ()
    """combinations never in training, such as 'instrument=trumpet octave=5': split 'held-out',
    which is the default then"""
    extrapolate: tuple[str, ...] = ()
    """ranges never in training, such as 'octave>=6': split 'range', the default unless there is
    'held-out'"""
    soundfont: str = "musescore-general"
    """name of a known SoundFont, or the path of an .sf2 or .sf3 file"""
    rms_dbfs: Annotated[Number, Field(ge=-60, le=0)] | None = None
    """root mean square of every clip in dB of full scale: equal loudness, instead of equal peaks"""
    remove_dc: bool = False
    """take away the constant part of the sound (a high-pass filter at 10 Hz)"""
    fade_s: Annotated[Number, Field(ge=0, le=1)] = 0.0
    """seconds over which every clip fades out at its end, where it is cut off otherwise"""

    @property
    @abstractmethod
    def space(self) -> FactorSpace:
        """The grid of all clips that the recipe allows; its last factors are the rendition's."""

    @property
    @abstractmethod
    def level_settings(self) -> tuple[str, ...]:
        """The settings that give clips a level of their own, which equal loudness would undo."""

    @property
    @abstractmethod
    def renditions(self) -> int:
        """The number of ways in which each melody (the first factors) comes: the last factors."""

    @property
    @abstractmethod
    def clip_samples(self) -> int:
        """The length of every clip in samples."""

    @property
    def keeps_notes(self) -> bool:
        """Whether clips share notes, so that it pays to render each once and to keep it."""
        return True

    @property
    @abstractmethod
    def voices(self) -> tuple[Voice, ...]:
        """The voices whose numbers stand in schedules."""

    @abstractmethod
    def schedule(self, values: np.ndarray) -> Schedule:
        """Return what clips with these values (N, F) play."""

    @property
    def finish(self) -> Finish:
        """What is done to the sound of every clip before it gets its level."""
        return Finish(self.remove_dc, round(self.fade_s * SAMPLE_RATE_HZ), self.rms_dbfs)

    def tempo_bpm(self, values: np.ndarray) -> float | None:
        """Return the tempo of the clip with these values (F,), None where notes are on no grid."""
        return None

    @abstractmethod
    def note_codes(self) -> np.ndarray:
        """Return the codes of all notes that a clip of the space may need, ascending."""

    @abstractmethod
    def canonical(self) -> Self:
        """Return the same recipe with its choices spelled and ordered as in the factor table."""

    def __post_init__(self) -> None:
        """Raise DsoundsError where the settings together make no corpus."""
        splits.check_shares(self.validation, self.test)
        if self.rms_dbfs is not None and self.level_settings:
            raise DsoundsError(
                f"rms_dbfs is {self.rms_dbfs:g}, but {' and '.join(self.level_settings)} give "
                "clips a level of their own, which equal loudness would make untrue: leave out one "
                "of them"
            )
        if self.sampling == "all" and self.count not in (None, len(self.space)):
            raise DsoundsError(
                f"count is {self.count:,}, but sampling 'all' takes all {len(self.space):,} clips "
                "of the space: leave out count (--count None where the recipe gives one), or "
                "choose another sampling, such as uniform"
            )
        if self.clips > len(self.space):
            raise DsoundsError(
                f"count is {self.count:,}, but this recipe's space has only {len(self.space):,} "
                "clips (more values of its factors make it larger)"
            )
        self._check_pair()
        for text in (*self.hold_out, *self.extrapolate):
            splits.Region.parse(text, self.space)

    def _check_pair(self) -> None:
        if self.sampling != "correlated":
            if self.correlate or self.rho:
                raise DsoundsError(
                    "correlate and rho are for sampling 'correlated', "
                    f"this recipe's is {self.sampling!r}"
                )
            return
        if len(self.correlate) != 2 or self.correlate[0] == self.correlate[1]:
            raise DsoundsError(
                f"correlate is {self.correlate}: the names of two factors are needed"
            )
        for name in self.correlate:
            if len(self.space.factor(name)) < 2:
                raise DsoundsError(f"{name} cannot be correlated: it has only one value here")

    @property
    def clips(self) -> int:
        """The number of clips of the corpus."""
        if self.sampling == "all":
            return len(self.space)
        return min(_CLIPS, len(self.space)) if self.count is None else self.count

    @cached_property
    def _chosen(self) -> np.ndarray:
        size, count = len(self.space), self.clips
        match self.sampling:
            case "melodies":
                units = size // self.renditions
                return sampling.melodies_first(units, self.renditions, count, self.seed)
            case "uniform":
                return sampling.uniform(size, count, self.seed)
            case "stratified":
                return sampling.stratified(self.space, count, self.seed)
            case "correlated":
                pair = (self.correlate[0], self.correlate[1])
                return sampling.correlated(self.space, pair, self.rho, count, self.seed)
        raise AssertionError(self.sampling)

    def positions(self, clips: np.ndarray) -> np.ndarray:
        """Return the positions in the space of clips by their numbers: (n,) to (n,) int64."""
        clips = np.asarray(clips, np.int64)
        return clips if self.sampling == "all" else self._chosen[clips]

    def joint(self) -> dict[str, Any] | None:
        """Return how the two factors of correlated sampling depend on each other, exactly.

        Returns
        -------
        dict or None
            The key counts has clips for each pair of classes, the first factor in rows; entropies
            are in nats. None for other samplings, where factors are independent but for chance.
        """
        if self.sampling != "correlated":
            return None
        sizes = [len(self.space.factor(name)) for name in self.correlate]
        counts = sampling.joint_counts((sizes[0], sizes[1]), self.rho, self.clips)
        return {
            "factors": list(self.correlate),
            "rho": self.rho,
            "counts": counts.tolist(),
            "entropies": asdict(sampling.entropies(counts)),
        }

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits that the corpus has, in the order in which shards and hashes have them."""
        names = [MELODY, RANDOM]
        return (*names, *([HELD_OUT] * bool(self.hold_out)), *([RANGE] * bool(self.extrapolate)))

    @property
    def splits_by_default(self) -> tuple[str, ...]:
        """The same splits, first the one that is meant where none is named.

        It is the first that was asked for, by `hold_out` or `extrapolate`: by any other split the
        combinations that it keeps out are trained on.
        """
        return tuple(sorted(self.split_names, key=lambda name: name not in ASKED))

    def parts(self, split: str) -> np.ndarray:
        """Return the part of each clip: (N,) uint8, numbers in `splits.PARTS`.

        Raises
        ------
        DsoundsError
            If the recipe does not have the split, or if it would not fit in memory.
        """
        if split not in self.split_names:
            raise DsoundsError(
                f"there is no split {split!r}{suggestion(split, self.split_names)}: "
                f"{', '.join(self.split_names)} are there"
            )
        if split != MELODY and self.clips > _MOST_SPLIT:
            raise DsoundsError(
                f"split {split!r} of {self.clips:,} clips would not fit in memory: up to "
                f"{_MOST_SPLIT:,} are allowed (split {MELODY!r} has no limit)"
            )
        if split == RANDOM:
            return splits.at_random(self.clips, self.validation, self.test, self.seed)
        if split == MELODY and self.sampling == "all":  # one of each melody decides for all of it
            first = np.arange(0, self.clips, self.renditions)
            parts = splits.by_unit(first, self.renditions, self.validation, self.test, self.seed)
            return np.repeat(parts, self.renditions)
        index = self.positions(np.arange(self.clips))
        if split == MELODY:
            return splits.by_unit(index, self.renditions, self.validation, self.test, self.seed)
        cells = [
            splits.Region.parse(text, self.space)
            for text in (self.hold_out if split == HELD_OUT else self.extrapolate)
        ]
        classes = self.space.classes(index)
        return splits.held_out(classes, cells, index, self.renditions, self.validation, self.seed)
