"""DSAE's relatives, BT-DSAE, LSTM-f and LSTM-c, trained from their preset on synthetic clips.

Clips are "melodies" of spectral peaks times one of two spectral envelopes ("instruments").
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.data import WEIGHTS, seed_of
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.run import train
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.family import DataShape
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import score
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import configure

CLIPS, FRAMES, MEL = 36, 16, 12
C, EPOCHS = 3, 7
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        name: (name, {})
        for name in ("dsae", "dsae-f", "ts-dsae-noreg", "ts-dsae", "ts-dsae-stage1", "lstm-f")
    },
    "lstm-c": ("lstm-c", {}),
    "full": ("ts-dsae", {"local_encoder": "full"}),
    "full-late": ("ts-dsae", {"local_encoder": "full-late"}),
    "recurrent": ("ts-dsae", {"decoder": "recurrent"}),
    "context": (
        "ts-dsae",
        {
            "local_input": "normalised",
            "local_encoder": "convolutional",
            "decoder": "taps",
            "activation": "gelu",
            "pooling": "mean-deviation",
            "global_hidden": (32,),
            "learning_rate": 1e-2,
        },
    ),
    "bt-dsae": ("bt-dsae", {"crop_frames": 8, "warmup_steps": 0, "learning_rate": 1e-2}),
    "released": ("ts-dsae", {"preset": "released", "learning_rate": 3e-3}),
}


class Killed(BaseException):
    """Stands for a kill: nothing in the trainer may catch it."""


def config(name: str, **changes: Any) -> RunConfig:
    short = {"epochs": EPOCHS, "stage1_epochs": C, "batch_size": 8, "threads": 1}
    return configure(name, **(short | changes))


def melodies() -> np.ndarray:
    rng = np.random.default_rng(0)
    envelope = np.stack([np.linspace(0, -6, MEL), 2 * np.cos(np.arange(MEL))])
    pitch = np.repeat(rng.integers(0, MEL, (CLIPS, FRAMES // 4)), 4, axis=1)  # (clips, frames)
    peaks = 6 * np.exp(-0.5 * (np.arange(MEL) - pitch[..., None]) ** 2)
    return (peaks + envelope[np.arange(CLIPS) % 2][:, None] - 2).astype(np.float32)


def run(out: Path, settings: RunConfig) -> Path:
    return train(settings, melodies(), np.arange(24), np.arange(24, CLIPS), out)


def killed_in(epoch: int, out: Path, settings: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a run that is killed in the second step of an epoch (from 1)."""
    whole = TrainingModule.training_step

    def training_step(own: TrainingModule, step: int) -> torch.Tensor:
        if own.current_epoch + 1 == epoch and step == 1:
            raise Killed
        return whole(own, step)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", training_step)
        with pytest.raises(Killed):
            run(out, settings)


def weights(out: Path) -> dict[str, torch.Tensor]:
    return torch.load(out / "last.ckpt", weights_only=True)["state_dict"]


def rows(out: Path) -> list[dict[str, str]]:
    """Return metrics.csv without the one column that may differ between equal runs."""
    return [{**row, "seconds": ""} for row in read_metrics(out / "metrics.csv")]


@pytest.mark.parametrize("case", CASES)
def test_it_learns_has_its_shapes_and_resumes_to_the_same_bits(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, changes = CASES[case]
    settings = config(name, **changes)
    out = run(tmp_path / "whole", settings)
    made = rows(out)
    last_stage = [row for row in made if row["stage"] == made[-1]["stage"]]
    for part in ("train", "validation"):
        assert float(last_stage[-1][f"{part}_loss"]) < float(last_stage[0][f"{part}_loss"])
        error = f"{part}_reconstruction"
        assert float(made[-1][error]) < 0.9 * float(made[0][error])

    model, x = load_run(out).model, torch.from_numpy(melodies())
    codes = model.encode(x)
    z_frames = 1 if name.startswith("lstm") else FRAMES
    assert codes.v_mean.shape == codes.v_logvar.shape == (CLIPS, settings.model.v_dim)
    assert codes.z_mean.shape == codes.z_logvar.shape == (CLIPS, z_frames, settings.model.z_dim)
    assert model.decode(codes.z_mean, codes.v_mean).shape == x.shape
    assert model.sample(3, 5).shape == (3, 5, MEL)
    assert torch.isfinite(model.sample(3, FRAMES)).all()

    again = tmp_path / "killed"
    killed_in(C + 2, again, settings, monkeypatch)
    run(again, settings)
    expected, found = weights(out), weights(again)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    assert rows(again) == made


def test_stage_1_alone_is_ts_dsae_at_the_end_of_stage_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "alone", config("ts-dsae-stage1", epochs=C))
    killed_in(C + 1, tmp_path / "two", config("ts-dsae"), monkeypatch)
    alone, two = weights(tmp_path / "alone"), weights(tmp_path / "two")
    assert alone.keys() < two.keys()
    assert all(torch.equal(alone[key], two[key]) for key in alone)


@pytest.mark.parametrize("c", [0, 1, 3])
@pytest.mark.parametrize("name", ["bt-dsae", "dsae-f", "ts-dsae"])
def test_stage_2_begins_after_any_c(name: str, c: int, tmp_path: Path) -> None:
    settings = config(name, epochs=4, stage1_epochs=c)
    out = run(tmp_path / "run", settings)
    assert [row["stage"] for row in rows(out)] == ["1"] * c + ["2"] * (4 - c)
    assert all((row["train_kl_z"] == "") == (row["stage"] == "1") for row in rows(out))
    assert load_run(out).stage == 2
    shape = DataShape(MEL, FRAMES)
    start = settings.row.new_model(settings.model, shape, seed_of(0, WEIGHTS)).state_dict()
    for key, value in weights(out).items():
        if key.startswith("model.global_encoder."):
            unmoved = torch.equal(value, start[key.removeprefix("model.")])
            assert unmoved == (name == "dsae-f" and c == 0), key
        if key.startswith("model.v_prior.encoder."):  # the snapshot is of the end of stage 1
            inside = key.removeprefix("model.v_prior.encoder.")
            assert torch.equal(value, start[f"global_encoder.{inside}"]) == (c == 0), key


@pytest.mark.parametrize("name", ["lstm-f", "lstm-c"])
def test_scores_read_a_model_whose_z_is_one_for_a_clip(name: str, tmp_path: Path) -> None:
    x, instrument = melodies(), np.arange(CLIPS) % 2
    run(tmp_path / "run", config(name, epochs=15))
    parts = (np.arange(24), np.arange(24, CLIPS))
    fitted, scored = (Clips(x[one], {"instrument": instrument[one]}) for one in parts)
    model = load_run(tmp_path / "run").model
    data = EvaluationData.of_arrays(scored, fitted, model, prior=model.prior_v)
    scores = score(data).scores
    assert {"instrument/f1_global", "instrument/f1_local"} < scores.keys()
    assert scores["instrument/f1_input"] == scores["instrument/f1_reconstruction"] == 1.0
    assert scores["reconstruction_mse"] < 0.8 * np.square(x - x.mean(axis=(0, 1))).mean()
    assert scores["v_effect"] > 1.0
