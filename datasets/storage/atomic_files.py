"""Files that are either whole or not there.

A file is written as a `.part` whose name holds machine and process, synced, and renamed. So two
writers of one file do no harm: each has a `.part` of its own, and the last one to rename it wins.
No lock is needed for that. Locks (`locks`) keep two writers from doing the same work.
"""

import errno
import json
import os
import platform
import re
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from .locks import exclusive_lock as exclusive_lock
from .locks import file_lock as file_lock
from .reasons import NO_FILES, number_of
from .reasons import reason as reason
from .reasons import write_reason as write_reason

_PART = re.compile(r"(?P<before>.+)-(?P<process>\d+)-[0-9a-f]{8}\.part")
_DAY_S = 86_400
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK)
# Errors that whatever is written next would meet, too.
_LASTING = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR
)  # fmt: skip


class CannotWrite(DsoundsError):
    """A file could not be written. With `lasting`, others would fail too (on a full disk, say)."""

    lasting = False


def temporary_path(path: Path) -> Path:
    """Return where this process writes a file before it has its final name."""
    own = f"{platform.node()}-{os.getpid()}-{_token(os.getpid())}"
    return path.with_name(f"{path.name}.{own}.part")


@lru_cache(maxsize=1)
def _token(process: int) -> str:
    """Return a text that differs between processes of one number, in containers of one name."""
    return uuid.uuid4().hex[:8]


def commit(path: Path) -> None:
    """Sync the finished `.part` of `path` to disk and give it its final name.

    Only files are replaced: a link, a device or a folder of that name raises CannotWrite.
    """
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        temporary_path(path).unlink(missing_ok=True)
        raise CannotWrite(f"cannot write {path}: there is a link, a folder or a device")
    with open(temporary_path(path), "rb+") as file:
        os.fsync(file.fileno())
    os.replace(temporary_path(path), path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def failed(path: Path, error: BaseException) -> CannotWrite:
    """Remove the `.part` of a file that could not be written; return the error to raise."""
    with suppress(OSError):  # its own name may be too long, or lead through a file
        temporary_path(path).unlink(missing_ok=True)
    said = CannotWrite(f"cannot write {path}: {write_reason(error)}")
    said.lasting = number_of(error) in _LASTING
    return said


@contextmanager
def atomic_write(path: Path, *errors: type[Exception]) -> Iterator[Path]:
    """Write a file that is never seen half-written: the block fills the `.part` that it is given.

    `errors` are what a library raises, beside OSError, when it cannot write. DsoundsError is raised
    then, and neither a `.part` nor a changed file is left.
    """
    try:
        yield temporary_path(path)
        commit(path)
    except BaseException as error:
        if isinstance(error, (OSError, *errors)):
            raise failed(path, error) from None
        temporary_path(path).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a whole text file."""
    with atomic_write(path) as place:
        place.write_text(text, encoding="utf-8")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a whole JSON file."""
    write_text(path, json_text(content))


def json_text(content: dict[str, Any]) -> str:
    """Return the text of a JSON file."""
    return json.dumps(content, indent=1) + "\n"


def create_json(path: Path, content: dict[str, Any]) -> bool:
    """Write a whole JSON file where there is none yet; return False where there was one."""
    place = temporary_path(path)
    try:
        place.write_text(json_text(content), encoding="utf-8")
        with open(place, "rb+") as file:
            os.fsync(file.fileno())
        try:
            os.link(place, path)  # unlike a rename it fails where there is a file
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS or path.exists():
                raise
            os.replace(place, path)  # a file system without links: the best that is left
        _sync_folder(path.parent)
        return True
    except OSError as error:
        raise failed(path, error) from None
    finally:
        place.unlink(missing_ok=True)


def remove_stale_parts(folder: Path) -> None:
    """Remove the `.part` files of writers that were killed; those of other machines after a day."""
    for path in folder.glob("*.part"):
        found = _PART.fullmatch(path.name)
        if found is None:
            continue  # not a file of dsounds
        try:
            here = found["before"].endswith(f".{platform.node()}")
            if (here and not _alive(int(found["process"]))) or _age_s(path) > _DAY_S:
                path.unlink(missing_ok=True)
        except OSError:
            continue  # it may be gone by now


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _alive(process: int) -> bool:
    with suppress(OSError, IndexError):  # Linux: one that was killed may linger as a zombie
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True  # a process of another user
    except (ProcessLookupError, OverflowError):
        return False
    return True


def make_folder(path: Path) -> None:
    """Make an output folder, and remove what killed writers have left in it.

    A folder that cannot be made, or cannot be written to, raises DsoundsError.
    """
    with _probing(path):
        path.mkdir(parents=True, exist_ok=True)
    probe(path, path)
    remove_stale_parts(path)


def probe(folder: Path, wanted: Path) -> None:
    """Raise DsoundsError, which names what is wanted, where no file can be made in a folder."""
    place = temporary_path(folder / ".probe")
    with _probing(wanted):
        place.touch()
        place.unlink()


@contextmanager
def _probing(wanted: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:  # though the folders above are there
        raise DsoundsError(f"cannot write into {wanted}: {NO_FILES}") from None
    except OSError as error:
        raise DsoundsError(f"cannot write into {wanted}: {write_reason(error)}") from None
