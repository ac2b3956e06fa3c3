"""The clips of a corpus that are exported, in batches, with the split that decides their parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ...errors import DsoundsError
from ...settings import shortly, whole_number
from ..reading.corpus import Corpus

_BATCH_CLIPS = 64  # 8 MB of sound


@dataclass(frozen=True)
class Selection:
    """Clips `start` to `stop` of a corpus.

    Parameters
    ----------
    split
        Name of the split that decides their parts.
    splits
        Names of all splits that are written down. The corpus may have more: those of a corpus on
        demand whose clips are too many to be split in memory.
    progress
        Whether a bar shows how far the batches are.
    """

    corpus: Corpus
    start: int
    stop: int
    split: str
    splits: tuple[str, ...]
    progress: bool = False

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """Whether it is the whole corpus."""
        return len(self) == len(self.corpus)

    def file_name(self, clip: int, suffix: str) -> str:
        """Return the name of a clip's file; names sort as clips do."""
        return f"clip-{clip:0{max(5, len(str(len(self.corpus) - 1)))}d}{suffix}"

    def batches(self, clips_each: int = _BATCH_CLIPS) -> Iterator[np.ndarray]:
        """Yield the numbers of the clips, some at a time, ascending: (n,) int64."""
        with tqdm(total=len(self), unit="clip", desc="clips", disable=not self.progress) as bar:
            for start in range(self.start, self.stop, clips_each):
                clips = np.arange(start, min(start + clips_each, self.stop))
                yield clips
                bar.update(len(clips))

    def parts(self, split: str | None = None) -> np.ndarray:
        """Return the part of each clip in a split (this one's when None): (n,) uint8."""
        return self.corpus.parts(split or self.split)[self.start : self.stop]


def choose(
    corpus: Corpus, split: str | None = None, clips: str | None = None, progress: bool = False
) -> Selection:
    """Return a selection as the command line gives it.

    Parameters
    ----------
    split
        The name of a split (default: the corpus's first).
    clips
        "A:B", from clip A to before clip B (default: all).

    Raises
    ------
    DsoundsError
        If the split or the clips are not there.
    """
    corpus.parts(split)  # so that an unknown split is named before anything is written
    splits = tuple(name for name in corpus.splits if _is_there(corpus, name))
    start, stop = 0, len(corpus)
    if clips is not None:
        found = re.fullmatch(r"\s*(\d*)\s*:\s*(\d*)\s*", clips)
        if not found:
            raise DsoundsError(
                f"clips {shortly(clips)} is not a range: write A:B for clips A to before B, such "
                "as 0:100"
            )
        start, stop = whole_number(found[1]), whole_number(found[2] or str(len(corpus)))
        if not 0 <= start < stop <= len(corpus):
            raise DsoundsError(
                f"clips {shortly(clips)} are not in this corpus, which has clips 0 to "
                f"{len(corpus) - 1}: A:B with A below B and B at most {len(corpus)} is allowed"
            )
    return Selection(corpus, start, stop, split or corpus.splits[0], splits, progress)


def _is_there(corpus: Corpus, split: str) -> bool:
    try:
        corpus.parts(split)
    except DsoundsError:
        return False
    return True
