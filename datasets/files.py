"""Files that are either whole or not there: written as `.part`, synced, renamed."""

import json
import os
from pathlib import Path
from typing import Any

from ..soundfonts.errors import DsoundsError


def part(path: Path) -> Path:
    """Where a file is written before it has its final name."""
    return path.with_name(path.name + ".part")


def commit(path: Path) -> None:
    """Sync the finished `.part` of `path` to disk and give it its final name."""
    with open(part(path), "rb+") as file:
        os.fsync(file.fileno())
    os.replace(part(path), path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file that is never seen half-written."""
    part(path).write_text(json.dumps(content, indent=1) + "\n")
    commit(path)


def make_folder(path: Path) -> None:
    """Make an output folder. Raises DsoundsError when that, or writing in it, is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DsoundsError(f"cannot write into {path}: {error.strerror or error}") from None
