"""What is seen of a run: in a terminal, in a log file, and nothing where it is to be quiet."""

import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from dsounds.train.fitting import progress

Run = Callable[..., Path]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Terminal:
    """The error stream of a terminal, on which every step is drawn, of 200 columns by default."""
    screen = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=screen))
    monkeypatch.setattr(progress, "_EVERY_S", -1.0)
    columns = getattr(request, "param", 200)
    monkeypatch.setattr(progress, "tqdm", partial(bar_of, columns))
    return screen


def bar_of(columns: int, **options: object) -> object:
    return real_tqdm(**options | {"ncols": columns, "mininterval": 0, "miniters": 1})


real_tqdm = progress.tqdm


def test_the_bar_moves_within_an_epoch(small_run: Run, tmp_path: Path, terminal: Terminal) -> None:
    small_run(tmp_path / "run")
    drawn = terminal.getvalue().split("\r")
    steps = [line for line in drawn if "stage 1/2  epoch 2/4  step" in line]
    assert [re.findall(r"step (\d)/4", line)[0] for line in steps] == list("1234")
    assert any("epoch 2/4  validation 1/2" in line for line in drawn)
    assert all(re.search(r"\d\d:\d\d < \d\d:\d\d, loss -?\d+\.\d\d  Eq 2 -\d", s) for s in steps)
    assert "stage 2/2  epoch 4/4" in drawn[-1] or "stage 2/2  epoch 4/4" in drawn[-2]
    assert "KL of z" in drawn[-1]


@pytest.mark.parametrize("terminal", [80], indirect=True)
def test_a_line_of_80_columns_is_not_cut(
    small_run: Run, tmp_path: Path, terminal: Terminal
) -> None:
    small_run(tmp_path / "run")
    lines = [line.strip() for line in terminal.getvalue().split("\r") if "step" in line]
    assert max(map(len, lines)) <= 80
    assert all(re.search(r", loss -?\d+\.\d\d(  [A-Z][^.]*-?\d+\.\d\d)*$", s) for s in lines)


@pytest.mark.parametrize(
    ("room", "text"),
    [(20, "one  three  five"), (16, "one  three  five"), (15, "one  three"), (9, "one"), (2, "")],
)
def test_what_fits(room: int, text: str) -> None:
    assert progress.fitting(["one", "three", "five"], room) == text


def test_a_resumed_bar_starts_where_the_run_stands(
    small_run: Run, tmp_path: Path, terminal: Terminal
) -> None:
    small_run(tmp_path / "run")
    terminal.truncate(0)
    small_run(tmp_path / "run", epochs=5)
    assert "epoch 5/5  step 1/4" in terminal.getvalue()
    assert "epoch 4/5" not in terminal.getvalue()


def test_a_log_file_has_ten_lines_with_the_time_left(
    small_run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.setattr(progress.tqdm, "format_interval", staticmethod(lambda s: f"{s > 0}"))
    clock = iter(range(10**6))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    small_run(tmp_path / "run", "dsae", epochs=20)
    captured = capfd.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("dsae  epoch ") and "Eq 2 -" in line for line in lines)
    assert all(line.endswith("True left") for line in lines[:-1])
    assert "left" not in lines[-1]


def test_a_quiet_run_shows_nothing(
    small_run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = small_run(tmp_path / "source", quiet=True)
    out = small_run(tmp_path / "run", quiet=True, initial=str(source))
    small_run(out, quiet=True, initial=str(source))
    assert capfd.readouterr() == ("", "")
