"""The demo, with a small corpus and runs of seconds: it ends with a table and a report."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dsounds.train.experiments import demo as demos
from dsounds.train.report import report
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import configure


def short(*arguments: Any, **settings: Any) -> RunConfig:
    """Stands for `configure`: three epochs of a small model."""
    sizes = {"encoder_hidden": (8,), "decoder_hidden": (8,), "transition_hidden": 6}
    return configure(*arguments, **settings, **sizes, epochs=3, stage1_epochs=1, threads=1)


def test_the_demo_ends_with_a_table_and_a_report_and_a_second_one_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demos, "configure", short)
    monkeypatch.setattr(demos, "report", partial(report, clips=0))  # sounds take seconds each
    page = demos.demo(tmp_path, clips=24, workers=1)
    assert page == tmp_path / "report.html"
    assert "ts-dsae" in page.read_text(encoding="utf-8")
    first = capsys.readouterr().out.splitlines()
    lines = {line.split()[0]: line.split()[1:] for line in first if line}
    for family in demos.PRESETS:
        assert len(lines[family]) == len(demos._COLUMNS)
        assert all(cell == "-" or float(cell) >= 0 for cell in lines[family][:3])
        for word in ("swap", "resynthesis", "no", "(held", "rests"):
            assert word in lines[f"{family}:"]
    assert lines["report:"][0] == str(page)

    weights = {path: path.read_bytes() for path in tmp_path.glob("*/*.ckpt")}
    monkeypatch.setattr("dsounds.train.fitting.trainer.fit", None)
    demos.demo(tmp_path, clips=24, workers=1)
    captured = capsys.readouterr()
    assert "runs to do" not in captured.err
    assert len(weights) == 2 * len(demos.PRESETS)
    assert all(path.read_bytes() == old for path, old in weights.items())
    again = captured.out.splitlines()
    assert [line for line in again if "report:" not in line] == [
        line for line in first if "report:" not in line
    ]
