"""Why a file could not be read or written, in a few words."""

import errno
import os
import re

NO_FILES = "its file system makes no files (is it one such as /proc?)"


def reason(error: BaseException) -> str:
    """Return why a file could not be read: the system's own words, if any."""
    number, text = number_of(error), " ".join(str(error).split())
    if "unable to lock file" in text:
        return _locked(number)
    return os.strerror(number) if number else text or type(error).__name__


def _locked(number: int | None) -> str:
    """Return why HDF5 could not lock a file, with the cure."""
    held = number in (errno.EAGAIN, errno.EWOULDBLOCK)
    why = "another program has it open to write" if held else "its file system has no locks"
    return (
        f"it cannot be locked, as {why}; where nobody writes it, set HDF5_USE_FILE_LOCKING=FALSE "
        "in the environment, and HDF5 reads it without a lock"
    )


def write_reason(error: BaseException) -> str:
    """Return why a file could not be written: where the system does not say, with a guess."""
    return reason(error) if number_of(error) else f"{reason(error)} (is the disk full?)"


def number_of(error: BaseException) -> int | None:
    """Return the system's number of an error; h5py hides it in its text."""
    number = getattr(error, "errno", None)
    found = None if number else re.search(r"errno = (\d+)", " ".join(str(error).split()))
    return int(found[1]) if found else number
