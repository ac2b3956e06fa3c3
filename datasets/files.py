"""Files that are either whole or not there: written as `.part`, synced, renamed."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

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


def failed(path: Path, error: BaseException) -> DsoundsError:
    """Remove the `.part` of a file that could not be written; return the error to raise."""
    part(path).unlink(missing_ok=True)
    return DsoundsError(f"cannot write {path}: {reason(error)}")


@contextmanager
def whole(path: Path, *errors: type[Exception]) -> Iterator[Path]:
    """Write a file that is never seen half-written: the block fills the `.part` it is given.

    errors: what a library raises, beside OSError, when it cannot write. Raises DsoundsError then,
    and leaves neither a `.part` nor a changed file.
    """
    try:
        yield part(path)
        commit(path)
    except BaseException as error:
        if isinstance(error, (OSError, *errors)):
            raise failed(path, error) from None
        part(path).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole."""
    with whole(path) as place:
        place.write_text(text, encoding="utf-8")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, whole."""
    write_text(path, json.dumps(content, indent=1) + "\n")


@contextmanager
def alone(folder: Path, wait: bool) -> Iterator[None]:
    """Keep other processes of this user on this machine out of a folder while the block runs.

    wait: whether to wait for another one, or to raise DsoundsError at once. The lock dies with
    its owner, and lies among the temporary files, as the folder need not exist yet.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    place = Path(tempfile.gettempdir()) / f"dsounds-{user}-{name}.lock"
    try:
        with FileLock(place, timeout=-1 if wait else 0):
            yield
    except Timeout:
        raise DsoundsError(f"another dsounds is writing into {folder}: wait for it") from None


def make_folder(path: Path) -> None:
    """Make an output folder. Raises DsoundsError when that, or writing in it, is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DsoundsError(f"cannot write into {path}: {reason(error)}") from None


def reason(error: BaseException) -> str:
    """Why a file could not be written or read, in a few words: the system's where it says so."""
    number = getattr(error, "errno", None)
    if number:
        return os.strerror(number)
    text = " ".join(str(error).split())
    if "error message = '" in text:  # h5py wraps the system's message
        text = text.split("error message = '", 1)[1].split("'", 1)[0]
    return f"{text or type(error).__name__} (is the disk full?)"
