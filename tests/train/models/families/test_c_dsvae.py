"""C-DSVAE: Eq 6 against slow computations, and runs that learn and resume.

Clips are "melodies" of spectral peaks times one of two spectral envelopes ("instruments"); the true
view of a clip is its melody with the other one.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.data import Known
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.run import train
from dsounds.train.fitting.totals import Totals
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.contrast.c_dsvae_objective import terms_of
from dsounds.train.models.contrast.c_dsvae_settings import PRESETS, ContrastConfig
from dsounds.train.models.contrast.mutual_information import contrast
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.families.c_dsvae import FAMILY
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import configure

MEL, FRAMES, CLIPS, BATCH, N = 12, 16, 36, 5, 24
SIZES: dict[str, Any] = {
    "z_dim": 4,
    "v_dim": 3,
    "encoder_hidden": (8,),
    "decoder_hidden": (8,),
    "transition_hidden": 6,
}
SAMPLED = {"mutual_information": "mws", "density": "sequence", "clipped": False}
VARIANTS: list[dict[str, Any]] = [
    {"content": "shuffle", "motion": "equalisation"},
    {"content": "reverse", "motion": "formants", "local_encoder": "bidirectional"},
    {"content": "block-shuffle", "motion": "both", "local_encoder": "causal"},
    {"content": "block-resample", "motion": "true"},
    {**SAMPLED, "sampling": "weighted", "local_encoder": "causal"},
]


def melodies() -> tuple[np.ndarray, np.ndarray]:
    """Return log-mel (n, frames, mel) float32, and the same with the other instrument."""
    rng = np.random.default_rng(0)
    envelope = np.stack([np.linspace(0, -6, MEL), 2 * np.cos(np.arange(MEL))])
    pitch = np.repeat(rng.integers(0, MEL, (CLIPS, FRAMES // 4)), 4, axis=1)
    peaks = 6 * np.exp(-0.5 * (np.arange(MEL) - pitch[..., None]) ** 2)
    instrument = np.arange(CLIPS) % 2
    noise = 0.1 * rng.standard_normal((2, CLIPS, FRAMES, MEL))
    clips, views = (
        (peaks + envelope[which][:, None] + own - 2).astype(np.float32)
        for which, own in zip((instrument, 1 - instrument), noise, strict=True)
    )
    return clips, views


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def model_and_batch(**changes: Any) -> tuple[SequenceAutoencoder, Batch]:
    model = FAMILY.new_model(ModelConfig(**SIZES, **changes), DataShape(MEL, FRAMES), seed=1)
    assert isinstance(model, SequenceAutoencoder)
    x, views = (torch.from_numpy(part[:BATCH]) for part in melodies())
    model.get_buffer("clips").fill_(N)
    model.get_buffer("silence").fill_(float(x.min()))
    return model, Batch(x, torch.arange(BATCH), extras={"motion": views})


def computed(model: SequenceAutoencoder, batch: Batch, **changes: Any) -> dict[str, Tensor]:
    with torch.no_grad():
        return terms_of(model, batch, ContrastConfig(**changes), FAMILY.stages[0], generator())


def normal(gaussian: Gaussian) -> Normal:
    return Normal(gaussian.mean, torch.exp(0.5 * gaussian.logvar))


@torch.no_grad()
def drawn(model: SequenceAutoencoder, batch: Batch) -> tuple[Gaussian, Tensor, Gaussian, Tensor]:
    """Return q(v), v, q(z) along the path, and z, drawn as the objective draws them."""
    noise, x = generator(), model.scale(batch.x)
    q_v = model.global_encoder(x)
    v = q_v.sample(noise)
    z, q_z = model.local_encoder(x, v).drawn(noise)
    return q_v, v, q_z, z


@pytest.mark.parametrize("local_encoder", ["factorised", "bidirectional", "causal"])
def test_the_first_terms_are_those_of_eq_3_and_4(local_encoder: str) -> None:
    model, batch = model_and_batch(local_encoder=local_encoder)
    q_v, v, q_z, z = drawn(model, batch)
    with torch.no_grad():
        error = 0.5 * (model.decoder(z, v) - model.scale(batch.x)).square().sum(dim=(1, 2))
        kl_z = kl_divergence(normal(q_z), normal(model.transition(z))).sum(dim=(1, 2))
        kl_v = kl_divergence(normal(q_v), Normal(0.0, 1.0)).sum(dim=1)
    for time, frames in (("sum", 1), ("mean", FRAMES)):
        terms = computed(model, batch, time=time)
        assert float(terms["reconstruction"]) == pytest.approx(float(error.mean()) / frames)
        assert float(terms["kl_z"]) == pytest.approx(float(kl_z.mean()) / frames)
        assert float(terms["kl_v"]) == pytest.approx(float(kl_v.mean()))


def weight(i: int, j: int) -> float:
    return 1 / N if i == j else (N - 1) / (N * (BATCH - 1))


def test_information_of_whole_sequences_is_enumerated() -> None:
    """I(v; x), I(z_1:T; x) and I(z_1:T; v) from densities of pairs, in double precision."""
    model, batch = model_and_batch()
    q_v, v, q_z, z = drawn(model, batch)
    of_v, of_z = np.zeros((2, BATCH, BATCH))
    for i in range(BATCH):
        for j in range(BATCH):
            at = torch.tensor([j])
            of_v[i, j] = float(normal(q_v.at(at)).log_prob(v[i]).double().sum())
            of_z[i, j] = float(normal(q_z.at(at)).log_prob(z[i]).double().sum())
    logs = np.log([[weight(i, j) for j in range(BATCH)] for i in range(BATCH)])
    v_, z_, both = (
        np.logaddexp.reduce(pairs + logs, axis=1) for pairs in (of_v, of_z, of_v + of_z)
    )
    terms = computed(model, batch, **SAMPLED)
    expected = {
        "content": -(of_v.diagonal() - v_).mean(),
        "motion": -(of_z.diagonal() - z_).mean(),
        "independence": (both - v_ - z_).mean(),
    }
    for name, value in expected.items():
        assert float(terms[name]) == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize("clipped", [True, False])
def test_information_of_frames_is_averaged_over_them(clipped: bool) -> None:
    model, batch = model_and_batch()
    q_v, v, q_z, z = drawn(model, batch)
    found = []
    for t in range(FRAMES):
        for i in range(BATCH):
            sums = np.zeros(3)
            for j in range(BATCH):
                at = torch.tensor([j])
                of_v = float(normal(q_v.at(at)).log_prob(v[i]).sum().exp())
                frame = Gaussian(q_z.mean[j, t], q_z.logvar[j, t])
                of_z = float(normal(frame).log_prob(z[i, t]).sum().exp())
                sums += weight(i, j) * np.array([of_v * of_z, of_v, of_z])
            both, first, second = np.log(sums)
            found.append(both - first - second)
    expected = np.maximum(found, 0) if clipped else np.array(found)
    assert min(found) < 0
    terms = computed(model, batch, clipped=clipped)
    assert float(terms["independence"]) == pytest.approx(expected.mean(), abs=1e-5)


def test_the_contrast_is_that_of_posterior_means_of_clip_and_view() -> None:
    model, batch = model_and_batch()
    terms = computed(model, batch, content="reverse", motion="true", temperature=0.2)
    views = batch.extras["motion"]
    with torch.no_grad():
        ours, reverse, true = (model.encode(x) for x in (batch.x, batch.x.flip(1), views))
    expected = contrast(ours.v_mean, reverse.v_mean, 0.2)  # type: ignore[arg-type]
    assert float(terms["content"]) == pytest.approx(-float(expected), rel=1e-5)
    expected = contrast(ours.z_mean, true.z_mean, 0.2)  # type: ignore[arg-type]
    assert float(terms["motion"]) == pytest.approx(-float(expected), rel=1e-5)


def test_without_views_their_contrast_is_left_out() -> None:
    model, batch = model_and_batch()
    always = {"reconstruction", "kl_v", "kl_z", "independence"}
    assert set(computed(model, batch, content="none", motion="none")) == always
    assert set(computed(model, batch, content="none")) == always | {"motion"}
    sampled = computed(model, batch, content="none", motion="none", mutual_information="mws")
    assert set(sampled) == always | {"content", "motion"}


def test_the_loss_is_minus_eq_6() -> None:
    settings = ContrastConfig(
        reconstruction_weight=2.0,
        kl_v_weight=3.0,
        kl_z_weight=5.0,
        content_weight=7.0,
        motion_weight=11.0,
        independence_weight=13.0,
    )
    names = ("reconstruction", "kl_v", "kl_z", "content", "motion", "independence")
    terms = {name: torch.tensor(1.0) for name in names}
    totals = Totals(FAMILY.terms, settings)
    assert float(totals.loss(terms)) == 2 + 3 + 5 + 7 + 11 + 13
    assert float(totals.criterion(terms)) == -float(totals.loss(terms))


def test_the_presets_are_what_the_released_code_and_ours_say() -> None:
    released = configure("c-dsvae", preset="released")
    assert released.objective == ContrastConfig(
        reconstruction_weight=2.0,
        kl_v_weight=1.0,
        kl_z_weight=1.0,
        content_weight=10.0,
        motion_weight=10.0,
        independence_weight=1.0,
        time="sum",
        mutual_information="contrast",
        sampling="weighted",
        density="frame",
        clipped=True,
        temperature=0.5,
        content="shuffle",
        motion="both",
    )
    assert (released.training.batch_size, released.training.epochs) == (128, 100)
    default, true = (configure("c-dsvae", preset=name) for name in ("default", "true-views"))
    assert true == replace(default, objective=replace(default.objective, motion="true"))


def config(**changes: Any) -> RunConfig:
    small = SIZES | {"epochs": 3, "batch_size": 8, "block_frames": 4, "threads": 1}
    return configure("c-dsvae", **(small | changes))


def run(out: Path, settings: RunConfig) -> Path:
    x, views = melodies()
    known = Known(extras={"motion": views})
    return train(settings, x, np.arange(N), np.arange(N, CLIPS), out, known)


def rows(out: Path) -> list[dict[str, str]]:
    return [{**row, "seconds": ""} for row in read_metrics(out / "metrics.csv")]


def weights(out: Path) -> dict[str, Tensor]:
    found: dict[str, Tensor] = torch.load(out / "last.ckpt", weights_only=True)["state_dict"]
    return found


@pytest.mark.parametrize("changes", VARIANTS)
def test_a_resumed_run_ends_as_if_uninterrupted(
    changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, step = config(**changes), TrainingModule.training_step
    whole = run(tmp_path / "whole", settings)
    with monkeypatch.context() as patch:
        patch.setattr(
            TrainingModule,
            "training_step",
            lambda own, n: step(own, n) if own.current_epoch < 1 or n < 1 else 1 / 0,
        )
        with pytest.raises(ZeroDivisionError):
            run(tmp_path / "stopped", settings)
    stopped = run(tmp_path / "stopped", settings)
    ours, theirs = weights(stopped), weights(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert rows(stopped) == rows(whole)
    assert ours["model.clips"] == N
    assert float(ours["model.silence"]) == melodies()[0][:N].min()
    every = {f"{part}_{term.name}" for part in ("train", "validation") for term in FAMILY.terms}
    assert all(row[name] for row in rows(whole) for name in every)


@pytest.mark.parametrize("preset", PRESETS)
def test_its_loss_falls_and_its_codes_have_the_right_shapes(preset: str, tmp_path: Path) -> None:
    settings = config(preset=preset, epochs=8, batch_size=12, learning_rate=1e-2)
    out = run(tmp_path / "run", settings)
    losses = [float(row["validation_loss"]) for row in rows(out)]
    assert losses[-1] < losses[0] - 0.1 * abs(losses[0])
    loaded = load_run(out)
    x = torch.from_numpy(melodies()[0])
    codes = loaded.model.encode(x)
    assert codes.v_mean.shape == codes.v_logvar.shape == (CLIPS, 3)
    assert codes.z_mean.shape == codes.z_logvar.shape == (CLIPS, FRAMES, 4)
    assert loaded.model.decode(codes.z_mean, codes.v_mean).shape == x.shape
    assert loaded.model.sample(2, 5, generator()).shape == (2, 5, MEL)


def test_true_views_teach_z_to_leave_the_instrument_out(tmp_path: Path) -> None:
    """z of a clip and that of its true view are closer than where no view was seen."""
    x, views = (torch.from_numpy(part) for part in melodies())
    angles = {}
    for motion in ("true", "none"):
        settings = config(motion=motion, epochs=8, learning_rate=1e-2)
        model = load_run(run(tmp_path / motion, settings)).model
        with torch.no_grad():
            ours, theirs = (model.encode(clips).z_mean.flatten(1) for clips in (x, views))
        angles[motion] = float(torch.cosine_similarity(ours, theirs).mean())
    assert angles["true"] > angles["none"] + 0.1
