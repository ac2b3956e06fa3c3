"""Files that are read: plain ones, as a pipe may never begin and a device never end."""

import os
import stat
from pathlib import Path
from typing import IO

from .errors import DsoundsError


def open_plain(path: Path | str) -> IO[bytes]:
    """Open a file to read its bytes.

    Raises
    ------
    DsoundsError
        If it is a pipe or a device: the archive that a corpus came in can hold one, too.
    OSError
        If it cannot be opened, or is a folder.
    """
    if not stat.S_ISREG(mode := os.stat(path).st_mode) and not stat.S_ISDIR(mode):
        raise DsoundsError(f"{path} is a pipe or a device, where a file is needed")
    return open(path, "rb")
