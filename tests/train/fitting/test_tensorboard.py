"""Events for TensorBoard: where it is installed, where it is asked for, and what is in them.

TensorBoard is not among what setup installs. Without it a writer of the test's own stands for
torch's, and the test that reads real events is skipped.
"""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dsounds.errors import DsoundsError
from dsounds.train.fitting import tensorboard
from dsounds.train.fitting.metrics_csv import read_metrics

Run = Callable[..., Path]


class Writer:
    made: list["Writer"] = []  # noqa: RUF012 (the test clears it)

    def __init__(self, folder: Path, purge_step: int) -> None:
        self.folder, self.purge_step, self.closed = folder, purge_step, False
        self.scalars: dict[tuple[str, int], float] = {}
        Writer.made.append(self)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.scalars[name, step] = value

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[Writer]:
    """TensorBoard seems to be installed; the writers that a run makes."""
    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: name)
    Writer.made.clear()
    return Writer.made


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)


def test_the_columns_of_metrics_csv_are_written(
    installed: list[Writer], small_run: Run, tmp_path: Path
) -> None:
    out = small_run(tmp_path / "run")
    (writer,) = installed
    assert (writer.folder, writer.purge_step, writer.closed) == (out / "tensorboard", 1, True)
    rows = read_metrics(out / "metrics.csv")
    expected = {
        (name, int(row["epoch"])): float(value)
        for row in rows
        for name, value in row.items()
        if value and name != "epoch"
    }
    assert writer.scalars == pytest.approx(expected, rel=1e-4)


def test_a_resumed_run_drops_the_events_that_it_makes_again(
    installed: list[Writer], small_run: Run, tmp_path: Path
) -> None:
    small_run(tmp_path / "run")
    small_run(tmp_path / "run", epochs=6)
    assert installed[1].purge_step == 5
    assert {step for _, step in installed[1].scalars} == {5, 6}


def test_it_is_left_alone_where_it_is_not_wanted(
    installed: list[Writer], small_run: Run, tmp_path: Path
) -> None:
    small_run(tmp_path / "run", tensorboard="no")
    assert not installed


@pytest.mark.usefixtures("absent")
def test_without_it_nothing_happens_unless_it_is_asked_for(small_run: Run, tmp_path: Path) -> None:
    small_run(tmp_path / "run")
    assert not (tmp_path / "run" / "tensorboard").exists()
    with pytest.raises(DsoundsError, match=r'not installed: pip install "dsounds\[tensorboard\]"'):
        small_run(tmp_path / "other", tensorboard="yes")


@pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="TensorBoard is not installed"
)
def test_tensorboard_reads_the_events(small_run: Run, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = small_run(tmp_path / "run", tensorboard="yes")
    events = EventAccumulator(str(out / "tensorboard")).Reload()
    rows = read_metrics(out / "metrics.csv")
    found = events.Scalars("validation_loss")
    assert [one.step for one in found] == [1, 2, 3, 4]
    expected = [float(row["validation_loss"]) for row in rows]
    assert [one.value for one in found] == pytest.approx(expected, rel=1e-4)
