"""The checksum trailer of a shard, its last line: its clips, and a hash of all before.

    dsounds seal: corpus 0123456789abcdef, clips 1000 to 2000, sha256 <64 digits>

The hash is taken over the rest of the file and the line up to ", sha256". So a shard proves by
itself that not a byte of it has changed, before corpus.json knows it and where corpus.json is lost.
HDF5 ignores what follows its own end.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ...files import open_plain
from ...hashing import remember_sha256

if TYPE_CHECKING:
    from hashlib import _Hash as HashObject

_LINE = re.compile(
    rb"dsounds seal: corpus (\w+), clips (\d+) to (\d+), sha256 ([0-9a-f]{64})\n\Z", re.ASCII
)
_MOST_BYTES = 256
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Trailer:
    """The checksum trailer of a shard."""

    corpus_id: str
    start: int
    stop: int
    sha256: str

    @property
    def _claim(self) -> bytes:
        return f"dsounds seal: corpus {self.corpus_id}, clips {self.start} to {self.stop}".encode()

    @property
    def line(self) -> bytes:
        """The last line of the file."""
        return self._claim + f", sha256 {self.sha256}\n".encode()


@dataclass(frozen=True)
class Checked:
    """A file that was read from end to end. `unbroken`: its trailer fits its content."""

    trailer: Trailer | None
    unbroken: bool
    sha256: str
    bytes: int


def close(path: Path, corpus_id: str, start: int, stop: int) -> str:
    """Append the trailer to a file that has none yet, and return the sha256 of the whole."""
    with open(path, "rb+") as file:
        content = hashlib.file_digest(file, "sha256")
        line = _trailer_of(content, corpus_id, start, stop).line
        file.write(line)  # at the end, since all was read
    content.update(line)
    return content.hexdigest()


def _trailer_of(content: HashObject, corpus_id: str, start: int, stop: int) -> Trailer:
    """Return the trailer of the content that was hashed."""
    claim = Trailer(corpus_id, start, stop, "")._claim
    content = content.copy()
    content.update(claim)
    return Trailer(corpus_id, start, stop, content.hexdigest())


def read(path: Path) -> Trailer | None:
    """Return the trailer of a file; None where it has none. An unreadable file raises OSError."""
    with open_plain(path) as file:
        return _read(file)


def _read(file: IO[bytes]) -> Trailer | None:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _MOST_BYTES, 0))
    found = _LINE.search(file.read())
    if found is None:
        return None
    corpus_id, start, stop, sha256 = (text.decode() for text in found.groups())
    return Trailer(corpus_id, int(start), int(stop), sha256)


def check(path: Path) -> Checked:
    """Read a file from end to end. A file that cannot be read raises OSError.

    `hashing.file_sha256` knows the file's hash then, and need not read it once more.
    """
    with open_plain(path) as file:
        before_reading = os.fstat(file.fileno())
        trailer = _read(file)
        size = file.seek(0, os.SEEK_END)
        before = size - (len(trailer.line) if trailer else 0)
        file.seek(0)
        content = hashlib.sha256()
        while before > 0 and (chunk := file.read(min(_CHUNK_BYTES, before))):
            content.update(chunk)
            before -= len(chunk)
        unbroken = trailer == (
            trailer and _trailer_of(content, trailer.corpus_id, trailer.start, trailer.stop)
        )
        content.update(file.read())
    remember_sha256(path, before_reading, content.hexdigest())
    return Checked(trailer, trailer is not None and unbroken, content.hexdigest(), size)
