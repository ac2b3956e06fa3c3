"""Executors that do jobs: threads of this process, processes of this machine, a Dask cluster.

All are a `concurrent.futures.Executor`, so the code that uses them is written once.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from ...errors import DsoundsError
from . import cluster, worker

_CLUSTER_PATIENCE_S = 65.0
_CLUSTER_WINDOW = 1000  # jobs of some 20 kB, for as many workers


@dataclass(frozen=True)
class OpenExecutor:
    """An executor that is open. `lost` tells whether it will never answer again."""

    executor: Executor
    lost: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Engine:
    """An engine that does jobs.

    `open` opens a fresh executor; `window` is how many jobs it is given at a time; `patience_s` is
    how long after a job its files may stay invisible here (NFS looks again after a minute at most).
    """

    open: Callable[[], AbstractContextManager[OpenExecutor]]
    window: int
    patience_s: float = 0.0


def engine_for(workers: int, scheduler: str | None = None, threads: bool = True) -> Engine:
    """Return an engine of some local workers or, where its address is given, a Dask cluster.

    With `threads` a single local worker is this process; without, it is a process of its own, too.
    """
    if scheduler is not None:
        return Engine(partial(_on_cluster, scheduler), _CLUSTER_WINDOW, _CLUSTER_PATIENCE_S)
    if workers == 1 and threads:
        return Engine(_here, 2)
    return Engine(partial(_processes, workers), workers + 1)


def check_scheduler(address: str | None) -> None:
    """Raise DsoundsError when no Dask cluster is at an address: before anything is made for it."""
    if address is not None:
        with cluster.connected(address):
            pass


@contextmanager
def _here() -> Iterator[OpenExecutor]:
    """Yield two threads that take turns: one renders, the other syncs and hashes its shard."""
    worker.begin()
    with ThreadPoolExecutor(2) as executor:
        try:
            yield OpenExecutor(executor)
        finally:
            worker.end()


@contextmanager
def _processes(workers: int) -> Iterator[OpenExecutor]:
    """Yield processes of this machine; raise DsoundsError when not one of them could be started."""
    context, begun = _noted_context()
    started, (stop, stopper) = context.Event(), context.Pipe(duplex=False)
    begin = (worker.start_process, (started, stop))
    with stop, stopper, ProcessPoolExecutor(workers, context, *begin) as executor:
        try:
            yield OpenExecutor(executor)
        except KeyboardInterrupt:
            stopper.close()  # this ends the workers: the pool would wait for what they do
            raise
        if started.is_set():
            return
        try:
            executor.submit(int)  # this raises where the pool is broken
        except BrokenExecutor:
            executor.shutdown()  # the exit codes of its processes are known then
            raise DsoundsError(_why_none([one.exitcode for one in begun])) from None


def _noted_context() -> tuple[SpawnContext, list[SpawnProcess]]:
    """Return a context that spawns processes, and the list to which it adds each of them."""
    context, begun = SpawnContext(), list[SpawnProcess]()

    def process(*values: Any, **named: Any) -> SpawnProcess:
        begun.append(SpawnProcess(*values, **named))
        return begun[-1]

    vars(context)["Process"] = process  # in place of the class's own
    return context, begun


def _why_none(codes: Sequence[int | None]) -> str:
    """Return why no worker process could be started, from their exit codes."""
    ended = [code for code in codes if code]
    # A signal says more than an exit code; but the pool itself ends the others by SIGTERM.
    first = min(ended, key=lambda code: (code == -signal.SIGTERM, code > 0), default=1)
    if first < 0:
        name = signal.Signals(-first).name
        return (
            f"no worker process could be started: {name} ended the first as it started (does the "
            "system end processes, as it does where memory runs out? try fewer workers)"
        )
    return (
        "no worker process could be started (their messages are above): a script that generates "
        "with several workers must do so under if __name__ == '__main__'"
    )


@contextmanager
def _on_cluster(address: str) -> Iterator[OpenExecutor]:
    with cluster.connected(address) as client, client.get_executor(pure=False) as executor:
        # Not pure: a shard that failed must be tried again, not looked up.
        yield OpenExecutor(executor, lambda: client.status == "closed")
