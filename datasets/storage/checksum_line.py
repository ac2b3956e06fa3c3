"""The last line of a file that is derived from others: the CRC-32 of all bytes before it.

    dsounds features 1: crc32 0123abcd

It follows what is the file's own end to NumPy and HDF5, which ignore it.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import IO
from zlib import crc32

from ...files import open_plain

_CHUNK_BYTES = 1 << 20
_DIGITS = re.compile(rb"[0-9a-f]{8}")


def append(file: IO[bytes], kind: str) -> None:
    """Add the line to a file that is open for reading and writing, and has none yet."""
    end = file.seek(0, os.SEEK_END)
    file.write(_line(kind, _crc32_before(file, end)))


def there(path: Path, kind: str) -> int | None:
    """Return how many bytes come before the line; None where a file has no such line.

    A file that cannot be read raises OSError.
    """
    with open_plain(path) as file:
        end = file.seek(0, os.SEEK_END) - len(_line(kind, 0))
        file.seek(max(end, 0))
        head, _, digits = file.read().rstrip(b"\n").rpartition(b" ")
    fits = _line(kind, 0).startswith(head + b" ") and _DIGITS.fullmatch(digits)
    return end if fits and end >= 0 else None


def unbroken(path: Path, kind: str) -> bool:
    """Return whether a file has the line, with the checksum of what is before it.

    The file is read from end to end, once while its size and time stay the same.
    """
    stat = path.stat()
    return _unbroken(path, kind, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _unbroken(path: Path, kind: str, size: int, mtime_ns: int) -> bool:
    return examine(path, kind)


def examine(path: Path, kind: str) -> bool:
    """See `unbroken`; the file is read now."""
    end = there(path, kind)
    if end is None:
        return False
    with open_plain(path) as file:
        return _line(kind, _crc32_before(file, end)) == file.read()


def _crc32_before(file: IO[bytes], end: int) -> int:
    """Return the CRC-32 of the first `end` bytes of a file, which is read up to there."""
    file.seek(0)
    found = 0
    while end > 0 and (chunk := file.read(min(end, _CHUNK_BYTES))):
        found = crc32(chunk, found)
        end -= len(chunk)
    return found


def _line(kind: str, checksum: int) -> bytes:
    return f"dsounds {kind} 1: crc32 {checksum:08x}\n".encode()
