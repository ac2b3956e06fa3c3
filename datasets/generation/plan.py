"""The shards of a corpus by their numbers: where each lies, and how it is made.

Nothing is held per clip but the chosen positions and the splits of the recipe, so a plan of a
million shards is small.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DsoundsError
from ...settings import shortly, whole_number
from ..recipes.base import Recipe
from ..storage.manifest import Manifest, shard_name
from ..storage.shard import Job
from .shard_state import Place


def shard_range(text: str) -> range:
    """Return the shards that "0:10" stands for, the first ten. Other texts raise DsoundsError."""
    found = re.fullmatch(r"(\d+):(\d+)", text)
    start, stop = map(whole_number, found.groups()) if found else (0, 0)
    if start >= stop:
        raise DsoundsError(
            f"shards is {shortly(text)}: START:STOP is needed, such as 0:10 for the first ten "
            "shards"
        )
    return range(start, stop)


class Plan:
    """The shards of a corpus in the folder `out`.

    `manifest` is that of the corpus, without shards; `recorded` has the entries of those shards
    that corpus.json knows, by their first clips.
    """

    def __init__(self, recipe: Recipe, wanted: Manifest, out: Path) -> None:
        self.recipe, self.manifest, self.out = recipe, replace(wanted, shards=[]), out.resolve()
        self.recorded = {entry["start"]: entry for entry in wanted.shards}
        self._parts = {
            name: recipe.parts(name) for name in recipe.split_names if name in wanted.splits
        }

    def __len__(self) -> int:
        return -(-self.manifest.clips // self.manifest.shard_size)

    def numbers(self, chosen: range | None) -> range:
        """Return the shards of a range, which may end too late. An empty one is refused."""
        if chosen is None:
            return range(len(self))
        if not 0 <= chosen.start < min(chosen.stop, len(self)):
            raise DsoundsError(
                f"no shard is in {chosen.start}:{chosen.stop}: this corpus has shards 0 to "
                f"{len(self) - 1}, and 0:10 means the first ten"
            )
        return range(chosen.start, min(chosen.stop, len(self)))

    def clips(self, number: int) -> tuple[int, int]:
        """Return the first clip of a shard, and the first one after it."""
        start = number * self.manifest.shard_size
        return start, min(start + self.manifest.shard_size, self.manifest.clips)

    def index(self, number: int) -> np.ndarray:
        """Return the positions of a shard's clips in the space: (n,) int64."""
        return self.recipe.positions(np.arange(*self.clips(number)))

    def place(self, number: int) -> Place:
        """Return where a shard ought to be."""
        start, stop = self.clips(number)
        path = self.out / shard_name(number)
        recorded = self.recorded.get(start)
        return Place(path, self.manifest.id, start, stop, recorded, self.manifest)

    def job(self, number: int) -> Job:
        """Return how a shard is made."""
        place = self.place(number)
        return Job(
            path=place.path,
            start=place.start,
            stop=place.stop,
            index=self.index(number),
            splits={name: parts[place.start : place.stop] for name, parts in self._parts.items()},
            manifest=self.manifest,
            sha256=place.recorded["sha256"] if place.recorded else None,
        )

    def complete(self, entries: dict[int, dict[str, Any]]) -> Manifest:
        """Return the manifest with entries of shards by their first clips, and those known before.

        What else corpus.json knows of a shard is kept.
        """
        known = self.recorded | {
            start: self.recorded.get(start, {}) | entry for start, entry in entries.items()
        }
        return replace(self.manifest, shards=[known[start] for start in sorted(known)])
