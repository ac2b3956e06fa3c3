"""A recipe to a folder of shards: in parallel, resumable, the same bytes in every case.

A file with the name of a shard is a whole shard, and its checksum trailer proves it (`checksum`),
so a run that was killed is resumed with the missing shards, and several runs may each make a range
of them. corpus.json gets its list of shards at the end, from a run without a range.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ...errors import DsoundsError
from ...synth.rendering.note_table import codes_in
from ..reading.sound import Sound
from ..recipes.base import Recipe
from ..storage import atomic_files, manifest, shard
from ..storage.destination import check_space
from ..storage.own_files import NotOwn
from . import resume
from .dispatch import first, make
from .executors import check_scheduler, engine_for
from .plan import Plan
from .shard_state import Found, ShardState, examine_all

DEFAULT_SHARD_SIZE = 1000
_TRIED_CLIPS = 64


@dataclass(frozen=True)
class GenerationOptions:
    """The options of `generate`. `repair` asks for damaged shards to be made again."""

    recipe: Recipe
    out: Path
    workers: int = 1
    shard_size: int | None = None
    renderer: str = "notes"
    progress: bool = True
    scheduler: str | None = None
    shards: range | None = None
    repair: bool = False

    def check(self) -> None:
        """Raise DsoundsError where a setting is not allowed."""
        if self.workers < 1:
            raise DsoundsError(f"workers is {self.workers}: at least 1 is needed")
        if self.shard_size is not None and self.shard_size < 1:
            raise DsoundsError(f"shard size is {self.shard_size}: at least 1 clip is needed")
        if self.renderer not in manifest.RENDERERS:
            raise DsoundsError(
                f"unknown renderer {self.renderer!r}: {', '.join(manifest.RENDERERS)} are known"
            )
        if self.repair and self.shards is not None:
            raise DsoundsError("repair looks at all shards: leave out the range")


def generate(
    recipe: Recipe,
    out: Path,
    workers: int = 1,
    shard_size: int | None = None,
    renderer: str = "notes",
    progress: bool = True,
    scheduler: str | None = None,
    shards: range | None = None,
) -> Path:
    """Generate a corpus into the folder `out`, or resume it after an interruption.

    Parameters
    ----------
    recipe
        What is generated.
    out
        The folder.
    workers
        The number of processes.
    shard_size
        Clips per shard; 1,000 (or what the folder has) when None.
    renderer
        "notes" (sums of notes) or "direct" (each clip played by FluidSynth, slow).
    progress
        Whether a progress bar is shown.
    scheduler
        The address of a Dask scheduler whose workers make the shards instead.
    shards
        The numbers of the only shards to make; a later call without a range completes corpus.json.

    Returns
    -------
    Path
        The folder `out`.

    Raises
    ------
    DsoundsError
        If the folder holds another corpus or a damaged shard, or cannot be written; if the
        SoundFont, libfluidsynth or an instrument's notes are missing; and at the end, if a shard
        could not be made in three attempts: the others are kept.
    """
    run(GenerationOptions(recipe, out, workers, shard_size, renderer, progress, scheduler, shards))
    return out


def repair(
    recipe: Recipe,
    out: Path,
    workers: int = 1,
    renderer: str = "notes",
    progress: bool = True,
    scheduler: str | None = None,
) -> list[str]:
    """Make the damaged and missing shards of a corpus again, to the same bytes, and corpus.json.

    The parameters are those of `generate`.

    Returns
    -------
    list of str
        The names of the files that were made.

    Raises
    ------
    DsoundsError
        Where `generate` raises it, and if a shard's place holds a file of another corpus.
    """
    return run(
        GenerationOptions(recipe, out, workers, None, renderer, progress, scheduler, repair=True)
    )


def run(options: GenerationOptions) -> list[str]:
    """Make what the options ask for, and return the names of the files that were made."""
    options.check()
    ranged = options.shards is not None
    with atomic_files.exclusive_lock(options.out, wait=False, shared=ranged):
        plan = _plan(options)
        numbers = plan.numbers(options.shards)
        found = _look(plan, numbers, options)
        entries = {one.place.start: one.entry for one in found if one.entry}
        todo = [n for n, one in zip(numbers, found, strict=True) if not one.entry]
        if not todo and (ranged or manifest.stands(plan.out, plan.complete(entries))):
            return []
        _check_space(plan, todo)
        if todo:
            check_scheduler(options.scheduler)
        _prepare_notes(plan, todo, options.progress)
        atomic_files.make_folder(options.out)
        made = [manifest.FILE] if _begin(plan, ranged) else []
        return made + _make(plan, todo, entries, options)


def _plan(options: GenerationOptions) -> Plan:
    size = options.shard_size or DEFAULT_SHARD_SIZE
    wanted = manifest.describe(options.recipe, size, options.renderer)
    fixed = options.shards is not None
    found = resume.agree(
        options.out, options.recipe, wanted, options.shard_size, fixed, options.repair
    )
    return Plan(options.recipe, found, options.out)


def _make(
    plan: Plan, todo: list[int], entries: dict[int, dict[str, Any]], options: GenerationOptions
) -> list[str]:
    """Make shards, record them with the `entries` of those that are there, return their names."""
    engine = engine_for(min(options.workers, len(todo)) or 1, options.scheduler)
    made, ranged = [], options.shards is not None
    try:
        for entry in make(plan, todo, engine, options.progress):
            entries[entry["start"]] = entry
            made.append(entry["file"])
    except BaseException:
        with suppress(DsoundsError):  # the earlier error is the one to report
            _record(plan, entries, ranged)
        raise
    finally:
        atomic_files.remove_stale_parts(plan.out)
    _record(plan, entries, ranged)
    return sorted(made)


def _look(plan: Plan, numbers: range, options: GenerationOptions) -> list[Found]:
    """Return what is in the places of some shards; raise DsoundsError when it must not be there."""
    places = examine_all(map(plan.place, numbers), options.workers)
    show = options.progress and any(plan.out.glob("shard-*.h5"))
    bar = tqdm(places, "checked", len(numbers), leave=False, unit="shard", disable=not show)
    found = list(bar)
    foreign = [one.says for one in found if one.condition is ShardState.FOREIGN]
    damaged = [one.says for one in found if one.condition is ShardState.DAMAGED]
    if foreign:
        raise DsoundsError(f"{first(foreign)}: choose another folder, or move it away")
    if damaged and not options.repair:
        raise DsoundsError(f"{first(damaged)}: the same command with --repair makes it again")
    return found


def _check_space(plan: Plan, todo: list[int]) -> None:
    """Refuse, before anything is written, what the disk cannot hold."""
    clips = sum(stop - start for start, stop in map(plan.clips, todo))
    check_space(plan.out, clips * plan.manifest.clip_samples * 2)


def _prepare_notes(plan: Plan, todo: list[int], progress: bool) -> None:
    """Render the notes that this machine lacks; raise DsoundsError when one of them is silent.

    Of clips of equal loudness some are rendered, so that one that is too loud is found before
    anything is written.
    """
    codes = np.empty(0, np.int64)
    for number in todo:
        own = shard.labels(plan.recipe, plan.index(number))
        codes = np.union1d(codes, codes_in(own.schedule))
    sound = Sound(plan.manifest)
    sound.renderer(codes, progress)
    if todo and plan.recipe.rms_dbfs is not None:
        spread = np.linspace(0, plan.recipe.clips - 1, min(plan.recipe.clips, _TRIED_CLIPS))
        tried = shard.labels(plan.recipe, plan.recipe.positions(spread.astype(np.int64)))
        sound.render(tried.schedule)


def _begin(plan: Plan, ranged: bool) -> bool:
    """Make sure that there is a corpus.json, and return whether it was written."""
    if manifest.create(plan.out, plan.manifest):
        return True
    try:
        there = manifest.read(plan.out)
    except manifest.DamagedManifest:  # this is a repair: otherwise it was refused before
        there = None
    if there is not None and (there.id, there.shard_size) == (
        plan.manifest.id,
        plan.manifest.shard_size,
    ):
        return False
    if there is not None and (ranged or there.id != plan.manifest.id):
        raise DsoundsError(f"another dsounds has just begun a corpus in {plan.out}: try again")
    manifest.write(plan.out, plan.manifest)
    return True


def _record(plan: Plan, entries: dict[int, dict[str, Any]], ranged: bool) -> None:
    """Write corpus.json with all shards that are known, unless only a range was asked for."""
    with suppress(DsoundsError):  # what another machine has written meanwhile stays
        there = manifest.read(plan.out).shards
        entries = {entry["start"]: entry for entry in there} | entries
    wanted = plan.complete(entries)
    if ranged or manifest.stands(plan.out, wanted):
        return
    manifest.write(plan.out, wanted)
    if wanted.complete:
        from ..documents.write import write_documents  # reads corpora: not before there are any

        with suppress(NotOwn):  # the corpus is whole; what somebody else wrote of it stays
            write_documents(plan.out)
