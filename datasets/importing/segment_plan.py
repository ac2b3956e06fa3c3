"""The clips that an import takes from measured recordings, at which level, in which part."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import tyro
from pydantic import Field

from ...errors import DsoundsError
from ...settings import settings as checked_settings
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..factors import splits
from .labels import Recording
from .segments import Measured

Normalise = Literal["clip", "group", "corpus"]
BY_UNIT, GIVEN = "recording", "given"  # the names that the split may have


@checked_settings
class ImportSettings:
    """The settings by which recordings become clips."""

    seconds: Annotated[float, Field(ge=0.1, le=3600)] = 4.0
    """length of a clip"""
    hop_s: Annotated[
        Annotated[float, Field(ge=0.001, le=3600)] | None,
        tyro.conf.arg(name="hop", metavar="FLOAT", help_behavior_hint="(default: seconds)"),
    ] = None
    """seconds from the begin of a clip to that of the next"""
    normalise: Normalise = "clip"
    """what is brought to full scale: each clip, or the loudest recording of its group, or that of
    the corpus"""
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.85
    """clips with a lower mean pitch confidence are dropped; 0 keeps all"""
    validation: splits.Share = 0.2
    """part of the recordings kept for validation, where the labels give no split"""
    test: splits.Share = 0.0
    """part of the recordings kept for a test"""
    seed: Annotated[int, Field(ge=0)] = 0
    """seed of the split"""

    def __post_init__(self) -> None:
        splits.check_shares(self.validation, self.test)

    @property
    def length(self) -> int:
        """The length of a clip in samples."""
        return round(self.seconds * SAMPLE_RATE_HZ)

    @property
    def hop(self) -> int:
        """The number of samples from the begin of a clip to that of the next."""
        return self.length if self.hop_s is None else round(self.hop_s * SAMPLE_RATE_HZ)


@dataclass(frozen=True)
class Segment:
    """A clip to be taken from a recording.

    `sha256` is the recording's. `full_scale` is the amplitude that becomes full scale, None for the
    clip's own peak. `part` is one of `splits.PARTS`.
    """

    recording: Recording
    sha256: str
    start_sample: int
    confidence: float
    full_scale: float | None
    part: str


def segments(
    recordings: Sequence[Recording], measured: Sequence[Measured], settings: ImportSettings
) -> list[Segment]:
    """Return the clips that an import takes, in the order of the recordings.

    DsoundsError is raised if there is none.
    """
    pairs = list(zip(recordings, measured, strict=True))
    kept = [
        (one, found, number)
        for one, found in pairs
        for number, sure in enumerate(found.confidences)
        if sure >= settings.confidence
    ]
    if not kept:
        every = [sure for found in measured for sure in found.confidences]
        highest = f", the highest has {max(every):.2f}" if every else ""
        raise DsoundsError(
            f"no clip is left: the recordings have {len(every)} whole clips of "
            f"{settings.seconds:g} s, none with a pitch confidence of {settings.confidence:g} or "
            f"more{highest}"
        )
    level = full_scale(recordings, measured, settings.normalise)
    parts = _parts([one for one, _, _ in kept], settings)
    return [
        Segment(
            one,
            found.sha256,
            number * settings.hop,
            found.confidences[number],
            level.get(_group(one, settings.normalise)),
            part,
        )
        for (one, found, number), part in zip(kept, parts, strict=True)
    ]


def full_scale(
    recordings: Sequence[Recording], measured: Sequence[Measured], normalise: Normalise
) -> dict[str, float]:
    """Return the peak of the loudest recording of each group, whether or not its clips are kept."""
    peaks: dict[str, float] = {}
    if normalise != "clip":
        for one, found in zip(recordings, measured, strict=True):
            group = _group(one, normalise)
            peaks[group] = max(peaks.get(group, 0.0), found.peak)
    return peaks


def _group(one: Recording, normalise: Normalise) -> str:
    return one.group if normalise == "group" else ""


def _numbers(things: Sequence[Hashable]) -> np.ndarray:
    """Return equal numbers for equal things, 0, 1, ... as they first come: (n,) int64."""
    number = {thing: n for n, thing in enumerate(dict.fromkeys(things))}
    return np.array([number[thing] for thing in things], np.int64)


def _parts(taken: list[Recording], settings: ImportSettings) -> list[str]:
    """Return the part of each clip's recording: as given, or so that no unit is in two.

    Units are dealt evenly over the labels of the factor that has the fewest, two at least.
    """
    if taken[0].part:
        return [one.part for one in taken]
    units = _numbers([one.unit for one in taken])
    columns = [_numbers([one.labels[name] for one in taken]) for name in taken[0].labels]
    kinds = [int(column.max()) + 1 for column in columns]
    fewest = min(range(len(kinds)), key=lambda k: (kinds[k] == 1, kinds[k]))
    index = units * kinds[fewest] + columns[fewest]
    dealt = splits.by_unit(index, kinds[fewest], settings.validation, settings.test, settings.seed)
    return [splits.PARTS[part] for part in dealt]
