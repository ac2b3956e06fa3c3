"""Locks: on the folder itself, whatever the temporary folder is, following no link."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dsounds.caches import CACHE
from dsounds.datasets.storage.locks import exclusive_lock, file_lock
from dsounds.errors import DsoundsError


def held(folder: Path, shared: bool = False) -> bool:
    """Whether somebody else has the lock of a folder."""
    try:
        with exclusive_lock(folder, wait=False, shared=shared):
            return False
    except DsoundsError as error:
        assert str(error) == f"another dsounds is writing into {folder}: wait for it"  # noqa: PT017
        return True


def test_a_folder_that_was_made_for_the_lock_goes_with_it(tmp_path: Path) -> None:
    with exclusive_lock(tmp_path / "a" / "b", wait=False):
        assert list((tmp_path / "a" / "b").iterdir()) == []
        assert held(tmp_path / "a" / "b")
        assert not held(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    with exclusive_lock(tmp_path / "a" / "b", wait=False):
        (tmp_path / "a" / "file").touch()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]
    (tmp_path / "empty").mkdir()
    with exclusive_lock(tmp_path / "empty", wait=False):
        pass
    assert (tmp_path / "empty").exists()


def test_those_that_share_keep_others_out(tmp_path: Path) -> None:
    with exclusive_lock(tmp_path, wait=False, shared=True):
        assert not held(tmp_path, shared=True)
        assert held(tmp_path)
    with exclusive_lock(tmp_path, wait=False):
        assert held(tmp_path, shared=True)
    assert not held(tmp_path)


def test_a_link_to_a_folder_has_the_lock_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "link").symlink_to("true")
    with exclusive_lock(tmp_path / "link", wait=False):
        assert held(tmp_path / "true")
    with (
        pytest.raises(DsoundsError, match=r"cannot write into .*link"),
        exclusive_lock(tmp_path / "link", wait=False, known_as=tmp_path / "out"),
    ):
        pass


def test_one_who_waits_gets_a_folder_that_was_removed_meanwhile(tmp_path: Path) -> None:
    folder, order = tmp_path / "c", []
    found: list[bool] = []

    def wait() -> None:
        with exclusive_lock(folder, wait=True):
            order.append("second")
            found.append(held(folder))

    waiting = threading.Thread(target=wait)
    with exclusive_lock(folder, wait=False):
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]
    assert found == [True]  # not the lock of the folder that was removed
    assert not folder.exists()


@pytest.mark.process
def test_two_temporary_folders_see_one_lock(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from dsounds.datasets.storage.locks import exclusive_lock\n"
        "with exclusive_lock(Path(sys.argv[1]), wait=False): pass"
    )
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", code, tmp_path / "c"]
    with exclusive_lock(tmp_path / "c", wait=False):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "another dsounds is writing into" in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("there", ["file", "lost link"])
def test_what_is_no_folder_is_named(there: str, tmp_path: Path) -> None:
    place = tmp_path / "c"
    place.touch() if there == "file" else place.symlink_to("nowhere")
    with (
        pytest.raises(DsoundsError, match=r"cannot write into .*/c: (File exists|Not a directory)"),
        exclusive_lock(place, wait=False),
    ):
        pass


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EBADF])
def test_without_locks_of_folders_a_file_in_the_cache_stands_for_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock

    def of_files(file: int, how: int) -> None:
        # NFS unlocks what it does not lock: what is open to read alone.
        unlocks = number == errno.EBADF and how == fcntl.LOCK_UN
        if stat.S_ISDIR(os.fstat(file).st_mode) and not unlocks:
            raise OSError(number, "")
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", of_files)
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    with exclusive_lock(tmp_path / "a", wait=False):
        assert held(tmp_path / "a")
        assert not held(tmp_path / "b")
    assert not held(tmp_path / "a")
    assert [path.suffix for path in (tmp_path / "cache" / "locks").iterdir()] == [".lock"] * 2


@pytest.mark.parametrize(
    ("there", "says"),
    [("link", "symbolic links"), ("pipe", "it is no regular file"), ("folder", "Is a directory")],
)
def test_only_a_regular_file_is_a_lock(there: str, says: str, tmp_path: Path) -> None:
    """A pipe would be waited for, and a link would be followed."""
    place = tmp_path / "lock"
    if there == "link":
        place.symlink_to(tmp_path / "victim")
    elif there == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    with pytest.raises(DsoundsError, match=f"cannot lock .*{says}"), file_lock(place, wait=True):
        pass
    assert not (tmp_path / "victim").exists()
