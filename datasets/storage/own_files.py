"""Files of dsounds, told by a mark inside: only these are replaced, and only regular files.

What a user wrote, a link, a device or a pipe stays as it is, and the command says so before it has
done any work. A mark is a text that every file of its kind has near its begin or at its end.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from . import atomic_files

PICTURE = b"Software\0dsounds"  # the text chunk of a PNG, see `save_picture`
PAGE = b"<title>dsounds report"
SCORES = (b'"format": "dsounds scores', b'{\n "scores": {')  # the latter of format 1
RESULTS = b'"format": "dsounds results'
COMPARISON = b"Median over the seeds; in brackets"
DATASHEET = b"# Datasheet of dsounds corpus"
CROISSANT = b'"name": "dsounds-'
CLIPS = b"file_name,clip,index,"
_HEAD_BYTES, _TAIL_BYTES = 1 << 14, 1 << 10


class NotOwn(DsoundsError):
    """A file that dsounds did not write."""


def check_own(path: Path, *marks: bytes) -> None:
    """Raise NotOwn unless nothing is at `path`, or a regular file that has one of the marks."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a link or a device"
        raise NotOwn(f"{path} is {kind}: give the name of a new file, or of one that dsounds wrote")
    try:
        with open(path, "rb") as file:
            text = file.read(_HEAD_BYTES)
            file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
            text += file.read()
    except OSError as error:
        raise NotOwn(f"{path} cannot be read: {atomic_files.reason(error)}") from None
    if not any(mark in text for mark in marks):
        raise NotOwn(
            f"{path} is there already, and is no such file that dsounds wrote, by the mark inside "
            "(pictures of earlier versions have none): choose another name"
        )


def save_picture(figure: Any, path: Path, **options: Any) -> None:
    """Write a figure of matplotlib as PNG with its mark, whole or not at all; see `check_own`."""
    check_own(path, PICTURE)
    with atomic_files.atomic_write(path) as place:
        figure.savefig(place, format="png", metadata={"Software": "dsounds"}, **options)
