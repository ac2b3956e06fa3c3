"""HDF5 files on a disk that may be full.

Where HDF5 cannot write what it still holds in memory, the file cannot be closed, and the next call
of the library, in this process, is a segmentation fault. So HDF5 is given a file that always
accepts what is written: the first error of the true file is kept, what comes after it is thrown
away, HDF5 closes without an error, and then the kept one is raised.

A shard cannot be written so: HDF5 would place its parts otherwise, and the same clips must give the
same bytes. The disk space of a shard is taken before HDF5 begins (`create_reserved`).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import h5py

_CANNOT_RESERVE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)
_END = slice(40, 48)  # where a superblock of version 0 has the address of the file's end


@contextmanager
def create(path: Path) -> Iterator[h5py.File]:
    """Write a new HDF5 file. A failure raises OSError, and the file is useless then."""
    with open(path, "w+b", buffering=0) as raw:
        guard = _Guard(raw)
        with h5py.File(guard, "w") as file:
            yield file
        if guard.error:
            raise guard.error


@contextmanager
def create_reserved(path: Path, size: int) -> Iterator[h5py.File]:
    """Write a new HDF5 file of about `size` bytes, for which the disk must have space now.

    The bytes are those of a file that HDF5 writes by itself. A disk without the space raises
    OSError before HDF5 writes anything.
    """
    _reserve(path, size)
    with h5py.File(path, "w") as file:  # this empties it
        _reserve(path, size)
        yield file
    with open(path, "rb+") as raw:
        end = int.from_bytes(raw.read(_END.stop)[_END], "little")
        raw.truncate(end)


def _reserve(path: Path, size: int) -> None:
    """Take disk space for a file, where the system can do so without writing it."""
    if not hasattr(os, "posix_fallocate"):
        return
    with open(path, "ab") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno not in _CANNOT_RESERVE:
                raise


class _Guard:
    """A file for h5py's driver of Python files, which keeps the first error (see the module)."""

    def __init__(self, raw: FileIO) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def write(self, data: memoryview) -> int:
        size = len(data)
        try:
            while self.error is None and len(data):
                data = data[self._raw.write(data) :]
        except OSError as error:
            self.error = error
        return size

    def truncate(self, size: int) -> int:
        try:
            if self.error is None:
                self._raw.truncate(size)
        except OSError as error:
            self.error = error
        return size

    def read(self, size: int = -1) -> bytes:
        return self._raw.read(size)

    def readinto(self, buffer: memoryview) -> int:
        return self._raw.readinto(buffer)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def flush(self) -> None:
        pass
