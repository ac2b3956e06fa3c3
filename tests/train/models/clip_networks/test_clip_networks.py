"""Networks of whole clips: any size in, the same size out."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dsounds.errors import DsoundsError
from dsounds.train.models.clip_networks.conv import halved
from dsounds.train.models.clips.vae_settings import VaeConfig
from dsounds.train.models.family import DataShape
from dsounds.train.models.registry import CLIP_NETWORKS

SMALL = VaeConfig(v_dim=3, frame_hidden=(5, 2), channels=(2, 3), clip_hidden=4)


@pytest.mark.parametrize("name", CLIP_NETWORKS.names)
@settings(max_examples=25)
@given(frames=st.integers(1, 40), mel=st.integers(1, 40), depth=st.integers(1, 4))
def test_a_clip_of_any_size_comes_back_in_its_own(
    name: str, frames: int, mel: int, depth: int
) -> None:
    sizes = VaeConfig(v_dim=3, frame_hidden=(2,) * depth, channels=(2,) * depth, clip_hidden=4)
    network, shape = CLIP_NETWORKS.load(name), DataShape(mel, frames)
    x = torch.zeros(2, frames, mel)
    q_v = network.encoder(sizes, shape)(x)
    assert q_v.mean.shape == q_v.logvar.shape == (2, 3)
    assert network.decoder(sizes, shape)(q_v.mean).shape == x.shape


@pytest.mark.parametrize("name", CLIP_NETWORKS.names)
def test_each_frame_and_band_is_read_and_written(name: str) -> None:
    torch.manual_seed(0)
    network, shape = CLIP_NETWORKS.load(name), DataShape(7, 11)
    x = torch.randn(1, 11, 7, requires_grad=True)
    network.encoder(SMALL, shape)(x).mean.sum().backward()
    assert x.grad is not None
    assert bool((x.grad != 0).any(1).all())
    assert bool((x.grad != 0).any(2).all())
    decoder = network.decoder(SMALL, shape)
    a, b = decoder(torch.randn(2, 3))
    assert bool((a != b).any(0).all())
    assert bool((a != b).any(1).all())


def test_sizes_are_halved_and_rounded_up() -> None:
    assert halved(DataShape(80, 251), 4) == [(251, 80), (126, 40), (63, 20), (32, 10), (16, 5)]


def test_an_unknown_network_is_refused_by_name() -> None:
    with pytest.raises(DsoundsError, match=r"unknown network 'con', did you mean 'conv'"):
        VaeConfig(network="con")
