"""Every example runs in an empty folder, and prints what it promises."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
README = (EXAMPLES.parent / "README.md").read_text()
OWN, SHOWN = re.findall(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", README, re.S)[1]
PRINTS = {
    "frame_labels": r"held frames, (9\d|100)% with the right pitch",
    "new_score": r"participation ratio of v: \d+\.\d\d of 80",
    "own_training_loop": r"(?s)stage 2: .*global_v.*true counterfactual error +\d\.\d",
    "samples": r"(?s)swap: 2 x 3 sequences of 251.*v-fixed: 2 x 4 sequences of 500.*in samples\n$",
    "score_your_model": re.escape(SHOWN),
}
DRIVER = """
import contextlib, io, json, runpy, sys
from dsounds.train.scores import evaluation
evaluation.DEFAULT = ("quick",)  # as in tests; all scores of 80 dimensions take half a minute
sys.path.insert(0, sys.argv[1])
said = {}
for name in sys.argv[2:]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        runpy.run_path(f"{sys.argv[1]}/{name}.py", run_name="__main__")
    said[name] = out.getvalue()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the examples print; one process runs them all, as importing torch takes seconds."""
    command = [sys.executable, "-c", DRIVER, str(EXAMPLES), *PRINTS]
    folder = tmp_path_factory.mktemp("examples")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTS)


@pytest.mark.process
@pytest.mark.parametrize("name", PRINTS)
def test_an_example(name: str, said: dict[str, str]) -> None:
    assert re.search(PRINTS[name], said[name]), said[name]


def test_the_example_of_the_readme_is_that_of_the_folder() -> None:
    assert (EXAMPLES / "score_your_model.py").read_text().endswith(f'"""\n\n{OWN}')
