"""The families that are fitted: their codes against other computations, and their runs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from dsounds.train.fitting.data import Known
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.run import load_run, train
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.dsae import autoencoder
from dsounds.train.models.family import DataShape
from dsounds.train.models.known_answers import fitted as fitted_families
from dsounds.train.models.registry import FAMILIES
from dsounds.train.settings.presets import configure

CLIPS, FRAMES, MEL = 40, 12, 7
FITTED = ("random-encoder", "pca", "statistics")


def clips() -> np.ndarray:
    """Return log-mel, (clips, time, mel): bands depend on each other, and clips differ."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((MEL, MEL))
    still, moving = rng.standard_normal((CLIPS, 1, MEL)), rng.standard_normal((CLIPS, FRAMES, MEL))
    return ((2 * still + moving) @ mixing - 3).astype(np.float32)


def model(name: str, **settings):
    config = configure(name, **settings)
    made = config.row.new_model(config.model, DataShape(MEL, FRAMES))
    config.row.prepare(made, config.model, clips())
    return made


def test_the_components_are_those_of_clips_then_of_frames() -> None:
    x, made = clips(), model("pca", v_dim=2, z_dim=3)
    codes = made.encode(torch.from_numpy(x))
    of_clips = PCA(2, whiten=True).fit(x.mean(axis=1))
    v = of_clips.transform(x.mean(axis=1))
    rest = x - of_clips.inverse_transform(v)[:, None]
    of_frames = PCA(3, whiten=True).fit(rest.reshape(-1, MEL))
    z = of_frames.transform(rest.reshape(-1, MEL))
    for ours, theirs in ((codes.v_mean, v), (codes.z_mean.reshape(-1, 3), z)):
        theirs = theirs / theirs.std(axis=0)
        signs = np.sign((ours.numpy() * theirs).sum(axis=0))
        np.testing.assert_allclose(ours, signs * theirs, atol=2e-3)
    rebuilt = of_frames.inverse_transform(of_frames.transform(rest.reshape(-1, MEL)))
    expected = (x - rest) + rebuilt.reshape(x.shape)
    np.testing.assert_allclose(made.decode(codes.z_mean, codes.v_mean), expected, atol=1e-3)


def test_as_many_components_as_bands_lose_nothing() -> None:
    x, made = torch.from_numpy(clips()), model("pca", v_dim=1, z_dim=MEL)
    codes = made.encode(x)
    torch.testing.assert_close(made.decode(codes.z_mean, codes.v_mean), x, atol=1e-3, rtol=1e-4)


def test_a_silent_band_gives_no_component() -> None:
    x = clips()
    x[..., 2] = -11.5
    config = configure("pca", v_dim=MEL, z_dim=MEL)
    made = config.row.new_model(config.model, DataShape(MEL, FRAMES))
    config.row.prepare(made, config.model, x)
    codes = made.encode(torch.from_numpy(x))
    assert torch.isfinite(codes.v_mean).all()
    assert (codes.v_mean[:, -1] == 0).all()
    assert codes.v_mean.std(dim=0)[-2] > 0.9


def test_features_are_read_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Streamed:
        shape = (CLIPS, FRAMES, MEL)

        def __len__(self) -> int:
            return CLIPS

        def __getitem__(self, rows: slice) -> np.ndarray:
            part = clips()[rows]
            assert len(part) <= 9
            return part

    for name in ("pca", "statistics"):
        whole = model(name, **({"v_dim": 2, "z_dim": 3} if name == "pca" else {})).state_dict()
        config = configure(name, **({"v_dim": 2, "z_dim": 3} if name == "pca" else {}))
        made = config.row.new_model(config.model, DataShape(MEL, FRAMES))
        with monkeypatch.context() as patch:
            patch.setattr(autoencoder, "_CHUNK_CLIPS", 9)
            config.row.prepare(made, config.model, Streamed())
        for key, value in made.state_dict().items():
            torch.testing.assert_close(value, whole[key], atol=1e-5, rtol=1e-4)


def test_drawn_codes_have_the_variance_of_the_clips() -> None:
    made = model("pca", v_dim=3, z_dim=MEL)
    drawn = made.sample(4000, 2, torch.Generator().manual_seed(0))
    assert drawn.shape == (4000, 2, MEL)
    spread = np.cov(clips().reshape(-1, MEL).T)
    np.testing.assert_allclose(np.cov(drawn.reshape(-1, MEL).T), spread, rtol=0.1, atol=1.5)
    assert made.continue_z(torch.zeros(2, 5, MEL), 4).shape == (2, 4, MEL)


