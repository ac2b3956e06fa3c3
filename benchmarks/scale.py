"""A large corpus, end to end, against the limit of the disk in the same run.

`python -m benchmarks.scale` generates 100,000 clips (12.8 GB) with two workers, between two turns
of writing and syncing as many bytes in files of the same size by as many threads; then it verifies
the corpus and removes it. It needs room for the corpus twice. `--clips 4000` is a small one.

Memory is looked at 20 times a second. What a process has for itself is counted as `private`; its
resident set also holds the notes, which are mapped from one file and shared by all workers.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import tyro

from dsounds.datasets import generate, load_recipe
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.reading.sound import Sound
from dsounds.datasets.storage import manifest
from dsounds.datasets.storage.note_cache import VARIABLE

_CHUNK_BYTES = 2_048_000  # as many as a worker writes at a time


def main(
    clips: int = 100_000, workers: int = 2, shard_size: int = 1000, out: Path = Path()
) -> None:
    """Measure and print.

    Args:
        clips: size of the corpus
        workers: processes
        shard_size: clips per shard
        out: a folder on the disk to be measured
    """
    recipe = replace(load_recipe("instruments-16"), count=clips)
    size, shards = clips * recipe.clip_samples * 2, -(-clips // shard_size)
    if shutil.disk_usage(out).free < 2.1 * size:
        raise SystemExit(f"{2.1 * size / 1e9:.1f} GB are needed at {out.resolve()}: see --clips")
    with tempfile.TemporaryDirectory(dir=out) as place:
        folder = Path(place)
        os.environ[VARIABLE] = str(folder / "cache")
        notes_s = _seconds(lambda: Sound(manifest.describe(recipe, shard_size)).prepare())
        before_s = _plain(folder / "plain", size // shards, shards, workers)
        with _memory() as peaks:
            cpu = _cpu_s()
            seconds = _seconds(
                lambda: generate(recipe, folder / "c", workers, shard_size, progress=False)
            )
            cpu = _cpu_s() - cpu
        after_s = _plain(folder / "plain", size // shards, shards, workers)
        print(f"{clips:,} clips, {clips * recipe.clip_samples / 16_000:,.0f} s of sound, ", end="")
        print(f"{size / 1e9:.2f} GB in {shards} shards, {workers} workers")
        print(f"  notes, once on a machine {notes_s:>10.1f} s")
        print(f"  generation               {seconds:>10.1f} s, {cpu:.1f} s of processor time")
        print(f"  clips per second         {clips / seconds:>10,.0f}")
        print(f"  ... and worker           {clips / seconds / workers:>10,.0f}")
        print(f"  ... of processor time    {clips / cpu:>10,.0f}")
        for name, limit_s in (("before", before_s), ("after", after_s)):
            print(f"  plain write {name:<13}{limit_s:>10.1f} s", end="")
            print(
                f", {size / limit_s / 1e6:,.0f} MB/s; generation is {limit_s / seconds:.0%} of it"
            )
        for name, (private, resident) in sorted(peaks.items()):
            print(f"  peak memory of {name:<10}{private:>10.0f} MB private", end="")
            print(f", {resident:.0f} MB resident")
        _verify(folder / "c")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _cpu_s() -> float:
    """Processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def _plain(folder: Path, size: int, files: int, writers: int) -> float:
    """Seconds to write and sync so many files of so many bytes; they are removed again."""
    folder.mkdir()
    content = np.random.default_rng(0).bytes(_CHUNK_BYTES)

    def write(number: int) -> None:
        with open(folder / str(number), "wb", buffering=0) as file:
            for start in range(0, size, _CHUNK_BYTES):
                file.write(content[: size - start])
            os.fsync(file.fileno())

    os.sync()
    with ThreadPoolExecutor(writers) as pool:
        seconds = _seconds(lambda: list(pool.map(write, range(files))))
    shutil.rmtree(folder)
    os.sync()
    return seconds


@contextmanager
def _memory() -> Iterator[dict[str, tuple[float, float]]]:
    """Watch this process and its workers: name to peaks of private and resident MB (Linux)."""
    peaks: dict[str, tuple[float, float]] = {}
    done = threading.Event()

    def watch() -> None:
        names = {os.getpid(): "the parent"}
        while not done.wait(0.05):
            for child in multiprocessing.active_children():
                if child.pid is not None:
                    names.setdefault(child.pid, f"worker {len(names)}")
            for process, name in names.items():
                now, peak = _memory_mb(process), peaks.get(name, (0.0, 0.0))
                peaks[name] = (max(now[0], peak[0]), max(now[1], peak[1]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


def _memory_mb(process: int) -> tuple[float, float]:
    """Private and resident memory now; 0, 0 where the system does not say."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0, 0.0
    kilobytes = {name: int(value) for name, value in re.findall(r"(\w+):\s+(\d+) kB", text)}
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return private * 1024 / 1e6, kilobytes["Rss"] * 1024 / 1e6


def _verify(folder: Path) -> None:
    """Print how long `verify` takes, beside the hashes of the same files by as many threads."""
    paths = sorted(folder.glob("shard-*.h5"))

    def digest(path: Path) -> None:
        with open(path, "rb") as file:
            hashlib.file_digest(file, "sha256")

    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        hash_s = _seconds(lambda: list(pool.map(digest, paths)))
    start, cpu = time.perf_counter(), _cpu_s()
    findings = verify(folder, sample=64)
    seconds, cpu = time.perf_counter() - start, _cpu_s() - cpu
    verdict = "; ".join(findings.problems) or f"{findings.shards} shards, nothing wrong"
    print(f"  sha256 of all files      {hash_s:>10.1f} s")
    print(
        f"  verify                   {seconds:>10.1f} s, {cpu:.1f} s of processor time: {verdict}"
    )


if __name__ == "__main__":
    tyro.cli(main)
