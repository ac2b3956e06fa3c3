"""The four walks of CONTRIBUTING.md are complete: they are built from the page and used."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dsounds.train.fitting.metrics_csv import read_metrics

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
ROOMS = ("soundfonts", "synth", "datasets", "train")
_BLOCK = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)```", re.S | re.M)
_ROW, _SETTING = re.findall(
    r"^(?:`datasets/recipes/rendition.py`, |and )below .*?\n\n```python\n(.*?)```",
    PAGE,
    re.S | re.M,
)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package in which the walks were made."""
    folder = tmp_path_factory.mktemp("grown")
    package = folder / "dsounds"
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "dsounds", package, ignore=no_caches)
    for room in ROOMS:
        shutil.copytree(ROOT / room, package / room, ignore=no_caches)
    for name, code in _BLOCK.findall(PAGE):
        assert not (package / name).exists()
        (package / name).write_text(code)
    rendition = package / "datasets" / "recipes" / "rendition.py"
    text = rendition.read_text()
    row, setting = text.index("\nNumbers = "), text.index("    def __post_init__")
    text = f"{text[:row]}\n{_ROW}{text[row:setting]}{_SETTING}\n{text[setting:]}"
    rendition.write_text(text)
    return folder


COMMANDS = {
    "generate": "generate dmelodies --releases 0 3600 --count 12 --out corpus",
    "verify": "verify corpus --sample 4",
    "concepts": "concepts corpus",
    "golden": f"verify {ROOT / 'tests' / 'golden' / 'format3' / 'melodies'} --sample 0",
    "train": "train mean-code --corpus corpus --out run --code-weight 0.1 --epochs 2 --threads 1"
    " --stage1-epochs 1",
    "evaluate": "evaluate run",
    "report": "report run --clips 0",
    "export": "export corpus --format labels --out labels.npy",
}
DRIVER = """
import contextlib, io, json, sys
from dsounds.cli import main
from dsounds.train.scores import evaluation
evaluation.DEFAULT = ("quick",)  # as in tests
said = {}
for name, command in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(command.split()) == 0, command
    said[name] = out.getvalue()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(grown: Path) -> dict[str, str]:
    """What the commands of the grown package print."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=json.dumps(COMMANDS),
        cwd=grown,
        env=os.environ | {"PYTHONPATH": str(grown)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_there_is_a_block_for_each_walk() -> None:
    assert len(_BLOCK.findall(PAGE)) == 3
    assert "RELEASE" in _ROW
    assert "releases" in _SETTING


@pytest.mark.process
def test_a_factor(said: dict[str, str]) -> None:
    assert "release" in said["verify"]
    assert "lingering" in said["concepts"]
    assert "cut off" in said["concepts"]
    assert "problem" not in said["golden"]  # what an earlier version wrote


@pytest.mark.process
def test_a_model(said: dict[str, str], grown: Path) -> None:
    rows = read_metrics(grown / "run" / "metrics.csv")
    assert len(rows) == 2
    assert float(rows[1]["train_code"]) > 0
    assert "size of v" in (grown / "report.html").read_text().lower()


@pytest.mark.process
def test_a_score(said: dict[str, str], grown: Path) -> None:
    assert "participation ratio of v" in said["evaluate"]
    assert "participation ratio of v" in (grown / "report.html").read_text()


@pytest.mark.process
def test_an_export(said: dict[str, str], grown: Path) -> None:
    assert np.load(grown / "labels.npy").shape == (12, 11)
