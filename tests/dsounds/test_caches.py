"""Caches where there is no home, and nothing of the installation, that can be written."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dsounds import caches
from dsounds.caches import CACHE, COMPILED, PICTURES, can_write
from dsounds.errors import DsoundsError

USER = 54_321  # without an entry in the list of users
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without variables and without a home; a temporary folder of its own."""
    for name in (CACHE, COMPILED, PICTURES, "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")  # so that it is restored, as it may be set here
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    (tmp_path / "file").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    caches.settle_compiled.cache_clear()
    return tmp_path / "tmp"


def test_the_private_folder_is_named_once_and_the_same_again(
    bare: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = caches.cache_folder()
    assert folder == bare / f"dsounds-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    said = capsys.readouterr().err
    assert said.startswith(f"dsounds: caches are in {folder}, as ")
    assert said.count("\n") == 1
    assert CACHE in said
    assert COMPILED in said
    assert caches.cache_folder() == folder
    assert capsys.readouterr().err == ""
    assert os.environ[CACHE] == str(folder)  # for the workers
    monkeypatch.delenv(CACHE)
    assert caches.cache_folder() == folder


@pytest.mark.parametrize("there", ["link", "file", "open to all", "of another user"])
def test_a_private_folder_of_somebody_else_is_not_used(
    there: str, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = bare / f"dsounds-{os.getuid()}"
    if there == "link":
        (bare / "victim").mkdir(mode=0o700)
        place.symlink_to(bare / "victim")
    elif there == "file":
        place.touch()
    else:
        place.mkdir(mode=0o700)
    if there == "open to all":
        place.chmod(0o777)
    if there == "of another user":
        if os.getuid() != 0:
            pytest.skip("only root can give a folder away")
        os.chown(place, USER, USER)
    folder = caches.cache_folder()
    assert folder != place
    assert folder.parent == bare
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert place.is_file() or list(place.iterdir()) == []


def test_where_nothing_can_be_written_both_variables_are_named(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    for call in (caches.cache_folder, lambda: caches.settle_compiled(bare.parent / "file")):
        with pytest.raises(DsoundsError, match=r"can be written: .*DSOUNDS_CACHE.*NUMBA_CACHE_DIR"):
            call()
    caches.settle_pictures()
    assert PICTURES not in os.environ


def test_numba_is_sent_to_the_cache_only_where_it_finds_no_folder(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, blocked = tmp_path / "free", tmp_path / "file"
    free.mkdir()
    caches.settle_compiled(free)
    assert COMPILED not in os.environ
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    caches.settle_compiled(blocked)
    assert COMPILED not in os.environ
    monkeypatch.delenv("XDG_CACHE_HOME")
    caches.settle_compiled(free, blocked)
    assert os.environ[COMPILED] == str(bare / f"dsounds-{os.getuid()}" / "numba")


def test_a_variable_that_names_no_folder_is_an_error(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMPILED, str(tmp_path / "file" / "x"))
    with pytest.raises(DsoundsError, match=r"file/x cannot be written: .*NUMBA_CACHE_DIR"):
        caches.settle_compiled(tmp_path / "file")


def test_libraries_have_a_cache_where_the_home_is_not_known(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches.settle_home()
    assert "XDG_CACHE_HOME" not in os.environ
    monkeypatch.setattr(caches, "_user_folder", lambda name: f"~/.cache/{name}")
    caches.settle_home()
    assert os.environ["XDG_CACHE_HOME"] == str(bare / f"dsounds-{os.getuid()}")


def test_matplotlib_is_sent_to_the_cache_without_a_home(bare: Path) -> None:
    caches.settle_pictures()
    assert os.environ[PICTURES] == str(bare / f"dsounds-{os.getuid()}" / "matplotlib")


def test_a_folder_of_an_unknown_home_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not can_write("~/.cache/dsounds")
    assert list(tmp_path.iterdir()) == []
    assert can_write(tmp_path / "a" / "b")


@pytest.fixture
def stranger() -> Iterator[Run]:
    """Runs Python as a user without a home or a name, who may read everything and write nothing."""
    tool = shutil.which("setpriv")
    if os.getuid() != 0 or tool is None:
        pytest.skip("only root can become another user")
    place = Path(tempfile.mkdtemp(prefix="stranger-", dir="/tmp"))
    place.chmod(0o755)
    for name in ("tmp", "work"):
        (place / name).mkdir()
        (place / name).chmod(0o777)
    may_read = [f"--{which}-caps=-all,+dac_read_search" for which in ("inh", "ambient")]
    become = [tool, f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *may_read]

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        environment = kept | {"TMPDIR": str(place / "tmp"), "OMP_NUM_THREADS": "1"} | variables
        command = [*become, sys.executable, *map(str, arguments)]
        return subprocess.run(
            command,
            env=environment,
            cwd=place / "work",
            capture_output=True,
            text=True,
            check=False,
        )

    if run("-c", "").returncode:
        pytest.skip("another user cannot run Python here")
    yield run
    shutil.rmtree(place)


def commands(stranger: Run, *all_arguments: tuple[object, ...], **variables: str) -> None:
    for arguments in all_arguments:
        done = stranger("-m", "dsounds", *arguments, **variables)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("dsounds: caches are in ") == 1, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.process
def test_a_user_without_a_home_has_a_private_folder(stranger: Run) -> None:
    code = "from dsounds.caches import cache_folder; print(cache_folder())"
    for home in ({}, {"HOME": "/nonexistent"}):
        done = stranger("-c", code, **home)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().endswith(f"/tmp/dsounds-{USER}")
        assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("home", [{}, {"HOME": "/nonexistent"}], ids=["none", "nonexistent"])
def test_every_command_works_for_a_user_without_anything(
    stranger: Run, home: dict[str, str], small_folder: Path
) -> None:
    small = ("--epochs", 2, "--stage1-epochs", 1, "--z-dim", 2, "--v-dim", 2)
    commands(
        stranger,
        ("generate", "tiny", "--count", 24, "--out", "c", "--workers", 2),
        ("doctor",),
        ("inspect", "c"),
        ("verify", "c", "--sample", 4),
        ("train", "ts-dsae", "--corpus", "c", "--out", "run", *small),
        ("train", "ts-dsae", "--corpus", small_folder, "--out", "other", *small),  # to read only
        ("report", "run", "--clips", 1),
        **home,
    )
