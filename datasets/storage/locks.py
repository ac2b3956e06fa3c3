"""Locks that keep two writers from doing the same work: `flock`s, which end with their owner.

The lock of a folder is on the folder itself. No file is made, so there is no name that somebody
else could take, and it does not matter where temporary files lie. Where a file system has no such
locks, a file in the cache folder stands for the folder.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...caches import cache_folder
from ...errors import DsoundsError
from .reasons import NO_FILES, reason

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_NO_FOLDER_LOCKS = (*_NO_LOCKS, errno.EBADF, errno.EINVAL)
_TRIES = 100


@contextmanager
def exclusive_lock(
    folder: Path, wait: bool, shared: bool = False, known_as: Path | None = None
) -> Iterator[None]:
    """Keep other processes on this machine out of a folder while the block runs.

    A folder that is missing is made, and goes again with the lock where nothing came into it.

    Parameters
    ----------
    folder
        The folder.
    wait
        Whether another process is waited for; else DsoundsError is raised at once.
    shared
        Whether processes that share, too, are let in.
    known_as
        What a hidden folder stands for: it must be no link then, as nobody has given its name.

    Raises
    ------
    DsoundsError
        If another process has the lock, or the folder cannot be made.
    """
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    file, made = _locked_folder(folder, how, known_as)
    try:
        yield
    finally:
        for one in made:
            with suppress(OSError):  # there is something in it
                one.rmdir()
        os.close(file)


def _locked_folder(folder: Path, how: int, known_as: Path | None) -> tuple[int, list[Path]]:
    """Return the open lock of a folder, and which folders were made for it, the inmost first."""
    ever_there = False
    for _ in range(_TRIES):
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ever_there = True
            links = 0 if known_as is None else os.O_NOFOLLOW
            file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | links)
        except FileNotFoundError:
            continue  # whoever had it has just removed it, or no folder can be made
        except OSError as error:
            raise DsoundsError(f"cannot write into {folder}: {reason(error)}") from None
        if not _lockable(file, how, folder):
            os.close(file)
            file = _stand_in(folder)
        if not _flock(file, how, folder):
            os.close(file)
            raise DsoundsError(f"another dsounds is writing into {known_as or folder}: wait for it")
        if _is_open(file, folder):
            return file, made
        os.close(file)
    why = "it is removed again and again" if ever_there else NO_FILES
    raise DsoundsError(f"cannot write into {folder}: {why}")


def _lockable(file: int, how: int, folder: Path) -> bool:
    """Return whether an open folder can be locked where it lies; it may be locked then."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno in _NO_FOLDER_LOCKS:
            return False
        raise DsoundsError(f"cannot lock {folder}: {reason(error)}") from None
    return True


def _stand_in(folder: Path) -> int:
    """Open the file in the cache folder that stands for a folder."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    place = cache_folder() / "locks" / f"{name}.lock"
    with suppress(OSError):  # it is named when the file is opened
        place.parent.mkdir(parents=True, exist_ok=True)
    return _open(place)


def _is_open(file: int, folder: Path) -> bool:
    """Return whether a locked folder still is the one of that name, not one that was removed."""
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode):
        return True
    try:
        return os.path.samestat(found, folder.stat())
    except OSError:
        return False


@contextmanager
def file_lock(place: Path, wait: bool) -> Iterator[bool]:
    """Hold a lock file while the block runs; yield whether it was free, always True with `wait`.

    It keeps out other machines too, where the file system passes `flock` on to them: NFS version 4,
    CephFS and GPFS do, Lustre where it is mounted with -o flock. A file system without locks, or
    something else than a file in its place, raises DsoundsError.
    """
    file = _open(place)
    try:
        yield _flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), place)
    finally:
        os.close(file)


def _open(place: Path) -> int:
    """Open a lock file, following no link and waiting for no pipe; make it where it is missing."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(place, flags, 0o666)
    except OSError as error:
        raise DsoundsError(f"cannot lock {place}: {reason(error)}") from None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise DsoundsError(f"cannot lock {place}: it is no regular file")
    return file


def _flock(file: int, how: int, place: Path) -> bool:
    """Lock an open file or folder; return whether it was free."""
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    except OSError as error:
        kind = "its file system has no locks" if error.errno in _NO_LOCKS else reason(error)
        raise DsoundsError(f"cannot lock {place}: {kind}") from None
    return True
