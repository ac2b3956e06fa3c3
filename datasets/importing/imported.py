"""The result of an import: which clips were taken, and what was dropped and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..factors.splits import PARTS
from .copies import Copies, copies_lines, copies_of, named
from .labels import Recording
from .segment_plan import ImportSettings, Segment
from .segments import Measured


@dataclass(frozen=True)
class Imported:
    """The result of an import.

    Attributes
    ----------
    short
        The number of recordings shorter than a clip.
    dropped
        The number of clips with too low a pitch confidence.
    confidence
        The median of all whole clips, dropped ones too; None where none was measured.
    parts
        The number of clips in each part.
    short_files
        The names of the recordings shorter than a clip.
    silent
        The number of silent clips of each recording that has some, by its name.
    cancelling
        The names of those whose channels sound and cancel each other.
    silence_dbfs
        The level below which clips counted as silent.
    copies
        The recordings that have a clip of one and the same sound.
    """

    folder: Path
    clips: int
    recordings: int
    short: int
    dropped: int
    confidence: float | None
    parts: dict[str, int]
    short_files: tuple[str, ...]
    silent: dict[str, int]
    cancelling: tuple[str, ...]
    silence_dbfs: float
    copies: tuple[Copies, ...]

    def summary(self) -> str:
        """Return what was done, as lines for a terminal."""
        sure = "" if self.confidence is None else f" (the median of all is {self.confidence:.2f})"
        lines = [
            f"{self.clips:,} clips of {self.recordings:,} recordings in {self.folder}; dropped: "
            f"{self.dropped:,} clips with a lower pitch confidence{sure}, "
            f"{sum(self.silent.values()):,} silent clips (below {self.silence_dbfs:g} dBFS), "
            f"{self.short:,} recordings shorter than a clip",
            ", ".join(f"{clips:,} {part}" for part, clips in self.parts.items()),
        ]
        if self.silent:
            lines.append(f"silent: {named([*map(self._silence, self.silent)])}")
        if self.short_files:
            lines.append(f"shorter than a clip: {named(self.short_files)}")
        return "\n".join([*lines, *copies_lines(self.copies)])

    def _silence(self, file: str) -> str:
        clips = self.silent[file]
        why = ": its channels cancel each other" if file in self.cancelling else ""
        return f"{file} ({clips:,} clip{'s' * (clips > 1)}{why})"


def result_of(
    out: Path,
    taken: list[Recording],
    measured: list[Measured],
    clips: list[Segment],
    silent: list[int],
    settings: ImportSettings,
) -> Imported:
    """Return the result: what was taken of the recordings, and what of them was dropped.

    Parameters
    ----------
    measured, silent
        For each recording what was measured, and the number of its silent clips.
    clips
        The clips that were taken.
    """
    every = [sure for one in measured for sure in one.confidences]
    short = [one.file for one, found in zip(taken, measured, strict=True) if not found.confidences]
    return Imported(
        folder=out,
        clips=len(clips),
        recordings=len(taken),
        short=len(short),
        dropped=len(every) - len(clips) - sum(silent),
        confidence=float(np.median(every)) if settings.confidence > 0 else None,
        parts={part: sum(one.part == part for one in clips) for part in PARTS},
        short_files=tuple(short),
        silent={one.file: count for one, count in zip(taken, silent, strict=True) if count},
        cancelling=tuple(
            one.file for one, found in zip(taken, measured, strict=True) if found.cancels
        ),
        silence_dbfs=settings.silence_dbfs,
        copies=copies_of([(one.recording, one.sound_sha256) for one in clips]),
    )
