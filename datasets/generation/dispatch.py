"""Dispatch of shards to an executor: finished ones are checked, failed ones are reported."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

from tqdm import tqdm

from ...errors import DsoundsError
from ..storage import checksum
from ..storage.shard import Job
from . import worker
from .executors import Engine
from .plan import Plan
from .retry import Failure, retried

_HOPELESS = 5  # shards that may fail before one succeeds
_NAMED = 3


def make(
    plan: Plan, todo: Sequence[int], engine: Engine, progress: bool
) -> Iterator[dict[str, Any]]:
    """Make shards and yield the entry of each for corpus.json when it is there.

    DsoundsError is raised if some could not be made: at the end, or at once where none succeeds.
    """
    if not todo:
        return
    total = sum(stop - start for start, stop in map(plan.clips, todo))
    failures: list[Failure[Job]] = []
    made = 0
    with (
        tqdm(total=total, unit="clip", desc="clips", disable=not progress) as bar,
        closing(retried(engine, worker.make, map(plan.job, todo))) as results,
    ):
        for result in results:
            if not isinstance(result, Failure):
                _see(plan, result, engine.patience_s)
                made += 1
                bar.update(result["stop"] - result["start"])
                yield result
                continue
            failures.append(result)
            if result.lasting or (len(failures) == _HOPELESS and not made):
                break
    if failures:
        raise _complaint(failures, made, len(todo))


def _see(plan: Plan, entry: dict[str, Any], patience_s: float) -> None:
    """Wait until a shard that a worker has written is here; raise DsoundsError if it never is."""
    path, deadline = plan.out / entry["file"], time.monotonic() + patience_s
    claim = (plan.manifest.id, entry["start"], entry["stop"])
    while True:
        with suppress(OSError):
            own = checksum.read(path)
            size = path.stat().st_size
            if own and (own.corpus_id, own.start, own.stop) == claim and size == entry["bytes"]:
                return
        if time.monotonic() >= deadline:
            raise DsoundsError(
                f"a worker has written {path}, but it is not here: workers on other machines must "
                "see the corpus's folder under the same path (a shared file system)"
            )
        time.sleep(0.2)


def _complaint(failures: list[Failure[Job]], made: int, wanted: int) -> DsoundsError:
    """Return the error to raise when shards could not be made."""
    said = sorted(f"{one.job.path.name}: {one.says}" for one in failures)
    left = wanted - made - len(failures)
    rest = f", and it was stopped there with {left} to go" if left else ""
    return DsoundsError(
        f"{len(failures)} of {wanted} shards could not be made ({first(said)}){rest}; those that "
        "were made are kept: the same command resumes with the rest"
    )


def first(texts: Sequence[str]) -> str:
    """Return the first of many reasons, and how many more there are."""
    more = f"; and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return "; ".join(texts[:_NAMED]) + more
