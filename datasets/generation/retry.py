"""Jobs on an executor: each is tried up to three times, whatever happens to its worker.

A job that raises is tried again, after the others. A process pool whose worker was killed cannot be
used any more, and a fresh one is opened; a Dask cluster finds other workers itself, up to a point.
In both cases it does not show which of the running jobs has killed the worker: so these jobs are
done again one at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ...errors import DsoundsError
from ..storage.atomic_files import CannotWrite
from .executors import Engine, OpenExecutor

ATTEMPTS = 3
_PULSE_S = 1.0
_SEVERAL_DIED = "KilledWorker"  # Dask's error: with this job, or beside it, four workers died
_DIED = "its worker was killed every time (out of memory? try fewer workers)"

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True)
class Failure(Generic[J]):
    """A job that was given up. With `lasting`, its cause would stop all other jobs too."""

    job: J
    says: str
    lasting: bool = False


@dataclass
class _Try(Generic[J]):
    """A job and its attempts. A suspect ran when a worker died, and runs alone from then on."""

    job: J
    failed: int = 0
    suspect: bool = False


@dataclass
class _Queue(Generic[J]):
    """The jobs that are still to be done: suspects come first, jobs to try again come last."""

    fresh: Iterator[J]
    suspect: deque[_Try[J]] = field(default_factory=deque)
    again: deque[_Try[J]] = field(default_factory=deque)

    def next(self, running: Iterable[_Try[J]]) -> _Try[J] | None:
        """Return the job to begin beside the running ones; None where nothing is to begin now."""
        running = list(running)
        if self.suspect or any(one.suspect for one in running):
            return None if running else self.suspect.popleft()
        for job in self.fresh:
            return _Try(job)
        return self.again.popleft() if self.again else None

    def put_back(self, one: _Try[J], error: BaseException) -> Failure[J] | None:
        """Keep a job that failed for another try, or give it up."""
        several = type(error).__name__ == _SEVERAL_DIED
        died = several or isinstance(error, BrokenExecutor)
        if died and not one.suspect:
            one.suspect = True
            self.suspect.append(one)
            return None
        one.failed += 1
        if one.failed >= ATTEMPTS or _lasting(error) or several:
            return Failure(one.job, _DIED if died else _says(error), _lasting(error))
        (self.suspect if died else self.again).append(one)
        return None


def retried(
    engine: Engine, work: Callable[[J], R], jobs: Iterable[J]
) -> Generator[R | Failure[J], None, None]:
    """Do jobs; yield the result of each, or its failure, as they come.

    When the iterator is closed, jobs that have not begun are dropped.
    """
    queue, broken = _Queue(iter(jobs)), True
    while broken:
        with engine.open() as hands:
            broken = yield from _until_broken(hands, engine.window, work, queue)


def _until_broken(
    hands: OpenExecutor, window: int, work: Callable[[J], R], queue: _Queue[J]
) -> Generator[R | Failure[J], None, bool]:
    """Do jobs, and return whether the executor broke before all were done."""
    running: dict[Future[R], _Try[J]] = {}
    broken = False
    try:
        while True:
            while not broken and len(running) < window:
                one = queue.next(running.values())
                if one is None:
                    break
                future = _submit(hands.executor, work, one.job)
                running[future] = one
                if future.done():  # it never began, or is done already
                    break
            if not running:
                return broken
            for future in _next(list(running), hands):
                one, error = running.pop(future), _error(future)
                broken |= isinstance(error, BrokenExecutor)
                failure = queue.put_back(one, error) if error else None
                if failure:
                    yield failure
                elif not error:
                    yield future.result()
    finally:
        for future in running:
            future.cancel()


def _submit(executor: Executor, work: Callable[[J], R], job: J) -> Future[R]:
    try:
        return executor.submit(work, job)
    except BrokenExecutor as error:
        future: Future[R] = Future()
        future.set_exception(error)
        return future


def _next(running: list[Future[R]], hands: OpenExecutor) -> Iterable[Future[R]]:
    """Return the futures that are done, at least one; of a lost cluster all, done or cancelled."""
    while True:
        done = wait(running, _PULSE_S, FIRST_COMPLETED).done
        if done:
            return done
        if hands.lost():
            return [future for future in running if future.cancel() or future.done()]


class _Lost(Exception):
    """A job that nobody will do."""


def _error(future: Future[R]) -> BaseException | None:
    if future.cancelled():  # by the cluster: what is cancelled here is not waited for
        return _Lost("the cluster dropped it (has its scheduler stopped?)")
    error = future.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    return error


def _lasting(error: BaseException) -> bool:
    return isinstance(error, _Lost) or (isinstance(error, CannotWrite) and error.lasting)


def _says(error: BaseException) -> str:
    if isinstance(error, DsoundsError | _Lost):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
