"""The pieces and the contract: shapes, standardisation, causality, drawing."""

import numpy as np
import pytest
import torch
from torch import nn

from dsounds.errors import DsoundsError
from dsounds.train.models.dsae import autoencoder
from dsounds.train.models.dsae.autoencoder import Scale, SequenceAutoencoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.family import DataShape
from dsounds.train.models.interface import Codes, encode_all
from dsounds.train.models.networks.gaussians import Tanh
from dsounds.train.models.networks.priors import (
    COMPONENTS,
    SnapshotPrior,
    Transition,
    component_rows,
)
from dsounds.train.models.registry import FAMILIES

RELATIVES = [name for name, row in FAMILIES.rows() if row.model is ModelConfig]


def clips(n: int = 6, frames: int = 11, mel: int = 80) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.standard_normal((n, frames, mel)) * np.arange(1, mel + 1) - 7).astype(np.float32)


def model_for(x: np.ndarray, family: str = "ts-dsae", seed: int = 0) -> SequenceAutoencoder:
    model = FAMILIES.load(family).new_model(ModelConfig(z_dim=8), DataShape(x.shape[-1]), seed)
    assert isinstance(model, SequenceAutoencoder)
    model.scale.fit(x)
    return model


def scale_of(x: np.ndarray) -> Scale:
    scale = Scale(x.shape[-1])
    scale.fit(x)
    return scale


def test_codes_and_decoded_clips_have_the_contracts_shapes() -> None:
    x = torch.from_numpy(clips())
    model = model_for(x.numpy())
    codes = model.encode(x)
    assert codes.v_mean.shape == codes.v_logvar.shape == (6, 16)
    assert codes.z_mean.shape == codes.z_logvar.shape == (6, 11, 8)
    assert model.decode(codes.z_mean, codes.v_mean).shape == x.shape


