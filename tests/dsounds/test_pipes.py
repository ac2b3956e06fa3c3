"""Pipes and devices in the place of files: a command ends with a line, it neither waits nor fills
the memory."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dsounds import cli
from dsounds.errors import DsoundsError
from dsounds.files import open_plain
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.settings.presets import configure


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    """A file of 4 GB that takes no place on the disk."""
    path.touch()
    os.truncate(path, 2**32)


@pytest.fixture(scope="module")
def run(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipes")
    shutil.copytree(small_folder, folder / "c")
    config = configure("dsae", str(folder / "c"), epochs=1, z_dim=2, v_dim=2)
    return Path(train_on_corpus(config, folder / "run", quiet=True) or folder / "run")


def last_line(
    command: str, place: Path, put: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> str:
    """What a command says that must not take what is put into a place."""
    kept = Path("kept")
    if place.exists():
        place.rename(kept)
    put(place)
    try:
        assert cli.main(command.split()) == 2
    finally:
        place.unlink()
        if kept.exists():
            kept.rename(place)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("dsounds: ")
    return said


@pytest.mark.parametrize("put", [pipe, endless])
@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("c/shard-00000.h5", "verify c"),
        ("c/corpus.json", "verify c"),
        ("run/config.toml", "evaluate run"),
        ("run/metrics.csv", "report run --clips 0"),
        ("run/best.ckpt", "evaluate run"),
        ("run/last.ckpt", "evaluate run"),
        ("recipe.toml", "generate recipe.toml"),
        ("labels.csv", "import c --labels labels.csv --out new"),
        ("labels.json", "import c --labels labels.json --out new"),
        ("codes.npy", "evaluate --codes codes.npy --factors codes.npy"),
        ("concepts.h5", "train scan --corpus c --out new --concepts concepts.h5"),
    ],
)
def test_no_command_waits_for_a_pipe_or_reads_a_device(
    run: Path,
    name: str,
    command: str,
    put: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(run.parent)
    last_line(command, Path(name), put, capsys)
    assert not Path("new").exists()


def test_files_and_links_to_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link"):
        with open_plain(tmp_path / name) as file:
            assert file.read() == b"text"
    with pytest.raises(IsADirectoryError):
        open_plain(tmp_path)
    with pytest.raises(DsoundsError, match="a pipe or a device"):
        open_plain(Path("/dev/null"))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("c/corpus.json", "verify c"),
        ("run/config.toml", "evaluate run"),
        ("run/metrics.csv", "report run --clips 0"),
        ("recipe.toml", "generate recipe.toml"),
        ("mine/scores.json", "compare mine"),
    ],
)
def test_texts_of_gigabytes_are_not_read(
    run: Path,
    name: str,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(run.parent)
    Path("mine").mkdir(exist_ok=True)
    said = last_line(command, Path(name), huge, capsys)
    assert f"{name} has 4,294,967,296 bytes" in said
