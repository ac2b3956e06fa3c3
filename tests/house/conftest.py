"""Code of pages and examples, run as a script is."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Runs a script in an empty folder and returns what it prints.

    It runs in this process: in one of its own the imports would take most of the time. That they
    suffice in a fresh process is seen by the first example of the README.
    """
    monkeypatch.chdir(tmp_path)

    def run(code: str) -> str:
        with torch.random.fork_rng(devices=[]):
            exec(compile(code, "<example>", "exec"), {"__name__": "__main__"})
        return capsys.readouterr().out

    return run
