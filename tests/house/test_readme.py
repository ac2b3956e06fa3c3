"""The README says what is true: its code runs and prints what it shows, its commands exist."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dsounds import cli
from dsounds.train.experiments import demo

README = (Path(__file__).parents[2] / "README.md").read_text()


EXAMPLES = re.findall(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", README, re.S)
DEMO = (
    "generate dmelodies --count 24 --out corpora/demo",
    "train ts-dsae --corpus corpora/demo --out runs/demo --threads 1 --epochs 2 --stage1-epochs 1",
)


def test_each_example_says_what_it_prints() -> None:
    # The one between them is run by test_examples.
    assert len(EXAMPLES) == README.count("```python") == 3


@pytest.mark.process
def test_the_example_of_a_corpus_in_a_fresh_process(tmp_path: Path) -> None:
    code, shown = EXAMPLES[0]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown


def test_the_example_of_a_run(
    printed: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    for command in DEMO:
        assert cli.main(command.split()) == 0
    capsys.readouterr()
    code, shown = EXAMPLES[2]
    assert printed(code) == shown


def test_every_command_is_told() -> None:
    told = set(re.findall(r"dsounds ([a-z]+)", README))
    assert set(cli.COMMANDS) <= told


def test_its_pictures_and_links_are_there() -> None:
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (root / target).exists(), target


def test_the_demo_table_is_the_demos() -> None:
    shown = re.search(r"ends with\n\n```\n(.*?)```", README, re.S).group(1)
    keys = [key for key, _ in demo._COLUMNS]
    scores = {family: dict.fromkeys(keys, 0.0) for family in demo.PRESETS}
    heads = demo._table(scores).splitlines()
    for line in (*heads[:2], heads[-1]):
        assert line in shown
    rows = shown.splitlines()[2 : 2 + len(demo.PRESETS)]
    assert [line.split()[0] for line in rows] == list(demo.PRESETS)
