"""The README says what is true: its code runs and prints what it shows, its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsounds import cli
from dsounds.train.experiments import demo

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.process
def test_the_python_example(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    shown = re.search(r"prints\n\n```\n(.*?)```", README, re.S).group(1)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == shown


def test_every_command_is_told() -> None:
    told = set(re.findall(r"dsounds ([a-z]+)", README))
    assert set(cli.COMMANDS) <= told


def test_its_pictures_and_links_are_there() -> None:
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (root / target).is_file(), target


def test_the_demo_table_is_the_demos() -> None:
    shown = re.search(r"ends with\n\n```\n(.*?)```", README, re.S).group(1)
    keys = [key for key, _ in demo._COLUMNS]
    scores = {method: dict.fromkeys(keys, 0.0) for method in demo.METHODS}
    heads = demo._table(scores).splitlines()
    for line in (*heads[:2], heads[-1]):
        assert line in shown
    assert [line.split()[0] for line in shown.splitlines()[2:4]] == list(demo.METHODS)
