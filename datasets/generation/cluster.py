"""A Dask cluster, by the address of its scheduler.

Its workers need dsounds, libfluidsynth and the SoundFont (or a store with all notes), and must see
the corpus's folder under the same path: a shared file system. This file system must give one thing:
a file that was synced and renamed on one machine is seen whole by the others.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import DsoundsError

if TYPE_CHECKING:
    from distributed import Client

_ANSWER_S = 20
_FIRST_WORKER_S = 60
_LOUD = ("distributed", "distributed.client", "tornado.application")


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Yield a client of a scheduler that has a worker.

    DsoundsError is raised if Dask is not installed, no scheduler answers, or it has no worker.
    """
    try:
        import distributed  # noqa: F401 (it sets up its log)
    except ImportError:
        raise DsoundsError("--scheduler needs Dask: pip install 'dsounds[dask]'") from None
    with _quiet(), _client(address) as client:
        try:
            client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
        except TimeoutError:
            raise DsoundsError(
                f"the Dask scheduler at {address} has no workers after {_FIRST_WORKER_S} s: start "
                f"some with: dask worker {address}"
            ) from None
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Mute Dask's log, which prints a traceback for what our message says in one line."""
    loggers = [logging.getLogger(name) for name in _LOUD]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _client(address: str) -> Client:
    from distributed import Client

    client = Client.__new__(Client)
    try:
        _speak(address)
        client.__init__(address, timeout=_ANSWER_S, set_as_default=False)  # type: ignore[misc]
    except (OSError, TimeoutError, ValueError, OverflowError) as error:
        client.status = "closed"  # or the garbage collector would try to close it, for seconds
        raise DsoundsError(
            f"no Dask scheduler answers at {address!r} ({' '.join(str(error).split())}): give the "
            "address that 'dask scheduler' printed, such as tcp://host:8786"
        ) from None
    return client


def _speak(address: str) -> None:
    """Raise OSError when nothing speaks first at a TCP address: Client would wait for ever."""
    found = re.fullmatch(r"tcp://\[?([^\[\]]+)\]?:(\d+)", address)
    if found:
        place = (found[1], int(found[2]))
        with socket.create_connection(place, _ANSWER_S) as connection:
            if not connection.recv(1):
                raise OSError("it hangs up")
