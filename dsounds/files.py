"""Files that are read: plain ones, as a pipe may never begin and a device never end."""

import os
import stat
from io import BufferedReader
from pathlib import Path

from .errors import DsoundsError

MOST_TEXT_BYTES = 2**28  # of a text that is read as a whole


def open_plain(path: Path | str, most_bytes: int | None = None) -> BufferedReader:
    """Open a file to read its bytes.

    Raises
    ------
    DsoundsError
        If it is a pipe or a device: the archive that a corpus came in can hold one, too; or if it
        has more bytes than `most_bytes`.
    OSError
        If it cannot be opened, or is a folder.
    """
    about = os.stat(path)
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        raise DsoundsError(f"{path} is a pipe or a device, where a file is needed")
    if most_bytes is not None and about.st_size > most_bytes:
        raise DsoundsError(
            f"{path} has {about.st_size:,} bytes, and no such file has more than {most_bytes:,}: "
            "is it another file?"
        )
    return open(path, "rb")
