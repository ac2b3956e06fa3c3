"""Every example runs in an empty folder, and prints what it promises."""

import re
from collections.abc import Callable
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


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTS)


@pytest.mark.parametrize("name", PRINTS)
def test_an_example(name: str, printed: Callable[[str], str]) -> None:
    said = printed((EXAMPLES / f"{name}.py").read_text())
    assert re.search(PRINTS[name], said), said


def test_the_example_of_the_readme_is_that_of_the_folder() -> None:
    assert (EXAMPLES / "score_your_model.py").read_text().endswith(f'"""\n\n{OWN}')
