"""Where dsounds keeps what it can make again: rendered notes, log-mel, compiled code.

The cache folder is the one in DSOUNDS_CACHE, or `dsounds` in the user's cache folder. Where that
cannot be written (no home, as in a container), a private folder among the temporary files serves,
and one line says so. Libraries that keep files of their own in a home, numba and matplotlib, are
sent there, too.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import platformdirs

from .errors import DsoundsError

CACHE, COMPILED, PICTURES = "DSOUNDS_CACHE", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"
HINT = (
    f"the environment variables {CACHE} (rendered notes and log-mel) and {COMPILED} (compiled "
    "code) name other folders"
)


def cache_folder() -> Path:
    """Return the folder for caches; the one in DSOUNDS_CACHE is not tried here.

    Raises
    ------
    DsoundsError
        If the variable is not set and no folder can be written.
    """
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen)
    own = _user_folder("dsounds")
    if can_write(own):
        return Path(own)
    folder = _private_folder()
    os.environ[CACHE] = str(folder)  # workers use it, too, and do not say it again
    print(
        f"dsounds: caches are in {folder}, as {own} cannot be written: {HINT}",
        file=sys.stderr,
        flush=True,
    )
    return folder


def _user_folder(name: str) -> str:
    """Return a folder in the user's cache folder; one from "~" where the home is not known."""
    try:
        return platformdirs.user_cache_dir(name)
    except RuntimeError:  # earlier versions of platformdirs leave the "~" in it
        return f"~/.cache/{name}"


def can_write(folder: str | Path) -> bool:
    """Return whether files can be made in a folder, which is made where it is missing.

    A path from a home that is not known ("~/...") is none.
    """
    if not os.path.isabs(folder):
        return False
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _private_folder() -> Path:
    """Return a folder among the temporary files in which nobody else can have put anything.

    It is the same one for each command, unless its name is taken by somebody else: then it is a new
    one, which is removed when this process ends.
    """
    try:
        place = Path(tempfile.gettempdir(), f"dsounds-{os.getuid()}")
        place.mkdir(mode=0o700, exist_ok=True)
        if _private(place):
            return place
    except FileExistsError:  # a file, or a link to nowhere
        pass
    except OSError:  # there may be no temporary folder at all
        raise DsoundsError(f"no folder for caches can be written: {HINT}") from None
    place = Path(tempfile.mkdtemp(prefix="dsounds-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def _private(place: Path) -> bool:
    """Return whether a path is a folder, not a link, that only this user can look into."""
    found = place.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return ours and not found.st_mode & 0o077 and can_write(place)


@cache
def settle_compiled(*sources: Path) -> None:
    """See to it that numba finds a folder for code that it compiles from files in these folders.

    It looks for one, in this order, in NUMBA_CACHE_DIR, beside the source, and in the user's cache
    folder. Where it would find none, NUMBA_CACHE_DIR is set.

    Raises
    ------
    DsoundsError
        If no folder can be written.
    """
    chosen = os.environ.get(COMPILED)
    if chosen and can_write(os.path.abspath(chosen)):
        return
    if all(can_write(source / "__pycache__") for source in sources):
        return
    if can_write(_user_folder("numba")):
        return
    folder = os.path.abspath(cache_folder() / "numba")
    if chosen or not can_write(folder):
        raise DsoundsError(f"{chosen or folder} cannot be written: {HINT}")
    os.environ[COMPILED] = folder
    if "numba" in sys.modules:  # it has read its variables already
        sys.modules["numba"].config.reload_config()


@contextmanager
def compiling(folder: Path) -> Iterator[None]:
    """Import in the block a module that numba compiles from a file in a folder.

    Raises
    ------
    DsoundsError
        If numba finds no folder for the compiled code.
    """
    settle_compiled(folder)
    try:
        yield
    except RuntimeError as error:
        raise DsoundsError(f"{error}: {HINT}") from error


def settle_home() -> None:
    """Give libraries that look for the user's cache folder one where the home is not known.

    They would end with an error while they are imported.

    Raises
    ------
    DsoundsError
        If no folder can be written.
    """
    if not os.path.isabs(_user_folder("dsounds")):
        os.environ["XDG_CACHE_HOME"] = str(cache_folder())


def settle_pictures() -> None:
    """Give matplotlib a folder where it would look for one in a home that cannot be written."""
    home = os.path.expanduser("~")
    if os.environ.get(PICTURES) or (os.path.isabs(home) and os.access(home, os.W_OK)):
        return
    try:
        os.environ[PICTURES] = str(cache_folder() / "matplotlib")
    except DsoundsError:
        return  # the command may need no picture
