"""Families of VAEs of whole clips: from each preset the loss falls, and a run resumes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dsounds import cli
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.run import train
from dsounds.train.fitting.totals import Totals
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.registry import FAMILIES
from dsounds.train.settings.presets import configure

FRAMES, MEL, EPOCHS = 13, 10, 4
TRAIN, VALIDATION = np.arange(30), np.arange(30, 40)
NAMES = ("vae", "beta-vae", "recurrent-vae")
PRESETS = [(name, preset) for name in NAMES for preset in FAMILIES.load(name).presets]
SMALL = {
    "recurrent-vae": {"hidden": 16},
    "vae": {"frame_hidden": (16, 3), "channels": (8, 16), "clip_hidden": 32},
}


def peaks() -> np.ndarray:
    """Log-mel of a peak whose band and onset vary: (clips, FRAMES, MEL) float32."""
    rng = np.random.default_rng(0)
    band, onset = rng.integers(0, MEL, 40), rng.integers(0, FRAMES // 2, 40)
    peak = 8 * np.exp(-0.5 * (np.arange(MEL) - band[:, None]) ** 2)  # (clips, mel)
    sounding = np.arange(FRAMES) >= onset[:, None]  # (clips, frames)
    noise = 0.1 * rng.standard_normal((40, FRAMES, MEL))
    return (sounding[..., None] * peak[:, None] - 10 + noise).astype(np.float32)


def run(out: Path, family: str, preset: str) -> Path:
    sizes: dict[str, Any] = SMALL.get(family, SMALL["vae"])
    changes = {"epochs": EPOCHS, "batch_size": 5, "threads": 1, "learning_rate": 0.01}
    changes["reconstruction_weight"] = (
        100.0  # these clips have 150 times fewer values than real ones
    )
    config = configure(family, preset=preset, **(changes | sizes))
    return train(config, peaks(), TRAIN, VALIDATION, out)


def weights(out: Path) -> dict[str, torch.Tensor]:
    return torch.load(out / "last.ckpt", weights_only=True)["state_dict"]


@pytest.mark.parametrize(("family", "preset"), PRESETS)
def test_from_each_preset_the_loss_falls_and_the_run_resumes_to_the_same_bits(
    family: str, preset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(tmp_path / "whole", family, preset)
    rows = read_metrics(whole / "metrics.csv")
    for column in ("train_loss", "train_reconstruction", "validation_reconstruction"):
        assert float(rows[-1][column]) < 0.9 * float(rows[0][column])
    assert (rows[-1]["validation_capacity"] != "") == (preset == "capacity")
    step = TrainingModule.training_step
    with monkeypatch.context() as patch:
        patch.setattr(
            TrainingModule,
            "training_step",
            lambda own, n: step(own, n) if own.current_epoch < EPOCHS - 2 or n < 2 else 1 / 0,
        )
        with pytest.raises(ZeroDivisionError):
            run(tmp_path / "stopped", family, preset)
    stopped = run(tmp_path / "stopped", family, preset)
    expected, found = weights(whole), weights(stopped)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    x = torch.from_numpy(peaks()[:3])
    model = load_run(stopped).model
    assert model.decode(None, model.encode(x).v_mean).shape == x.shape


def test_a_high_beta_makes_v_silent() -> None:
    assert trained_kl(beta=200.0) < 0.1
    assert trained_kl(beta=0.1) > 5


def test_the_kl_is_held_at_the_capacity() -> None:
    for capacity in (3.0, 8.0):
        found = trained_kl(beta=0.0, capacity_weight=100.0, capacity=capacity, capacity_epochs=1)
        assert found == pytest.approx(capacity, abs=1)


def trained_kl(**changes: float) -> float:
    """Return KL_v after 100 steps at a high epoch."""
    row = FAMILIES.load("beta-vae")
    weights = row.objective(**changes)
    sizes = row.model(**SMALL["vae"])
    model = row.new_model(sizes, DataShape(MEL, FRAMES))
    assert row.prepare is not None
    row.prepare(model, sizes, peaks())
    optimiser, totals = torch.optim.Adam(model.parameters(), 0.01), Totals(row.terms, weights)
    generator = torch.Generator().manual_seed(0)
    batch = Batch(torch.from_numpy(peaks()), torch.arange(40), epoch=9)
    for _ in range(100):
        terms = row.compute(model, batch, weights, row.stages[0], generator)
        optimiser.zero_grad()
        totals.loss(terms).backward()
        optimiser.step()
    return float(terms["kl_v"].detach())


def test_a_run_without_z_is_scored_and_reported(
    small_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, page = str(tmp_path / "run"), tmp_path / "report.html"
    small = ["--epochs", "1", "--threads", "1"]
    assert cli.main(["train", "vae", "--corpus", str(small_folder), "--out", out, *small]) == 0
    assert cli.main(["evaluate", out]) == 0
    assert "reconstruction error" in capfd.readouterr().out
    assert cli.main(["report", out, "--out", str(page), "--clips", "1"]) == 0
    assert "vae" in page.read_text()
