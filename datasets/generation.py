"""A recipe to a folder of shards: in parallel, resumable, the same bytes in every case.

The table of notes is rendered once and memory-mapped by the workers, which therefore need neither
FluidSynth nor the SoundFont. A shard that has its final name is complete, so a run that was
killed goes on with those that are missing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ..soundfonts.catalogue import find_font
from ..soundfonts.errors import DsoundsError
from ..synth.fluid import Font
from ..synth.render import DirectRenderer, NoteRenderer, Renderer
from ..synth.table import NoteTable, build_table, note_codes
from . import files, manifest, shard
from .recipe import Recipe

DEFAULT_SHARD_SIZE = 1000
_NOTES = ".notes"  # the table of notes, while workers run


def generate(
    recipe: Recipe,
    out: Path,
    workers: int = 1,
    shard_size: int | None = None,
    renderer: str = "notes",
    progress: bool = True,
) -> Path:
    """Generate a corpus into the folder `out`, or go on with it after an interruption.

    workers: processes; shard_size: clips per shard, 1,000 (or what the folder has) when None;
    renderer: "notes" (sums of notes) or "direct" (each clip played by FluidSynth, slow).
    Returns `out`. Raises DsoundsError when the folder holds another corpus or cannot be written,
    or when the SoundFont, libfluidsynth or an instrument's notes are missing.
    """
    _check_options(workers, shard_size, renderer)
    with files.alone(out, wait=False):
        wanted = manifest.describe(recipe, shard_size or DEFAULT_SHARD_SIZE, renderer)
        wanted = _reconcile(out, wanted, shard_size)
        jobs = plan(recipe, wanted, out)
        recorded = {entry["start"]: entry for entry in wanted.shards}
        missing = [job for job in jobs if not shard.is_done(job, recorded.get(job.start))]
        _check_space(out, missing, wanted)
        font_path = find_font(recipe.soundfont)
        table = _note_table(missing, font_path, progress)  # first: a silent note leaves no folder
        files.make_folder(out)
        there = {job.start: job for job in jobs if job.path not in {m.path for m in missing}}
        entries = {start: recorded.get(start) or shard.entry(job) for start, job in there.items()}
        _record(out, wanted, entries)
        for entry in _make(missing, renderer, table, font_path, workers, progress):
            entries[entry["start"]] = entry
            _record(out, wanted, entries)
    return out


def _record(out: Path, wanted: manifest.Manifest, entries: dict[int, dict[str, Any]]) -> None:
    """Write corpus.json with the shards that are done, in order."""
    manifest.write(out, replace(wanted, shards=[entries[start] for start in sorted(entries)]))


def _check_options(workers: int, shard_size: int | None, renderer: str) -> None:
    if workers < 1:
        raise DsoundsError(f"workers is {workers}: at least 1 is needed")
    if shard_size is not None and shard_size < 1:
        raise DsoundsError(f"shard size is {shard_size}: at least 1 clip is needed")
    if renderer not in manifest.RENDERERS:
        raise DsoundsError(
            f"unknown renderer {renderer!r}: {', '.join(manifest.RENDERERS)} are known"
        )


def _reconcile(out: Path, wanted: manifest.Manifest, shard_size: int | None) -> manifest.Manifest:
    """Adopt the shard size of the same corpus in `out`; refuse another corpus there."""
    if not (out / manifest.FILE).exists():
        if out.is_dir() and any(path.suffix == ".h5" for path in out.iterdir()):
            raise DsoundsError(
                f"{out} holds .h5 files but no {manifest.FILE}: choose an empty folder"
            )
        return wanted
    found = manifest.read(out)
    if found.id != wanted.id:
        raise DsoundsError(
            f"{out} holds another corpus ({_difference(found, wanted)}); choose "
            "another folder, or remove this one first"
        )
    begun = found.shards or any(out.glob("shard-*.h5"))
    if not begun:
        return wanted if shard_size else replace(wanted, shard_size=found.shard_size)
    if shard_size not in (None, found.shard_size):
        raise DsoundsError(
            f"{out} holds this corpus in shards of {found.shard_size}, not {shard_size}: leave "
            "out --shard-size to go on with it, or choose another folder"
        )
    return replace(wanted, shard_size=found.shard_size, shards=found.shards)


def _difference(found: manifest.Manifest, wanted: manifest.Manifest) -> str:
    """The first thing in which two corpora differ, in words."""
    for key in sorted(found.recipe.keys() | wanted.recipe.keys()):
        here, there = found.recipe.get(key), wanted.recipe.get(key)
        if here != there and key != "soundfont":
            return f"its {key} is {here}, not {there}"
    for key in ("renderer", "fluidsynth", "soundfont_sha256", "choice_sha256"):
        if getattr(found, key) != getattr(wanted, key):
            return f"its {key} is {getattr(found, key)}, not {getattr(wanted, key)}"
    return f"its id is {found.id}, not {wanted.id}"


def plan(recipe: Recipe, wanted: manifest.Manifest, out: Path) -> list[shard.Job]:
    """The shards of a corpus, in order."""
    index = recipe.choose()
    validation = recipe.validation_part(index)
    jobs = []
    for number, start in enumerate(range(0, len(index), wanted.shard_size)):
        stop = min(start + wanted.shard_size, len(index))
        jobs.append(
            shard.Job(
                path=out / manifest.shard_name(number),
                start=start,
                stop=stop,
                index=index[start:stop],
                validation=validation[start:stop],
                recipe=recipe,
                recipe_text=json.dumps(wanted.portable_recipe()),
                corpus_id=wanted.id,
            )
        )
    return jobs


def _check_space(out: Path, missing: list[shard.Job], wanted: manifest.Manifest) -> None:
    """Refuse before writing what the disk cannot hold."""
    needed = sum(len(job.index) for job in missing) * wanted.clip_samples * 2
    there = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise DsoundsError(
            f"not enough room at {there}: the corpus needs {needed / 1e6:,.0f} MB more, "
            f"{free / 1e6:,.0f} MB are free"
        )


def _note_table(jobs: list[shard.Job], font_path: Path, progress: bool) -> NoteTable:
    """Every note of some shards. Raises DsoundsError when one is silent."""
    if not jobs:
        return NoteTable(np.empty(0, np.float32), np.empty(0, np.int64), np.zeros(1, np.int64))
    codes = []
    for job in jobs:
        own = shard.labels(job.recipe, job.index)
        codes.append(np.unique(note_codes(own.notes, own.programs)))
    needed = np.unique(np.concatenate(codes))
    with (
        Font(font_path) as font,
        tqdm(total=len(needed), desc="notes", unit="note", disable=not progress) as bar,
    ):
        return build_table(font, needed, jobs[0].recipe.clip_samples, bar.update)


def _make(
    jobs: list[shard.Job],
    renderer: str,
    table: NoteTable,
    font_path: Path,
    workers: int,
    progress: bool,
) -> Iterator[dict[str, Any]]:
    """Render shards. Yields the entry of each for corpus.json when it is done."""
    if not jobs:
        return
    clip_samples = jobs[0].recipe.clip_samples
    workers = min(workers, len(jobs))
    open_direct = partial(_open_direct, font_path, clip_samples)
    if workers == 1:
        here = open_direct() if renderer == "direct" else NoteRenderer(table, clip_samples)
        yield from render_here(jobs, here, progress)
        return
    if renderer == "direct":
        yield from _render_in_pool(jobs, open_direct, workers, progress)
        return
    folder = jobs[0].path.parent / _NOTES
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
    try:
        folder.mkdir()
        table.save(folder)
        open_notes = partial(_open_notes, folder, clip_samples)
        yield from _render_in_pool(jobs, open_notes, workers, progress)
    except OSError as error:
        raise DsoundsError(f"cannot write {folder}: {files.reason(error)}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bar(jobs: list[shard.Job], progress: bool) -> tqdm:
    total = sum(len(job.index) for job in jobs)
    return tqdm(total=total, unit="clip", desc="clips", disable=not progress)


def _render_in_pool(
    jobs: list[shard.Job], open_renderer: Callable[[], Renderer], workers: int, progress: bool
) -> Iterator[dict[str, Any]]:
    """In processes of their own; `open_renderer` is called once in each."""
    with (
        _bar(jobs, progress) as bar,
        ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(open_renderer,),
        ) as pool,
    ):
        futures = [pool.submit(_make_in_worker, job) for job in jobs]
        try:
            for future in as_completed(futures):
                entry = future.result()
                bar.update(entry["stop"] - entry["start"])
                yield entry
        except BaseException as error:
            pool.shutdown(wait=True, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                raise DsoundsError(
                    "a worker was killed (out of memory?): run the same command again, with fewer "
                    "workers perhaps; what is done is kept"
                ) from None
            raise


def render_here(
    jobs: list[shard.Job], renderer: Renderer, progress: bool
) -> Iterator[dict[str, Any]]:
    """In this process; one shard is synced and hashed while the next is rendered."""
    finishing: deque[Future[dict[str, Any]]] = deque()
    with _bar(jobs, progress) as bar, ThreadPoolExecutor(1) as finisher:
        for job in jobs:
            for clips in shard.write_part(job, renderer):
                bar.update(clips)
            finishing.append(finisher.submit(shard.finish, job))
            if len(finishing) > 1:
                yield finishing.popleft().result()
        for future in finishing:
            yield future.result()


def _open_notes(folder: Path, clip_samples: int) -> Renderer:
    return NoteRenderer(NoteTable.load(folder), clip_samples)


def _open_direct(font_path: Path, clip_samples: int) -> Renderer:
    return DirectRenderer(Font(font_path), clip_samples)


_worker_renderer: Renderer


def _start_worker(open_renderer: Callable[[], Renderer]) -> None:
    global _worker_renderer
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _worker_renderer = open_renderer()


def _die_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make_in_worker(job: shard.Job) -> dict[str, Any]:
    for _ in shard.write_part(job, _worker_renderer):
        pass
    return shard.finish(job)
