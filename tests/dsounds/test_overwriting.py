"""What stands where a command would write: only files of dsounds are replaced."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dsounds import cli
from dsounds.datasets import DMelodies, generate
from dsounds.datasets.documents import write_documents
from dsounds.datasets.generation.generate import repair
from dsounds.errors import DsoundsError
from dsounds.train.experiments.reproduce import reproduce
from dsounds.train.experiments.results import check_folder
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.settings.presets import configure

MINE = b"what a user wrote\n"


def refused(capsys: pytest.CaptureFixture[str], *command: object) -> str:
    """The one line of a command that must not do anything."""
    code = cli.main([str(part) for part in command])
    error = capsys.readouterr().err.splitlines()
    assert code == 2
    assert error[-1].startswith("dsounds: ")
    return error[-1]


@pytest.fixture(scope="module")
def work(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and a run of it."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copytree(small_folder, folder / "c")
    sizes = {"epochs": 1, "z_dim": 2, "v_dim": 2}
    config = configure("dsae", str(folder / "c"), **sizes)
    train_on_corpus(config, folder / "run", quiet=True)
    return folder


def user_file(path: Path) -> Callable[[], bool]:
    path.write_bytes(MINE)
    return lambda: path.read_bytes() == MINE and not path.is_symlink()


def user_link(path: Path) -> Callable[[], bool]:
    place = path.with_name(f"{path.name}.place")
    place.write_bytes(MINE)
    path.symlink_to(place)
    return lambda: path.is_symlink() and place.read_bytes() == MINE


def user_pipe(path: Path) -> Callable[[], bool]:
    os.mkfifo(path)
    return path.is_fifo


def user_folder(path: Path) -> Callable[[], bool]:
    path.mkdir()
    return path.is_dir


OUTPUTS: dict[str, tuple[tuple[str, ...], str]] = {
    # a command, and the file that it would write
    "report": (("report", "run", "--out", "page.html"), "page.html"),
    "inspect": (("inspect", "c", "--png", "clips.png"), "clips.png"),
    "inspect by default": (("inspect", "c"), "c.png"),
    "compare's table": (("compare", "run", "--out", "both"), "both/comparison.md"),
    "compare's picture": (("compare", "run", "--out", "both"), "both/comparison.png"),
    "encode": (("encode", "run", "--out", "codes.npz"), "codes.npz"),
    "concepts": (("concepts", "c", "--out", "labels.h5"), "labels.h5"),
    "export of a file": (("export", "c", "--format", "npz", "--out", "all.npz"), "all.npz"),
    "export of a folder": (("export", "c", "--format", "wav", "--out", "sound"), "sound"),
    "export into the corpus": (("export", "c", "--format", "croissant"), "c/datasheet.md"),
    "croissant": (("export", "c", "--format", "croissant"), "c/croissant.json"),
    "table of clips": (("export", "c", "--format", "croissant"), "c/clips.csv"),
    "sample": (("sample", "run", "--mode", "unconditional", "--out", "made"), "made"),
    "sweep": (("sweep", "dsae", "--corpus", "c", "--out", "swept"), "swept/table.md"),
    "sweep's results": (("sweep", "dsae", "--corpus", "c", "--out", "swept"), "swept/results.json"),
    "reproduce": (("reproduce", "dmig-rho", "--out", "again"), "again/figure.png"),
    "train": (("train", "dsae", "--corpus", "c", "--out", "r2"), "r2/notes.txt"),
    "train with a config": (("train", "dsae", "--corpus", "c", "--out", "r2"), "r2/config.toml"),
    "generate": (("generate", "tiny", "--out", "g"), "g/notes.txt"),
    "generate over a name": (("generate", "tiny", "--out", "g"), "g/corpus.json"),
    "generate over a shard": (("generate", "tiny", "--out", "g"), "g/shard-00000.h5"),
    "demo": (("demo", "--out", "d"), "d/corpus/notes.txt"),
}


KINDS = (user_link, user_pipe, user_folder)


@pytest.mark.parametrize(
    ("case", "there"),
    [(case, user_file) for case in OUTPUTS]
    + [(case, kind) for case in ("report", "inspect", "compare's table") for kind in KINDS],
)
def test_what_a_user_has_there_stays(
    work: Path,
    case: str,
    there: Callable[[Path], Callable[[], bool]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(work)
    command, name = OUTPUTS[case]
    path = work / name
    before = {one.name for one in work.iterdir()}
    kept = path.with_name(f"{path.name}.kept")
    if path.exists():
        path.rename(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    unharmed = there(path)
    try:
        said = refused(capsys, *command)
        assert path.name in said or f"{path.parent.name} " in said
        assert unharmed()
    finally:
        for one in (path, path.with_name(f"{path.name}.place")):
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink(True)
        if kept.exists():
            kept.rename(path)
    for one in {one.name for one in work.iterdir()} - before:
        shutil.rmtree(work / one) if (work / one).is_dir() else (work / one).unlink()


def test_inputs_are_not_replaced(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    inputs = [*(work / "run").iterdir(), *(work / "c").iterdir()]
    before = {path: path.read_bytes() for path in inputs if path.is_file()}
    for path in before:
        refused(capsys, "report", "run", "--out", path)
        refused(capsys, "inspect", "c", "--png", path)
    assert {path: path.read_bytes() for path in before} == before
    for device in ("/dev/null", "/dev/stdout"):
        refused(capsys, "report", "run", "--out", device)
        refused(capsys, "inspect", "c", "--png", device)
    assert Path("/dev/null").is_char_device()


def test_own_files_are_replaced(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    pair = (
        ("inspect", "c", "--png", "own.png"),
        ("report", "run", "--out", "own.html", "--clips", "0"),
        ("compare", "run", "--out", "own"),
        ("evaluate", "run", "--scores", "leakage", "--png"),
    )
    for command in (*pair, *pair):
        assert cli.main(list(command)) == 0, capsys.readouterr().err
    folder = work / "c"
    assert write_documents(write_documents(folder)) == folder


def test_a_folder_of_results_is_told_by_its_results(tmp_path: Path) -> None:
    check_folder(tmp_path, "table.md")
    (tmp_path / "results.json").write_text('{\n "format": "dsounds results 1",\n')
    (tmp_path / "table.md").write_text("of an earlier run")
    check_folder(tmp_path, "table.md")
    (tmp_path / "results.json").unlink()
    with pytest.raises(DsoundsError, match=r"table\.md is there, without the results\.json"):
        reproduce("dmig-rho", tmp_path)


def test_a_lost_corpus_json_is_repaired_beside_other_files(
    small_folder: Path, small_recipe: DMelodies, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_folder, tmp_path / "c"))
    before = (folder / "corpus.json").read_bytes()
    (folder / "corpus.json").unlink()
    (folder / "notes.txt").write_bytes(MINE)
    with pytest.raises(DsoundsError, match="--repair"):
        generate(small_recipe, folder, progress=False)
    assert repair(small_recipe, folder, progress=False) == ["corpus.json"]
    assert (folder / "corpus.json").read_bytes() == before
    assert (folder / "notes.txt").read_bytes() == MINE


def test_a_generation_leaves_a_datasheet_of_another(
    small_recipe: DMelodies, tmp_path: Path, small_folder: Path
) -> None:
    folder = Path(shutil.copytree(small_folder, tmp_path / "c"))
    (folder / "datasheet.md").write_bytes(MINE)
    (folder / "shard-00001.h5").unlink()
    assert repair(small_recipe, folder, progress=False) == ["shard-00001.h5"]
    assert (folder / "datasheet.md").read_bytes() == MINE
