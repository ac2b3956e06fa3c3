"""The clips that an import takes from measured recordings, at which level, in which part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import tyro
from pydantic import Field

from ...errors import DsoundsError
from ...settings import settings as checked_settings
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..factors import splits
from .copies import named, numbers, together
from .labels import Recording
from .levels import in_db
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
    silence_dbfs: Annotated[float, Field(ge=-200, le=0)] = -70.0
    """clips of a lower level are dropped as silence: RMS without DC, of the mono sound, as it was
    recorded and as it would be written"""
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
    clip's own peak. `part` is one of `splits.PARTS`, `sound_sha256` that of the clip before its
    level.
    """

    recording: Recording
    sha256: str
    start_sample: int
    confidence: float
    full_scale: float | None
    part: str
    sound_sha256: str


def segments(
    recordings: Sequence[Recording], measured: Sequence[Measured], settings: ImportSettings
) -> list[Segment]:
    """Return the clips that an import takes, in the order of the recordings.

    DsoundsError is raised if there is none.
    """
    level = full_scale(recordings, measured, settings.normalise)
    kept = [
        (one, found, number)
        for one, found in zip(recordings, measured, strict=True)
        for number in sounding(found, level.get(_group(one, settings.normalise)), settings)
        if found.confidences[number] >= settings.confidence
    ]
    if not kept:
        raise DsoundsError(_nothing(recordings, measured, settings))
    parts = _parts([(one, found.pieces_sha256[k]) for one, found, k in kept], settings)
    return [
        Segment(
            one,
            found.sha256,
            number * settings.hop,
            found.confidences[number],
            level.get(_group(one, settings.normalise)),
            part,
            found.pieces_sha256[number],
        )
        for (one, found, number), part in zip(kept, parts, strict=True)
    ]


def sounding(found: Measured, scale: float | None, settings: ImportSettings) -> list[int]:
    """Return the numbers of those pieces of a recording that are not silent.

    `scale` is the amplitude that becomes full scale, None for a clip's own peak.
    """
    floor_dbfs = max(settings.silence_dbfs, found.dither_dbfs)
    written_db = 0.0 if scale is None else -in_db(scale)
    return [
        number
        for number, level in enumerate(found.levels_dbfs)
        if level >= floor_dbfs and level + written_db >= settings.silence_dbfs
    ]


def silent_pieces(
    recordings: Sequence[Recording], measured: Sequence[Measured], settings: ImportSettings
) -> list[int]:
    """Return the number of silent pieces of each recording."""
    level = full_scale(recordings, measured, settings.normalise)
    return [
        len(found.confidences)
        - len(sounding(found, level.get(_group(one, settings.normalise)), settings))
        for one, found in zip(recordings, measured, strict=True)
    ]


def _nothing(
    recordings: Sequence[Recording],
    measured: Sequence[Measured],
    settings: ImportSettings,
) -> str:
    """Return why no clip is left."""
    every = [sure for found in measured for sure in found.confidences]
    highest = f", the highest has {max(every):.2f}" if every else ""
    silent = sum(silent_pieces(recordings, measured, settings))
    short = [
        one.file for one, found in zip(recordings, measured, strict=True) if not found.confidences
    ]
    why = f"none with a pitch confidence of {settings.confidence:g} or more{highest}"
    if silent:
        why += f"; {silent} are silent, below {settings.silence_dbfs:g} dBFS"
    if short:
        why += f"; shorter than a clip: {named(short)}"
    whole = f"{len(every)} whole clips of {settings.seconds:g} s"
    return f"no clip is left: the recordings have {whole}, {why}"


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


def _parts(taken: list[tuple[Recording, str]], settings: ImportSettings) -> list[str]:
    """Return the part of each clip's recording: as given, or so that no unit is in two.

    Recordings come with the hash of the clip's sound; those that share a clip are in one unit.
    Units are dealt evenly over the labels of the factor that has the fewest, two at least.
    """
    recordings = [one for one, _ in taken]
    if recordings[0].part:
        return [one.part for one in recordings]
    units = together([one.unit for one in recordings], [sound for _, sound in taken])
    columns = [numbers([one.labels[name] for one in recordings]) for name in recordings[0].labels]
    kinds = [int(column.max()) + 1 for column in columns]
    fewest = min(range(len(kinds)), key=lambda k: (kinds[k] == 1, kinds[k]))
    index = units * kinds[fewest] + columns[fewest]
    dealt = splits.by_unit(index, kinds[fewest], settings.validation, settings.test, settings.seed)
    return [splits.PARTS[part] for part in dealt]
