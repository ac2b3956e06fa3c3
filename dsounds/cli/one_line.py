"""What ends a command, as one line: what the user can put right, and what the machine refuses.

An error of the system (a name that is too long, a folder where a file is meant), text that a file
or the console cannot hold, and memory that is not there are no faults of the program. Every other
exception is one and keeps its traceback.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from io import TextIOWrapper
from typing import Any

from ..errors import DsoundsError
from ..settings import check_plain

_MOST_CHARACTERS = 2000
_NO_MEMORY = ("can't allocate memory", "out of memory", "Cannot allocate memory", "bad_alloc")
# What torch says of sizes whose product is no number of bytes.
_TOO_LARGE = ("Storage size calculation overflowed", "numel: integer multiplication overflow")


def told(error: Exception) -> str | None:
    """Return what an exception tells the user, in a line; None for a fault of the program."""
    match error:
        case DsoundsError():
            text = str(error)
        case OSError():
            where = error.filename if error.filename is not None else "the system"
            text = f"{_text(where)}: {error.strerror or error or type(error).__name__}"
        case UnicodeError():
            text = f"text that is not UTF-8, or cannot be written as it: {error}"
        case MemoryError():
            text = f"not enough memory: {str(error) or 'give smaller sizes'}"
        case RuntimeError() if any(sign in str(error) for sign in (*_NO_MEMORY, *_TOO_LARGE)):
            text = f"not enough memory, give smaller sizes: {str(error).splitlines()[0]}"
        case _:
            return None
    return _shortened(" ".join(text.split()))


def _text(name: Any) -> str:
    return name.decode(errors="surrogateescape") if isinstance(name, bytes) else str(name)


def _shortened(line: str) -> str:
    half = _MOST_CHARACTERS // 2
    return line if len(line) <= 2 * half else f"{line[:half]} ... {line[-half:]}"


@contextmanager
def printable() -> Iterator[None]:
    """Let the console print what it has no characters for as escapes meanwhile."""
    streams = [one for one in (sys.stdout, sys.stderr) if isinstance(one, TextIOWrapper)]
    before = [(stream, stream.errors) for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in before:
            if not stream.closed:
                stream.reconfigure(errors=errors)


def bounded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that refuses integers of more than 64 bits and text with a null byte."""
    signature = inspect.signature(command)

    @wraps(command)
    def run(*values: Any, **named: Any) -> Any:
        for name, value in signature.bind(*values, **named).arguments.items():
            check_plain(f"--{name.replace('_', '-')}", value)
        return command(*values, **named)

    return run
