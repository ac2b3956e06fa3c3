"""The house: what is packaged, which room may import which, what must stay in place."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("soundfonts", "synth", "datasets", "train", "dsounds")
SHARED = (
    "caches",
    "errors",
    "files",
    "hashing",
    "registry",
    "settings",
)  # of dsounds/: they belong to no room
FONT_FILES = ("sinusoids.sf2", "musescore-general-pitches.csv")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def modules() -> list[tuple[str, Path]]:
    return [(room, path) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a module imports, at any level of its code."""
    inside = path.relative_to(ROOT).parent.parts
    package = ["dsounds", *(inside[1:] if inside[0] == "dsounds" else inside)]
    targets = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *(node.module.split(".") if node.module else [])]
            targets += [[*module, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            targets += [alias.name.split(".") for alias in node.names]
    ours = [target for target in targets if target[0] == "dsounds" and target[1] not in SHARED]
    return {target[1] if target[1] in ROOMS else "dsounds" for target in ours}


@pytest.mark.parametrize(("room", "path"), modules(), ids=lambda x: getattr(x, "stem", x))
def test_imports_point_one_way(room: str, path: Path) -> None:
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    if room == "dsounds" and path.stem in SHARED:
        allowed = set()
    assert imported_rooms(path) <= allowed


def test_the_check_sees_imports() -> None:
    assert imported_rooms(ROOT / "datasets" / "reading" / "sound.py") == {
        "datasets",
        "soundfonts",
        "synth",
    }
    assert "train" in imported_rooms(ROOT / "dsounds" / "cli" / "runs.py")
    assert "datasets" in imported_rooms(ROOT / "train" / "report" / "spectrograms.py")


def test_librosa_is_imported_under_its_lock_only() -> None:
    paths = [path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py")]
    direct = re.compile(r"^\s*(import|from) librosa\b", re.MULTILINE)
    found = {path.relative_to(ROOT).as_posix() for path in paths if direct.search(path.read_text())}
    assert found == {"synth/locked_librosa.py"}  # and there only for type checkers


def package_of(folder: Path) -> str:
    inside = folder.relative_to(ROOT).parts
    return ".".join(inside if inside[0] == "dsounds" else ("dsounds", *inside))


def test_every_package_folder_is_in_the_wheel() -> None:
    folders = {
        package_of(path)
        for room in ROOMS
        for path in (ROOT / room, *(ROOT / room).rglob("*/"))
        if (path / "__init__.py").exists()
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


@pytest.mark.process
@pytest.mark.parametrize("room", ["soundfonts", "synth", "datasets", "train"])
def test_a_folder_that_is_imported_as_a_package_of_its_own_says_what_it_is(room: str) -> None:
    command = [sys.executable, "-c", f"import {room}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ImportError: this folder is the package dsounds.{room} of")
    assert f"import dsounds.{room}; " in last
    assert "with -P" in last
    found = f"import dsounds.{room}, importlib.util; assert not importlib.util.find_spec('{room}')"
    subprocess.run([sys.executable, "-P", "-c", found], cwd=ROOT, check=True)


def test_the_files_beside_soundfonts_are_in_the_wheel() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["dsounds.soundfonts"]
    for name in FONT_FILES:
        assert (ROOT / "soundfonts" / name).is_file()
        assert any(Path(name).match(pattern) for pattern in patterns)


def test_torch_is_pinned_without_an_index() -> None:
    constraints = (ROOT / "constraints.txt").read_text()
    assert "torch==2.13.0\n" in constraints
    assert "lightning==2.6.6\n" in constraints
    assert "://" not in constraints


def test_every_dependency_is_pinned() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    extras = PROJECT["project"]["optional-dependencies"].values()
    for requirement in [*PROJECT["project"]["dependencies"], *(r for e in extras for r in e)]:
        name = re.split(r"[<>=!~ ;]", requirement)[0].lower().replace("_", "-")
        assert name in pinned, name


def test_the_citation_has_the_version_and_the_licence() -> None:
    stated = dict(re.findall(r"^([\w-]+): (.+)$", (ROOT / "CITATION.cff").read_text(), re.M))
    assert stated["version"] == PROJECT["project"]["version"]
    assert stated["license"] == PROJECT["project"]["license"]
    assert stated["title"].startswith('"dsounds')


def test_ci_runs_lint_and_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert script.splitlines()[-2:] == ["make lint", "make test"]


@pytest.mark.process
@pytest.mark.slow
def test_the_wheel_holds_every_module(tmp_path: Path) -> None:
    # Needs the package index, as pip builds in a place of its own.
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {f"dsounds/soundfonts/{name}" for name in FONT_FILES} < names
    for template in (ROOT / "train" / "report" / "templates").iterdir():
        assert f"dsounds/train/report/templates/{template.name}" in names
    for room, path in modules():
        inside = path.relative_to(ROOT).as_posix()
        assert (inside if room == "dsounds" else f"dsounds/{inside}") in names
