"""A run of BT-DSAE: its swaps are near the true swapped clips, its samples are the transition's.

Clips are "melodies" of spectral peaks times one of two spectral envelopes ("instruments"); the true
swapped clip is the melody with the other one.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds import sample
from dsounds.datasets import Corpus
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.data import Known
from dsounds.train.fitting.run import train
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import configure

MEL, FRAMES, CLIPS, N = 12, 16, 60, 48


def melodies() -> tuple[np.ndarray, np.ndarray]:
    """Return log-mel (clips, frames, mel) float32, and the same with the other instrument."""
    rng = np.random.default_rng(0)
    envelope = np.stack([np.linspace(0, -6, MEL), 2 * np.cos(np.arange(MEL))])
    pitch = np.repeat(rng.integers(0, MEL, (CLIPS, FRAMES // 4)), 4, axis=1)
    peaks = 6 * np.exp(-0.5 * (np.arange(MEL) - pitch[..., None]) ** 2)
    instrument = np.arange(CLIPS) % 2
    clips, swapped = (
        (peaks + envelope[which][:, None] - 2).astype(np.float32)
        for which in (instrument, 1 - instrument)
    )
    return clips, swapped


def config(**changes: Any) -> RunConfig:
    small = {
        "z_dim": 8,
        "encoder_hidden": (32, 32),
        "decoder_hidden": (32, 32),
        "global_hidden": (32, 32),
        "encoder_offsets": (-1, 0, 1),
        "decoder_offsets": (-4, -2, -1, 0, 1),
        "crop_frames": FRAMES // 2,
        "epochs": 30,
        "stage1_epochs": 6,
        "batch_size": 8,
        "learning_rate": 1e-2,
        "warmup_steps": 0,
        "threads": 1,
    }
    return configure("bt-dsae", **(small | changes))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of seconds."""
    parts = np.arange(N), np.arange(N, CLIPS)
    return train(config(), melodies()[0], *parts, tmp_path_factory.mktemp("bt") / "run", quiet=True)


@pytest.fixture
def model(out: Path) -> SequenceAutoencoder:
    """The model of that run."""
    loaded = load_run(out).model
    assert isinstance(loaded, SequenceAutoencoder)
    return loaded


@torch.no_grad()
def test_its_swaps_are_as_near_the_true_clips_as_resynthesis(model: SequenceAutoencoder) -> None:
    x, true = (torch.from_numpy(part[N:]) for part in melodies())
    codes = model.encode(x)
    assert codes.v_mean is not None
    partner = torch.arange(len(x)).roll(1)  # has the other instrument

    def distance(v: Tensor, clips: Tensor) -> float:
        return float((model.decode(codes.z_mean, v) - clips).square().mean())

    swapped = distance(codes.v_mean[partner], true)
    assert swapped < 0.25 * distance(codes.v_mean, true)
    assert swapped < 1.2 * distance(codes.v_mean, x)


def test_the_transition_has_learned_what_n_0_1_does_not_know(out: Path) -> None:
    with (out / "metrics.csv").open(newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert float(last["validation_transition"]) < 0.8 * float(last["validation_kl_z"])


@torch.no_grad()
def test_samples_are_draws_of_the_transition_decoded(model: SequenceAutoencoder) -> None:
    frames, random = 5, torch.Generator().manual_seed(3)
    v = torch.randn(2, model.v_prior.sample(1, None).shape[1], generator=random)
    z = torch.zeros(2, 0, 8)
    for _ in range(frames):  # each frame from all that was drawn before it
        past = torch.cat([torch.zeros(2, 1, 8), z], dim=1)
        prior = model.transition.gaussian(model.transition.lstm(past)[0][:, -1:])
        noise = torch.randn(2, 1, 8, generator=random)
        z = torch.cat([z, prior.mean + torch.exp(0.5 * prior.logvar) * noise], dim=1)
    found = sample(model, "unconditional", frames=frames, count=2, seed=3)
    torch.testing.assert_close(
        torch.from_numpy(found.x[0]), model.decode(z, v), rtol=1e-4, atol=1e-4
    )


def test_true_swapped_clips_are_made_where_they_are_asked_for(small: Corpus) -> None:
    for swapped, names in (("true", {"swapped"}), ("decoded", set())):
        settings = config(swapped=swapped)
        assert settings.row.extras is not None
        assert set(settings.row.extras(small, settings)) == names


def test_a_run_learns_to_come_back_from_true_swapped_clips(tmp_path: Path) -> None:
    x, true = melodies()
    parts, known = (np.arange(N), np.arange(N, CLIPS)), Known(extras={"swapped": true})
    short = config(swapped="true", epochs=4, stage1_epochs=1)
    out = train(short, x, *parts, tmp_path / "run", known, quiet=True)
    with (out / "metrics.csv").open(newline="") as file:
        back = [float(row["validation_back"]) for row in list(csv.DictReader(file))[1:]]
    assert back[-1] < back[0]
