"""Recordings of one and the same sound: copies under other names, whatever their labels say.

Two recordings are copies where they have a clip whose sound, mono at 16 kHz, is equal to the last
bit: copied files, the same samples in WAV and in FLAC, a file and its beginning. Copies in training
and in validation would be scored by heart, so they count as one unit of the split. Labels that
contradict each other are reported: a table may be wrong, or a sound be truly the same for two
values of a factor (the velocities of an organ).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .labels import Recording

_MOST_NAMED = 20


@dataclass(frozen=True)
class Copies:
    """Some recordings of the same sound, with the factors in which their labels differ."""

    recordings: tuple[Recording, ...]

    @property
    def contradicting(self) -> tuple[str, ...]:
        """The factors for which these recordings have more than one label."""
        return tuple(
            name
            for name in self.recordings[0].labels
            if len({one.labels[name] for one in self.recordings}) > 1
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in which the labels' split has these recordings; () where none is given."""
        return tuple(sorted({one.part for one in self.recordings if one.part}))

    def __str__(self) -> str:
        """Return the names of the files, with the labels that contradict each other."""
        told = self.contradicting
        return " = ".join(
            one.file + (f" ({', '.join(f'{k}={one.labels[k]}' for k in told)})" if told else "")
            for one in self.recordings
        )


def copies_of(clips: Iterable[tuple[Recording, str]]) -> tuple[Copies, ...]:
    """Return the recordings that share a clip, from the recording and the hash of each clip."""
    found: dict[str, dict[str, Recording]] = {}
    for one, sound in clips:
        found.setdefault(sound, {})[one.file] = one
    groups = {tuple(same): tuple(same.values()) for same in found.values() if len(same) > 1}
    return tuple(map(Copies, groups.values()))


def together(units: Sequence[Hashable], sounds: Sequence[Hashable]) -> np.ndarray:
    """Return equal numbers for what shares a unit or a sound, or is linked by others: (n,) int64.

    Numbers are 0, 1, ... as they first come.
    """
    first, second = numbers(units), numbers(sounds)
    size = int(first.max()) + 1 + int(second.max()) + 1
    links = coo_array((np.ones(len(first)), (first, first.max() + 1 + second)), shape=(size, size))
    return numbers(connected_components(links, directed=False)[1][first].tolist())


def numbers(things: Sequence[Hashable]) -> np.ndarray:
    """Return equal numbers for equal things, 0, 1, ... as they first come: (n,) int64."""
    number = {thing: n for n, thing in enumerate(dict.fromkeys(things))}
    return np.array([number[thing] for thing in things], np.int64)


def copies_lines(copies: Sequence[Copies]) -> list[str]:
    """Return what a user must know of copies, as lines."""
    if not copies:
        return []
    count = len({one.file for same in copies for one in same.recordings})
    lines = [f"the same sound under several names: {count:,} recordings"]
    against = [one for one in copies if one.contradicting]
    if against:
        lines.append(f"the same sound with labels that contradict each other: {named(against)}")
    apart = [one for one in copies if len(one.parts) > 1]
    if apart:
        lines.append(f"the labels' split has the same sound in two parts: {named(apart)}")
    return lines


def named(things: Sequence[object]) -> str:
    """Return things as text, the first 20 and how many more there are."""
    more = f" and {len(things) - _MOST_NAMED:,} more" if len(things) > _MOST_NAMED else ""
    return f"{', '.join(map(str, things[:_MOST_NAMED]))}{more}"
