"""The processes that share a run under torchrun: who writes, and what all of them agree on.

    torchrun --nproc-per-node 2 -m dsounds train ts-dsae --corpus corpora/demo

Without torchrun there is one, and nothing here does anything. The run folder must be one that all
of them see.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

from ...errors import DsoundsError

TIMEOUT = timedelta(minutes=10)
"""How long a process waits for the others before it gives up."""

# What torch says where another process has ended, or does not answer.
_LOST = ("closed by peer", "reset by peer", "timed out", "timeout", "gloo", "nccl", "broken pipe")


@dataclass(frozen=True)
class Process:
    """One of the `count` processes of a run, `local_count` of them on this machine."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def share(self, rows: Tensor) -> Tensor:
        """Return the part of a batch that belongs to this process."""
        return rows[self.rank :: self.count]


def this_process() -> Process:
    """Return this process's place among those that torchrun started."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return Process()
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    return Process(*(int(os.environ[name]) for name in names))


def join(process: Process, device: str) -> None:
    """Meet the other processes of the run; device: "cpu", or "cuda" with one for each process.

    Raises
    ------
    DsoundsError
        If there are more processes than devices on this machine.
    """
    if process.count == 1 or distributed.is_initialized():
        return
    if device == "cuda":
        there = torch.cuda.device_count()
        if process.local_count > there:
            raise DsoundsError(
                f"torchrun started {process.local_count} processes on this machine, which has "
                f"{there} CUDA devices: --nproc-per-node must be {there} or less"
            )
        torch.cuda.set_device(process.local_rank)
    backend = "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=TIMEOUT)
    atexit.register(distributed.destroy_process_group)


@contextmanager
def agreed(process: Process) -> Iterator[None]:
    """Let all processes fail in the block where one does; only one of them tells why.

    The others exit with its code, 2. All of them leave the block at the same time.
    """
    error: DsoundsError | None = None
    try:
        yield
    except DsoundsError as found:
        error = found
    if process.count > 1:
        failed: list[bool] = [False] * process.count
        with lost_processes(process):
            distributed.all_gather_object(failed, error is not None)
        if any(failed) and process.rank != failed.index(True):
            raise SystemExit(2)
    if error is not None:
        raise error


@contextmanager
def lost_processes(process: Process) -> Iterator[None]:
    """Tell in one line that another process has ended or does not answer."""
    try:
        yield
    except RuntimeError as error:
        text = str(error).lower()
        if process.count == 1 or not any(words in text for words in _LOST):
            raise
        raise DsoundsError(
            f"process {process.rank} of {process.count} has lost another one, which has ended or "
            f"has not answered for {TIMEOUT.seconds // 60} minutes; its own message says why; the "
            "same command resumes the run"
        ) from None


def total(values: Tensor) -> Tensor:
    """Return the sum over all processes of a tensor of theirs."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(values)
    return values
