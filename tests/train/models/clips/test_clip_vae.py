"""The VAE of a whole clip: its terms against independent computations, and its interface."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from dsounds.errors import DsoundsError
from dsounds.train.models.clips.clip_vae import (
    ClipVae,
    build_vae,
    capacity_at,
    elbo_terms,
    vae_terms,
)
from dsounds.train.models.clips.vae_settings import VaeConfig, VaeObjectiveConfig
from dsounds.train.models.dsae.autoencoder import fit_scale
from dsounds.train.models.family import Batch, DataShape

FRAMES, MEL, V = 9, 6, 4
SIZES = VaeConfig(v_dim=V, frame_hidden=(8, 3), channels=(3, 4), clip_hidden=10)


def clips(n: int = 5) -> Tensor:
    return 4 * torch.randn(n, FRAMES, MEL, generator=torch.Generator().manual_seed(1)) - 7


def model(network: str = "fcn") -> ClipVae:
    torch.manual_seed(0)
    made = build_vae(replace(SIZES, network=network), DataShape(MEL, FRAMES))
    fit_scale(made, SIZES, clips(50).numpy())
    return made


def batch(n: int = 5, epoch: int = 0) -> Batch:
    return Batch(clips(n), torch.arange(n), epoch=epoch)


@pytest.mark.parametrize("network", ["fcn", "conv"])
def test_the_loss_is_minus_the_elbo(network: str) -> None:
    """With weights 1 it differs from torch's densities by the Gaussian's constant alone."""
    vae, given = model(network), batch()
    q_v = vae.posterior(given.x)
    v = q_v.sample(torch.Generator().manual_seed(3))
    terms = elbo_terms(vae, given, q_v, v, VaeObjectiveConfig())
    x = vae.scale(given.x)
    likelihood = Independent(Normal(vae.decoder(v), 1.0), 2)
    posterior = Independent(Normal(q_v.mean, (0.5 * q_v.logvar).exp()), 1)
    prior = Independent(Normal(torch.zeros(V), torch.ones(V)), 1)
    elbo = likelihood.log_prob(x) - kl_divergence(posterior, prior)
    constant = 0.5 * FRAMES * MEL * torch.log(torch.tensor(2 * torch.pi))
    torch.testing.assert_close(terms["reconstruction"] + terms["kl_v"], -elbo.mean() - constant)


def test_the_kl_is_what_draws_from_the_posterior_give() -> None:
    vae, given = model(), batch(1)
    with torch.no_grad():
        vae.encoder.gaussian.logvar.bias.fill_(-1.5)
        vae.encoder.gaussian.mean.bias.copy_(torch.tensor([0.0, 1.0, -2.0, 0.5]))
        q_v = vae.posterior(given.x)
        kl = vae_terms(vae, given, VaeObjectiveConfig(), torch.Generator())["kl_v"]
        posterior = Normal(q_v.mean, (0.5 * q_v.logvar).exp())
        draws = posterior.mean + posterior.stddev * torch.randn(
            100_000, V, generator=torch.Generator().manual_seed(0)
        )
        ratio = posterior.log_prob(draws) - Normal(0.0, 1.0).log_prob(draws)
    assert float(ratio.sum(1).mean()) == pytest.approx(float(kl), rel=0.01)


def test_v_is_drawn_from_the_generator_alone() -> None:
    vae, given, weights = model(), batch(), VaeObjectiveConfig()
    first, again, other = (
        vae_terms(vae, given, weights, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first["reconstruction"], again["reconstruction"])
    assert not torch.equal(first["reconstruction"], other["reconstruction"])


def test_the_capacity_grows_in_a_line_and_stays() -> None:
    weights = VaeObjectiveConfig(capacity=25.0, capacity_epochs=4)
    found = [capacity_at(epoch, weights) for epoch in range(6)]
    assert found == [0, 6.25, 12.5, 18.75, 25, 25]


def test_the_term_of_the_capacity_is_the_distance_from_it_on_both_sides() -> None:
    vae = model()
    assert "capacity" not in vae_terms(vae, batch(), VaeObjectiveConfig(), torch.Generator())
    weights = VaeObjectiveConfig(capacity_weight=1000.0, capacity=40.0, capacity_epochs=2)
    for epoch, capacity in ((0, 0.0), (1, 20.0), (2, 40.0), (7, 40.0)):
        with torch.no_grad():
            terms = vae_terms(vae, batch(epoch=epoch), weights, torch.Generator())
        assert float(terms["capacity"]) == pytest.approx(abs(float(terms["kl_v"]) - capacity))


@pytest.mark.parametrize("network", ["fcn", "conv"])
def test_codes_decoded_and_drawn_clips_have_the_contracts_shapes(network: str) -> None:
    vae, x = model(network), clips()
    codes = vae.encode(x)
    assert codes.v_mean is not None
    assert codes.v_logvar is not None
    assert codes.v_mean.shape == codes.v_logvar.shape == (5, V)
    assert codes.z_mean is codes.z_logvar is None
    assert vae.decode(None, codes.v_mean).shape == x.shape
    first, again, other = (
        vae.sample(3, FRAMES, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.shape == (3, FRAMES, MEL)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    v = vae.sample_v(3, torch.Generator().manual_seed(1))
    assert torch.equal(vae.decode(None, v), first)


def test_a_clip_decoded_with_anothers_v_is_the_other() -> None:
    vae, x = model(), clips()
    v = vae.encode(x).v_mean
    assert v is not None
    partner = torch.tensor([1, 2, 3, 4, 0])
    torch.testing.assert_close(vae.decode(None, v[partner]), vae.decode(None, v)[partner])


def test_decoded_clips_are_in_raw_units() -> None:
    vae, v = model(), torch.zeros(2, V)
    x = vae.decode(None, v)
    torch.testing.assert_close(vae.scale(x), vae.decoder(v), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(x, vae.decoder(v))


def test_without_standardise_the_scale_stays_as_it_is() -> None:
    vae = build_vae(SIZES, DataShape(MEL, FRAMES))
    fit_scale(vae, replace(SIZES, standardise=False), clips().numpy())
    assert torch.equal(vae.scale(clips()), clips())


def test_clips_of_another_size_are_refused() -> None:
    with pytest.raises(DsoundsError, match=r"\(batch, 9, 6\) log-mel, got \(5, 8, 6\); was it tra"):
        model().encode(clips()[:, 1:])
    assert torch.equal(
        model().sample(2, 4, torch.Generator().manual_seed(0)),
        model().sample(2, FRAMES, torch.Generator().manual_seed(0))[:, :4],
    )
    with pytest.raises(DsoundsError, match="10 frames were asked for, and the clips of this model"):
        model().sample(2, 10)