@pytest.mark.parametrize("family", RELATIVES)
def test_samples_have_the_contracts_shape_and_depend_on_the_generator_only(family: str) -> None:
    model = model_for(clips(), family)
    first, again, other = (
        model.sample(3, 5, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.shape == (3, 5, 80)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_networks_have_the_papers_sizes() -> None:
    """Luo et al. 2022, sec. 5.2, z = 16: counted by hand from the layers."""
    model = FAMILIES.load("dsae").new_model(ModelConfig(), DataShape(80))

    def linear(inputs: int, outputs: int) -> int:
        return inputs * outputs + outputs

    encoder = linear(80, 64) + linear(64, 64) + 2 * linear(64, 16)
    lstm = sum(4 * 32 * (inputs + 32 + 2) for inputs in (16, 32))
    expected = {
        "global_encoder": encoder,
        "local_encoder": encoder,
        "transition": lstm + 2 * linear(32, 16),
        "decoder": linear(32, 64) + linear(64, 64) + linear(64, 80),
    }
    for name, count in expected.items():
        assert sum(p.numel() for p in getattr(model, name).parameters()) == count


@pytest.mark.parametrize("local_encoder", ["factorised", "causal", "bidirectional"])
@pytest.mark.parametrize("decoder", ["frame", "taps"])
def test_the_activation_is_that_of_all_layers_of_encoders_and_decoder(
    local_encoder: str, decoder: str
) -> None:
    def count(kind: type[nn.Module], **changes: str) -> list[int]:
        sizes = ModelConfig(local_encoder=local_encoder, decoder=decoder, **changes)
        model = FAMILIES.load("dsae").new_model(sizes, DataShape(80))
        return [sum(isinstance(m, kind) for m in part.modules()) for part in model.children()]

    assert count(Tanh) == count(nn.GELU, activation="gelu")
    assert sum(count(Tanh)) == (6 if decoder == "frame" else 5)  # taps has one for all layers
    assert sum(count(Tanh, activation="gelu")) == 0


def test_standardisation_is_stored_and_undone() -> None:
    x = clips(200)
    scale = scale_of(x)
    scaled = scale(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(0, 1)), 1, atol=1e-5)
    np.testing.assert_allclose(scale.inverse(torch.from_numpy(scaled)).numpy(), x, atol=1e-4)
    assert {"scale.mean", "scale.deviation"} <= model_for(x).state_dict().keys()


def test_the_scale_is_numpys_mean_and_deviation_whatever_the_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = clips(30)
    scales = []
    for size in (256, 7):
        monkeypatch.setattr(autoencoder, "_CHUNK_CLIPS", size)
        scales.append(scale_of(x))
        np.testing.assert_allclose(scales[-1].mean, x.mean(axis=(0, 1), dtype=float), rtol=1e-6)
        np.testing.assert_allclose(scales[-1].deviation, x.std(axis=(0, 1), dtype=float), rtol=1e-6)


def test_a_model_may_have_no_local_code() -> None:
    class OnlyGlobal:
        def encode(self, x: torch.Tensor) -> Codes:
            return Codes(x.mean(dim=1), torch.zeros(len(x), x.shape[-1]))

    codes = encode_all(OnlyGlobal(), torch.from_numpy(clips()), batch=4)  # type: ignore[arg-type]
    assert codes.z_mean is codes.z_logvar is None
    np.testing.assert_allclose(codes.v_mean, clips().mean(axis=1), rtol=1e-5)


def test_a_band_that_never_changes_is_not_blown_up() -> None:
    x = clips()
    x[..., 3] = -11.5
    assert np.isfinite(scale_of(x)(torch.from_numpy(x)).numpy()).all()


def test_a_model_in_other_units_gives_the_same_codes() -> None:
    x = clips()
    louder = 3 * x + 2
    a, b = model_for(x), model_for(louder)
    codes_a, codes_b = a.encode(torch.from_numpy(x)), b.encode(torch.from_numpy(louder))
    torch.testing.assert_close(codes_a.z_mean, codes_b.z_mean, rtol=1e-4, atol=1e-4)
    decoded = a.decode(codes_a.z_mean, codes_a.v_mean)
    torch.testing.assert_close(
        b.decode(codes_a.z_mean, codes_a.v_mean), 3 * decoded + 2, rtol=1e-4, atol=1e-2
    )


def test_the_prior_of_a_frame_sees_only_frames_before_it() -> None:
    transition = Transition(4, 8, 2)
    z = torch.randn(2, 10, 4)
    changed = z.clone()
    changed[:, 6] += 1.0
    before, after = transition(z).mean, transition(changed).mean
    moved = (before != after).any(dim=-1).any(dim=0)
    assert moved.tolist() == [t > 6 for t in range(10)]


def test_the_prior_drawn_frame_by_frame_is_the_prior_computed_at_once() -> None:
    transition = Transition(4, 8, 2)
    with torch.no_grad():
        start = torch.zeros(500, 0, transition.z_dim)
        z = transition.continued(start, 12, torch.Generator().manual_seed(0))
        prior = transition(z)
    standardised = (z - prior.mean) * torch.exp(-0.5 * prior.logvar)
    assert float(standardised.mean()) == pytest.approx(0, abs=0.02)
    assert float(standardised.std()) == pytest.approx(1, abs=0.02)


def test_a_continued_sequence_follows_from_its_past() -> None:
    transition = Transition(4, 8, 2)
    past = torch.randn(3, 6, 4)
    with torch.no_grad():
        transition.gaussian.logvar.weight.zero_()
        transition.gaussian.logvar.bias.fill_(-60)  # the draw is the mean
        z = torch.cat([past, transition.continued(past, 5, None)], dim=1)
        mean = transition(z).mean
    assert torch.allclose(z[:, 6:], mean[:, 6:], atol=1e-6)


def test_a_snapshot_is_frozen_while_the_encoder_goes_on() -> None:
    x = torch.from_numpy(clips())
    model = model_for(x.numpy())
    prior = model.v_prior
    assert isinstance(prior, SnapshotPrior)
    assert float(model.prior_v(x).mean.abs().max()) == 0  # N(0, 1) until it is taken
    prior.take(model.global_encoder, model.scale(x[component_rows(len(x))]))
    then = model.prior_v(x).mean.clone()
    torch.testing.assert_close(then, model.encode(x).v_mean)
    with torch.no_grad():
        for parameter in model.global_encoder.parameters():
            parameter.add_(1.0)
    assert torch.equal(model.prior_v(x).mean, then)
    assert not any(p.requires_grad for p in prior.parameters())


def test_v_is_drawn_from_the_mixture_of_the_clips_own_priors() -> None:
    prior = model_for(clips()).v_prior
    assert isinstance(prior, SnapshotPrior)
    two_modes = torch.where(torch.arange(COMPONENTS) % 2 == 0, 5.0, -5.0)
    prior.component_mean.copy_(two_modes[:, None].expand(-1, 16))  # type: ignore[operator]
    prior.component_logvar.fill_(-6.0)  # type: ignore[operator]
    v = prior.sample(400, torch.Generator().manual_seed(0))
    assert float((v.abs() - 5).abs().max()) < 0.5
    assert 0.4 < float((v[:, 0] > 0).float().mean()) < 0.6


def test_weights_come_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    a = model_for(clips(), seed=3).state_dict()
    expected = torch.randn(3)
    torch.manual_seed(1)
    assert torch.equal(torch.randn(3), expected)  # building took nothing from the global stream
    b, c = (model_for(clips(), seed=seed).state_dict() for seed in (3, 4))
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not torch.equal(a["decoder.mean.weight"], c["decoder.mean.weight"])


@pytest.mark.parametrize("shape", [(2, 80, 251), (251, 80), (2, 3, 4, 80)])
def test_a_wrong_shape_is_refused_with_the_shape_that_came(shape: tuple[int, ...]) -> None:
    with pytest.raises(DsoundsError, match=r"\(batch, time, 80\).*got \("):
        model_for(clips()).encode(torch.zeros(shape))
