"""The four walks of CONTRIBUTING.md are complete: they are built from the page and used."""

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


def run(grown: Path, *arguments: object) -> str:
    """What a command of the grown package prints."""
    command = [sys.executable, "-m", "dsounds", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(grown)}
    done = subprocess.run(
        command, cwd=grown, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def corpus(grown: Path) -> Path:
    run(grown, "generate", "dmelodies", "--releases", 0, 3600, "--count", 24, "--out", "corpus")
    return grown / "corpus"


def test_there_is_a_block_for_each_walk() -> None:
    assert len(_BLOCK.findall(PAGE)) == 3
    assert "RELEASE" in _ROW
    assert "releases" in _SETTING


@pytest.mark.process
def test_a_factor(grown: Path, corpus: Path) -> None:
    assert "release" in run(grown, "inspect", corpus, "--clips", 1)
    assert "release" in run(grown, "verify", corpus, "--sample", 8)
    words = run(grown, "concepts", corpus)
    assert "lingering" in words
    assert "cut off" in words
    golden = ROOT / "tests" / "golden" / "format3" / "melodies"
    assert "problem" not in run(grown, "verify", golden, "--sample", 0)


@pytest.mark.process
def test_a_model_and_a_score(grown: Path, corpus: Path) -> None:
    assert "--code-weight" in run(grown, "train", "mean-code", "--help")
    out = ("--out", "run", "--epochs", 2, "--stage1-epochs", 1, "--threads", 1)
    run(grown, "train", "mean-code", "--corpus", corpus, *out)
    assert len(read_metrics(grown / "run" / "metrics.csv")) == 2
    assert "participation ratio of v" in run(grown, "evaluate", "run")
    run(grown, "report", "run", "--clips", 0)
    page = (grown / "report.html").read_text()
    assert "participation ratio of v" in page
    assert "size of v" in page.lower()


@pytest.mark.process
def test_an_export(grown: Path, corpus: Path) -> None:
    run(grown, "export", corpus, "--format", "labels", "--out", "labels.npy")
    assert np.load(grown / "labels.npy").shape == (24, 11)
