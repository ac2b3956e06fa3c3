"""Hashes of files and of plain values."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from .files import open_plain

_known: dict[tuple[str, int, int], str] = {}  # by path, size and time


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal, cached while its size and time stay the same."""
    stat = path.stat()
    if _key(path, stat) not in _known:
        with open_plain(path) as file:
            remember_sha256(path, stat, hashlib.file_digest(file, "sha256").hexdigest())
    return _known[_key(path, stat)]


def remember_sha256(path: Path, stat: os.stat_result, sha256: str) -> None:
    """Spare `file_sha256` the reading of a file whose hash is known.

    Parameters
    ----------
    stat
        The state of the file before it was read.
    """
    _known[_key(path, stat)] = sha256


def _key(path: Path, stat: os.stat_result) -> tuple[str, int, int]:
    return str(path), stat.st_size, stat.st_mtime_ns


def plain_sha256(plain: dict[str, Any]) -> str:
    """Return the sha256 of plain values, in hexadecimal: the same for any order of keys."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
