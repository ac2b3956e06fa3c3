"""Active units, and the words when a code falls silent."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dsounds.train.fitting.active_units import ActiveUnits, SilenceWarning
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.autoencoder import SequenceAutoencoder
from dsounds.train.models.interface import Codes
from dsounds.train.scores.clips import Clips
from dsounds.train.scores.evaluation_data import EvaluationData
from dsounds.train.scores.v_active_units import compute

Run = Callable[..., Path]


def spread(clips: int, deviations: list[float], seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 5 + torch.randn(clips, len(deviations), generator=generator) * torch.tensor(deviations)


def test_units_that_vary_are_counted_over_all_batches() -> None:
    v, z = spread(200, [1.0, 0.2, 0.05, 0.0]), spread(600, [0.3, 0.01]).reshape(200, 3, 2)
    active = ActiveUnits()
    for rows in torch.arange(200).tensor_split(7):
        active.add(Codes(v_mean=v[rows], z_mean=z[rows]))
    assert active.result() == {"v_active_units": 2, "z_active_units": 1}
    assert (v.var(dim=0) > 0.01).sum() == 2


def test_a_code_that_a_model_lacks_is_left_out() -> None:
    active = ActiveUnits()
    active.add(Codes(v_mean=spread(9, [1.0])))
    assert active.result() == {"v_active_units": 1}
    assert ActiveUnits().result() == {}


def test_the_column_is_the_score(small_run: Run, tmp_path: Path, x) -> None:
    """The last epoch's count is what the score says of the last checkpoint's model."""
    out = small_run(tmp_path / "run", "dsae", learning_rate=0.03)
    (out / "best.ckpt").unlink()
    from dsounds.train.fitting.checkpoints import load_run

    clips = Clips(x[20:], {})
    data = EvaluationData.of_arrays(clips, clips, load_run(out).model)
    assert float(read_metrics(out / "metrics.csv")[-1]["v_active_units"]) == compute(data)


def judged(counts: list[int], stage_of: Callable[[int], bool] = lambda _: True) -> list[str]:
    """Return what is said of v in epochs with these active units."""
    said: list[str] = []

    class Epoch:
        def __init__(self, epoch: int, active: int) -> None:
            self.row = {"epoch": epoch, "v_active_units": active}
            self.in_last_stage = stage_of(epoch)

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


def test_counting_changes_no_weight(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = torch.load(small_run(tmp_path / "one") / "last.ckpt", weights_only=True)["state_dict"]
    step = TrainingModule.validation_step

    def without(self: TrainingModule, number: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ActiveUnits, "add", lambda *_: None)
            patch.setattr(SequenceAutoencoder, "encode", lambda *_: None)
            step(self, number)

    monkeypatch.setattr(TrainingModule, "validation_step", without)
    other = torch.load(small_run(tmp_path / "other") / "last.ckpt", weights_only=True)["state_dict"]
    assert all(torch.equal(one[key], other[key]) for key in one)
