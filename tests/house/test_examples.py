"""Every example runs in an empty folder, and prints what it promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PRINTS = {
    "frame_labels": r"held frames, (9\d|100)% with the right pitch",
    "new_score": r"participation ratio of v: \d+\.\d\d of 16",
    "own_training_loop": r"(?s)stage 2: .*global_v.*true counterfactual error +0\.\d",
    "score_your_model": r"(?s)instrument .*true counterfactual error +0\.\d.*scores/pooled",
}


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTS)


@pytest.mark.process
@pytest.mark.parametrize("name", PRINTS)
def test_an_example(name: str, tmp_path: Path) -> None:
    command = [sys.executable, EXAMPLES / f"{name}.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(PRINTS[name], done.stdout), done.stdout