def test_components_beyond_the_bands_are_0() -> None:
    made, x = model("pca", v_dim=2, z_dim=9), torch.from_numpy(clips())
    codes = made.encode(x)
    assert codes.z_mean.shape == (CLIPS, FRAMES, 9)
    assert (codes.z_mean[..., MEL:] == 0).all()
    assert (codes.z_mean[..., :MEL].std(dim=(0, 1)) > 0.9).all()
    torch.testing.assert_close(made.decode(codes.z_mean, codes.v_mean), x, atol=1e-3, rtol=1e-4)


def test_statistics_are_those_of_numpy() -> None:
    x, made = clips(), model("statistics")
    power = np.exp(x.astype(np.float64))
    level = np.log(power.sum(axis=-1))
    centroid = (power * np.arange(MEL)).sum(axis=-1) / power.sum(axis=-1)
    columns = np.concatenate([x, level[..., None], centroid[..., None]], axis=-1)
    mean, deviation = columns.mean(axis=1), columns.std(axis=1)
    expected = np.concatenate([mean[:, :MEL], deviation[:, :MEL], mean[:, MEL:]], axis=1)
    expected = np.concatenate([expected, deviation[:, MEL:]], axis=1)
    expected = (expected - expected.mean(axis=0)) / expected.std(axis=0)
    codes = made.encode(torch.from_numpy(x))
    assert codes.z_mean is None
    np.testing.assert_allclose(codes.v_mean, expected, atol=1e-3)
    decoded = made.decode(None, codes.v_mean)
    assert decoded.shape == x.shape
    np.testing.assert_allclose(decoded[:, 3], x.mean(axis=1), atol=1e-3)


def test_the_random_encoder_is_dsae_before_its_first_step() -> None:
    x, ours = torch.from_numpy(clips()), model("random-encoder")
    assert not any(parameter.requires_grad for parameter in ours.parameters())
    codes, expected = ours.encode(x), model("dsae").encode(x)
    assert torch.equal(codes.v_mean, expected.v_mean)
    assert torch.equal(codes.z_mean, expected.z_mean)


def settings_of(name: str):
    """Return a small run from a family's preset."""
    small = {
        "random-encoder": {"v_dim": 3, "z_dim": 2},
        "pca": {"v_dim": 3, "z_dim": 2},
        "statistics": {},
        "ar-vae": {"v_dim": 4, "frame_hidden": (8, 4), "clip_hidden": 16, "batch_size": 8},
    }
    epochs = {"ar-vae": 6}.get(name, configure(name).training.epochs)
    return configure(name, threads=1, epochs=epochs, **small[name])


def run(name: str, out: Path) -> Path:
    values = clips().mean(axis=(1, 2), dtype=np.float32)[:, None]
    known = Known(extras={"attributes": values} if name == "ar-vae" else {})
    train(settings_of(name), clips(), np.arange(30), np.arange(30, CLIPS), out, known)
    return out


@pytest.mark.parametrize("name", [*FITTED, "ar-vae"])
def test_a_run_ends_the_same_when_it_was_stopped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(name, tmp_path / "whole")
    epochs = settings_of(name).training.epochs
    step = TrainingModule.training_step
    with monkeypatch.context() as patch:
        patch.setattr(
            TrainingModule,
            "training_step",
            lambda own, n: step(own, n) if own.current_epoch < epochs // 2 else 1 / 0,
        )
        with pytest.raises(ZeroDivisionError):
            run(name, tmp_path / "stopped")
    run(name, tmp_path / "stopped")
    states = [
        torch.load(tmp_path / out / "last.ckpt", weights_only=True)["state_dict"]
        for out in ("whole", "stopped")
    ]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    loaded = load_run(whole)
    assert loaded.finished
    codes = loaded.model.encode(torch.from_numpy(clips()[:2]))
    assert loaded.model.decode(codes.z_mean, codes.v_mean).shape == (2, FRAMES, MEL)
    rows = read_metrics(whole / "metrics.csv")
    assert len(rows) == epochs
    if name == "ar-vae":
        assert float(rows[-1]["train_loss"]) < 0.9 * float(rows[0]["train_loss"])


def test_all_families_that_need_no_training_are_tried() -> None:
    one = [name for name, row in FAMILIES.rows() if row.presets is fitted_families.ONE_EPOCH]
    assert sorted(one) == sorted(FITTED)
