"""The destination of an export: a new file or a new folder, whole or not there at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile

from ...errors import DsoundsError
from . import atomic_files

_CANNOT_WRITE = (soundfile.LibsndfileError,)  # raised, beside OSError, when a disk is full


def refuse_existing(path: Path) -> None:
    """Raise DsoundsError when there is something at `path`."""
    if path.exists() or path.is_symlink():
        raise DsoundsError(f"{path} exists already: choose another --out, or remove it first")


def check_space(path: Path, needed_bytes: int) -> None:
    """Raise DsoundsError when the disk of `path` has not enough space, before anything is done.

    So it is where there is no disk at all, as under /proc.
    """
    path = path.absolute()
    there = next(place for place in (path, *path.parents) if place.exists())
    usage = shutil.disk_usage(there)
    if usage.total == 0:  # not every file system that holds files tells its size
        atomic_files.probe(there if there.is_dir() else there.parent, path)
    elif needed_bytes > usage.free:
        raise DsoundsError(
            f"not enough space at {there}: {needed_bytes / 1e6:,.0f} MB are needed, "
            f"{usage.free / 1e6:,.0f} MB are free"
        )


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Write a new file: the block fills the path that it is given.

    If `path` exists or cannot be written, DsoundsError is raised and nothing is left there.
    """
    with _hidden(path), atomic_files.atomic_write(path, *_CANNOT_WRITE) as place:
        yield place


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a new folder: the block works in a hidden one beside it, which is renamed at the end.

    If `path` exists or cannot be written, DsoundsError is raised and nothing is left there.
    """
    with _hidden(path) as place:
        try:
            yield place
            os.sync()  # thousands of small files: one by one would take minutes
            place.rename(path)
        except (OSError, *_CANNOT_WRITE) as error:
            why = atomic_files.write_reason(error)
            raise DsoundsError(f"cannot write {path}: {why}") from None


@contextmanager
def _hidden(path: Path) -> Iterator[Path]:
    """Lend an empty hidden folder beside a new path; its lock keeps other writers from the path."""
    refuse_existing(path)
    atomic_files.make_folder(path.absolute().parent)
    place = path.absolute().with_name(f".{path.absolute().name}.dsounds-part")
    with atomic_files.exclusive_lock(place, wait=False, known_as=path):
        try:
            refuse_existing(path)
            _empty(place)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _empty(folder: Path) -> None:
    """Remove what an export that was killed has left."""
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
