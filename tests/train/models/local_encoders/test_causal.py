"""The causal posterior: what a frame may see, and the densities of what is drawn."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from dsounds.train.models.dsae.dsae_settings import ModelConfig, ObjectiveConfig
from dsounds.train.models.dsae.objectives import DsaeStage, Objective
from dsounds.train.models.family import DataShape
from dsounds.train.models.local_encoders.causal import CausalLocalEncoder
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.models.registry import FAMILIES

MEL, TIME, CLIPS = 5, 7, 3
SIZES = ModelConfig(encoder_hidden=(8, 6), z_dim=3, v_dim=2, local_encoder="causal")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def encoder() -> CausalLocalEncoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = CausalLocalEncoder(MEL, SIZES)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(3)  # so that what came before matters
    return made


def clips() -> Tensor:
    return torch.randn(CLIPS, TIME, MEL, generator=generator(1))


V = torch.zeros(CLIPS, 2)


@torch.no_grad()
@pytest.mark.parametrize("t", range(TIME))
def test_a_frame_changes_no_draw_before_it_and_its_own(t: int) -> None:
    made, x = encoder(), clips()
    changed = x.clone()
    changed[:, t] += 1
    before, after = (made(rows, V).sample(generator(2)) for rows in (x, changed))
    assert torch.equal(before[:, :t], after[:, :t])
    assert (before[:, t] != after[:, t]).all()


@torch.no_grad()
def test_a_draw_changes_the_gaussians_after_it_alone() -> None:
    made, x = encoder(), clips()
    hidden, z = made.frames(x), torch.randn(CLIPS, TIME, 3, generator=generator(3))
    changed = z.clone()
    changed[:, 4] += 1
    before, after = (made.along(hidden, path).mean for path in (z, changed))
    moved = (before != after).any(dim=-1).any(dim=0)
    assert moved.tolist() == [t > 4 for t in range(TIME)]


@torch.no_grad()
def test_it_is_an_lstm_on_the_frame_and_the_draw_before_step_by_step() -> None:
    """Both ways of going along the frames against torch's cell, with the same noise."""
    made, x = encoder(), clips()
    z, along = made(x, V).drawn(generator(2))
    cell = torch.nn.LSTMCell(made.lstm.input_size, made.lstm.hidden_size)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(cell, name).copy_(getattr(made.lstm, f"{name}_l0"))
    hidden, noise = made.frames(x), generator(2)
    past, state = torch.zeros(CLIPS, 3), None
    for t in range(TIME):
        state = cell(torch.cat([hidden[:, t], past], dim=1), state)
        q = made.gaussian(state[0])
        past = q.sample(noise)
        torch.testing.assert_close(along.mean[:, t], q.mean)
        torch.testing.assert_close(along.logvar[:, t], q.logvar)
        torch.testing.assert_close(z[:, t], past)
    given = made.along(hidden, z)
    torch.testing.assert_close(given.mean, along.mean)
    torch.testing.assert_close(given.logvar, along.logvar)


@torch.no_grad()
def test_its_mean_is_the_path_of_means() -> None:
    made, x = encoder(), clips()
    q = made(x, V)
    torch.testing.assert_close(q.mean, made.along(made.frames(x), q.mean).mean)
    assert q.mean.shape == q.logvar.shape == (CLIPS, TIME, 3)
    first = q.at(torch.tensor([1, 0]))
    torch.testing.assert_close(first.mean, q.mean[[1, 0]])


@torch.no_grad()
def test_pairs_are_the_densities_of_each_path_under_each_clip() -> None:
    made, x = encoder(), clips()
    q = made(x, V)
    z, along = q.drawn(generator(2))
    found = q.pairs(z)
    assert found.shape == (TIME, CLIPS, CLIPS)
    for i in range(CLIPS):
        for j in range(CLIPS):
            given = made.along(made.frames(x[j : j + 1]), z[i : i + 1])
            normal = Normal(given.mean[0], torch.exp(0.5 * given.logvar[0]))
            torch.testing.assert_close(found[:, i, j], normal.log_prob(z[i]).sum(dim=-1))
    own = along.log_density(z).sum(dim=-1)
    torch.testing.assert_close(found.diagonal(dim1=1, dim2=2), own.T)


@torch.no_grad()
def test_kl_z_of_dsae_is_along_the_drawn_path() -> None:
    """Eq 4 of Bai et al. 2021, second term, frame by frame on the sampled trajectory."""
    model = FAMILIES.load("dsae").new_model(SIZES, DataShape(MEL), seed=1)
    x = clips()
    terms = Objective(ObjectiveConfig()).terms(model, x, DsaeStage(), generator(5))  # type: ignore[arg-type]
    noise = generator(5)
    v = model.global_encoder(x).sample(noise)  # type: ignore[operator]
    z, along = model.local_encoder(x, v).drawn(noise)  # type: ignore[operator]
    prior = model.transition(z)  # type: ignore[operator]

    def normal(g: Gaussian) -> Normal:
        return Normal(g.mean, torch.exp(0.5 * g.logvar))

    expected = kl_divergence(normal(along), normal(prior)).sum(dim=-1).mean()
    torch.testing.assert_close(terms["kl_z"], expected)
    assert not torch.equal(along.mean, model.local_encoder(x, v).mean)  # type: ignore[operator]


def test_gradients_flow_along_the_path() -> None:
    made, x = encoder(), clips().requires_grad_()
    made(x, V).sample(generator())[:, -1].sum().backward()
    assert x.grad is not None
    assert (x.grad.abs().sum(dim=(0, 2)) > 0).all()
