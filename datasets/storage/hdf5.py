"""HDF5 files on a disk that may be full.

Where HDF5 cannot write what it still holds in memory, the file cannot be closed, and the next call
of the library, in this process, is a segmentation fault. So HDF5 is given a file that always
accepts what is written: the first error of the true file is kept, what comes after it is thrown
away, HDF5 closes without an error, and then the kept one is raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import h5py


@contextmanager
def create(path: Path) -> Iterator[h5py.File]:
    """Write a new HDF5 file. A failure raises OSError, and the file is useless then."""
    with open(path, "w+b", buffering=0) as raw:
        guard = _Guard(raw)
        with h5py.File(guard, "w") as file:
            yield file
        if guard.error:
            raise guard.error


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
