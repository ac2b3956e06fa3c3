"""Hashes of files and of plain values."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from .files import open_plain


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal, cached while its size and time stay the same."""
    stat = path.stat()
    return _sha256(str(path), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _sha256(path: str, size: int, mtime_ns: int) -> str:
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plain_sha256(plain: dict[str, Any]) -> str:
    """Return the sha256 of plain values, in hexadecimal: the same for any order of keys."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
