"""The recurrent VAE: its slots, its attention, any number of frames."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dsounds.errors import DsoundsError
from dsounds.train.models.clips.recurrent_settings import RecurrentVaeConfig
from dsounds.train.models.families.recurrent_vae import RecurrentVae, build
from dsounds.train.models.family import DataShape

SIZES = RecurrentVaeConfig(v_dim=6, slots=3, hidden=5, step_frames=2)
FRAMES, MEL, STEPS = 9, 4, 5


def model(sizes: RecurrentVaeConfig = SIZES) -> RecurrentVae:
    torch.manual_seed(0)
    return build(sizes, DataShape(MEL, FRAMES))


def clips(n: int = 4) -> Tensor:
    return torch.randn(n, FRAMES, MEL, generator=torch.Generator().manual_seed(1))


@settings(max_examples=25)
@given(frames=st.integers(1, 30), mel=st.integers(1, 12), step=st.integers(1, 7))
def test_a_clip_of_any_size_comes_back_in_its_own(frames: int, mel: int, step: int) -> None:
    sizes = RecurrentVaeConfig(v_dim=4, slots=2, hidden=3, step_frames=step)
    vae, x = build(sizes, DataShape(mel, frames)), torch.zeros(2, frames, mel)
    v = vae.encode(x).v_mean
    assert v is not None
    assert v.shape == (2, 4)
    assert vae.decode(None, v).shape == x.shape


def test_weights_of_attention_sum_to_one_and_differ_along_the_clip() -> None:
    found = model().attention(clips())
    assert found.read.shape == (4, 3, STEPS)
    assert found.write.shape == (4, STEPS, 3)
    for weights in (found.read, found.write):
        assert float(weights.min()) > 0
        torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:2]))
    assert bool((found.write.std(dim=1) > 1e-5).all())  # along the steps
    assert bool((found.read.std(dim=1) > 1e-5).all())  # along the slots
    assert bool((found.read.std(dim=2) > 1e-5).all())  # along the steps


def test_with_equal_keys_the_first_step_reads_the_mean_of_the_slots() -> None:
    """The first step of the decoder, written out for weights that are known."""
    vae = model()
    decoder = vae.decoder
    with torch.no_grad():
        decoder.start.weight.zero_()  # the first state no longer tells of the slots
        decoder.keys.weight.zero_()
        decoder.keys.bias.zero_()
    _, weights = decoder.attended(torch.randn(1, 6))
    torch.testing.assert_close(weights, torch.full_like(weights, 1 / 3))  # all keys are equal
    v = torch.randn(1, 6)
    memory = torch.stack(
        [layer(one) for layer, one in zip(decoder.slots, v.split(2, 1), strict=True)], 1
    ).tanh()
    state, cell = decoder.start.bias.tanh().chunk(2)
    inputs = torch.cat([memory.mean(1)[0], decoder.positions[0]])
    state, cell = decoder.cell(inputs, (state, cell))
    first = decoder.mean(torch.cat([state, memory.mean(1)[0]]))
    torch.testing.assert_close(decoder(v)[0, :2].flatten(), first)


def test_the_weights_follow_bahdanaus_equation() -> None:
    """softmax over slots j of w . tanh(W s + U h_j), written out for the first step."""
    decoder = model().decoder
    v = torch.randn(1, 6, generator=torch.Generator().manual_seed(5))
    _, weights = decoder.attended(v)
    h = [layer(one)[0].tanh() for layer, one in zip(decoder.slots, v.split(2, 1), strict=True)]
    s = decoder.start(sum(h) / 3).tanh()[:5]
    e = [
        (decoder.energy.weight[0] * torch.tanh(decoder.query.weight @ s + decoder.keys(one))).sum()
        for one in h
    ]
    torch.testing.assert_close(weights[0, 0], torch.stack(e).softmax(0))


def test_each_slot_has_a_gaussian_of_its_own() -> None:
    vae, x = model(), clips()
    before = vae.posterior(x)
    with torch.no_grad():
        vae.encoder.gaussians[1].mean.bias.add_(1.0)
    after = vae.posterior(x)
    moved = after.mean - before.mean
    torch.testing.assert_close(moved, torch.tensor([0.0, 0, 1, 1, 0, 0]).expand(4, 6))
    assert torch.equal(after.logvar, before.logvar)


def test_every_frame_reaches_v_and_every_slot_every_frame() -> None:
    vae = model()
    x = clips(1).requires_grad_()
    q_v = vae.posterior(x)
    q_v.mean.sum().backward()
    assert x.grad is not None
    assert bool((x.grad != 0).all())
    v = torch.zeros(1, 6, requires_grad=True)
    effect = [torch.autograd.grad(vae.decoder(v)[0, t].sum(), v)[0] for t in range(FRAMES)]
    assert bool((torch.stack(effect) != 0).all())


def test_slots_of_unequal_size_are_refused() -> None:
    with pytest.raises(DsoundsError, match="v_dim is 7 and slots is 3: a multiple of slots"):
        RecurrentVaeConfig(v_dim=7, slots=3)
