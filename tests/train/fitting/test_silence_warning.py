"""The words when a code falls silent: once for each change, in the last stage only."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dsounds.datasets import DMelodies, generate
from dsounds.train.fitting.active_units import ActiveUnits
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.fitting.silence_warning import SilenceWarning
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.interface import Codes
from dsounds.train.settings.presets import configure

Run = Callable[..., Path]


def judged(counts: list[int], stage_of: Callable[[int], bool] = lambda _: True) -> list[str]:
    """Return what is said of v in epochs with these active units."""
    said: list[str] = []

    class Epoch(TrainingModule):
        def __init__(self, epoch: int, active: int) -> None:
            self.row = {"epoch": epoch, "v_active_units": active}
            self.last = stage_of(epoch)

        @property
        def in_last_stage(self) -> bool:
            return self.last

    warning = SilenceWarning("runs/a", loud=True)
    for epoch, active in enumerate(counts, start=1):
        resumed = SilenceWarning("runs/a", loud=True)  # as after an interruption
        resumed.load_state_dict(warning.state_dict())
        warning = resumed
        warning._say = lambda text, epoch=epoch: said.append(f"{epoch}: {text}")
        warning.on_train_epoch_end(None, Epoch(epoch, active))
    return said


def test_it_is_said_once_in_words() -> None:
    said = judged([3, 2, 0, 0, 0, 0, 0])
    assert len(said) == 1
    assert said[0].startswith(
        "4: v has fallen silent since epoch 3: no dimension of its posterior mean varies by more "
        "than 0.01"
    )
    assert "what helps: a larger weight of the reconstruction" in said[0]


def test_each_change_is_said() -> None:
    said = judged([0, 0, 0, 2, 1, 0, 0])
    assert [text.partition(":")[0] for text in said] == ["2", "4", "7"]
    assert said[1] == "4: v is silent no longer, since epoch 4"
    assert "since epoch 6" in said[2]


def test_one_silent_epoch_and_earlier_stages_are_passed_over() -> None:
    assert judged([3, 0, 2, 0, 1]) == []
    assert judged([0, 0, 0, 1, 1], lambda epoch: epoch > 3) == []


@pytest.mark.parametrize("code", ["v", "z"])
def test_a_silent_code_is_named_in_the_terminal_and_in_metrics_csv(
    code: str,
    small_run: Run,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encode = SequenceAutoencoder.encode

    def silent(self: SequenceAutoencoder, x: torch.Tensor) -> Codes:
        codes = encode(self, x)
        means = {"v": codes.v_mean, "z": codes.z_mean}
        means[code] = torch.zeros_like(means[code])
        return Codes(means["v"], codes.v_logvar, means["z"], codes.z_logvar)

    monkeypatch.setattr(SequenceAutoencoder, "encode", silent)
    out = small_run(tmp_path / "run", learning_rate=0.01)
    lines = [line for line in capfd.readouterr().err.splitlines() if "silent" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{out}: {code} has fallen silent since epoch 3")
    rows = read_metrics(out / "metrics.csv")
    assert [row[f"{code}_active_units"] for row in rows] == ["0"] * 4


def test_a_warning_is_not_repeated_by_a_resumed_run(
    small_run: Run,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ActiveUnits, "result", lambda self: {"v_active_units": 0})
    small_run(tmp_path / "run", "dsae")
    assert capfd.readouterr().err.count("silent since epoch 1") == 1
    small_run(tmp_path / "run", "dsae", epochs=6)
    assert "silent" not in capfd.readouterr().err


@pytest.mark.slow
def test_of_the_demo_the_v_of_dsae_is_silent_and_that_of_ts_dsae_is_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Luo et al. 2022, sec. 6.1: the global code of the baseline collapses."""
    corpus = generate(DMelodies(count=600), tmp_path / "corpus", progress=False)
    for family, silent in (("dsae", True), ("ts-dsae", False)):
        capfd.readouterr()
        train_on_corpus(configure(family, str(corpus), threads=1), tmp_path / family)
        assert ("v has fallen silent" in capfd.readouterr().err) == silent
        counts = [row["v_active_units"] for row in read_metrics(tmp_path / family / "metrics.csv")]
        assert (counts[-1] == "0") == silent
        assert int(counts[0]) > 5
