"""Why a file could not be read or written, in a few words."""

import os
import re


def reason(error: BaseException) -> str:
    """Return why a file could not be read: the system's own words, if any."""
    number = number_of(error)
    return os.strerror(number) if number else " ".join(str(error).split()) or type(error).__name__


def write_reason(error: BaseException) -> str:
    """Return why a file could not be written: where the system does not say, with a guess."""
    return reason(error) if number_of(error) else f"{reason(error)} (is the disk full?)"


def number_of(error: BaseException) -> int | None:
    """Return the system's number of an error; h5py hides it in its text."""
    number = getattr(error, "errno", None)
    found = None if number else re.search(r"errno = (\d+)", " ".join(str(error).split()))
    return int(found[1]) if found else number
