"""The decoder of z at several offsets against loops in NumPy, and what of z a frame sees."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.models.decoders.taps import TapsDecoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig

MEL, TIME = 5, 12
OFFSETS = (-6, -3, -1, 0, 2, 20)


def decoder_of(**changes: Any) -> TapsDecoder:
    torch.manual_seed(0)
    sizes = {"decoder_hidden": (6, 6, 6), "z_dim": 3, "v_dim": 2, "decoder_offsets": OFFSETS}
    return TapsDecoder(MEL, ModelConfig(**sizes | changes))


def arrays(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    return layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()


def gelu(x: np.ndarray) -> np.ndarray:
    """x times the probability of less than x under N(0, 1)."""
    return x * torch.special.ndtr(torch.from_numpy(x)).numpy()


@torch.no_grad()
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_it_is_one_layer_of_all_taps_and_v_then_residual_layers(activation: str) -> None:
    decoder, act = decoder_of(activation=activation), {"tanh": np.tanh, "gelu": gelu}[activation]
    z, v = torch.randn(2, TIME, 3), torch.randn(2, 2)
    found = decoder(z, v).numpy()
    (first, bias), (last, last_bias) = arrays(decoder.first), arrays(decoder.mean)
    for clip in range(2):
        for t in range(TIME):
            seen = []
            for k in OFFSETS:
                seen += list(z[clip, t + k].numpy()) if 0 <= t + k < TIME else [0.0] * 3
            h = act(first @ np.array([*seen, *v[clip].numpy()]) + bias)
            for layer in decoder.residual:
                weight, own = arrays(layer)
                h = h + act(weight @ h + own)
            np.testing.assert_allclose(found[clip, t], last @ h + last_bias, atol=1e-5)


@torch.no_grad()
def test_a_frame_sees_z_at_its_offsets_alone_and_v() -> None:
    decoder, z, v = decoder_of(), torch.randn(1, TIME, 3), torch.randn(1, 2)
    before = decoder(z, v)
    for t in range(TIME):
        changed = z.clone()
        changed[:, t] += 1
        moved = (decoder(changed, v) != before).any(dim=-1)[0]
        assert moved.tolist() == [t - frame in OFFSETS for frame in range(TIME)]
    assert (decoder(z, v + 1) != before).any(dim=-1).all()


def test_the_default_offsets_look_back_more_than_ahead() -> None:
    sizes = ModelConfig(z_dim=3)
    z = torch.zeros(1, 100, 3, requires_grad=True)
    TapsDecoder(MEL, sizes)(z, torch.zeros(1, 16))[0, 50].sum().backward()
    assert z.grad is not None
    seen = z.grad.abs().sum(dim=(0, 2)).nonzero().flatten() - 50
    assert seen.tolist() == [-24, -16, -12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8]


def test_with_one_layer_and_no_other_frame_it_is_the_decoder_of_single_frames() -> None:
    decoder = decoder_of(decoder_hidden=(6,), decoder_offsets=(0,))
    z, v = torch.randn(4, TIME, 3), torch.randn(4, 2)
    beside = torch.cat([z, v.unsqueeze(1).expand(-1, TIME, -1)], dim=-1)
    torch.testing.assert_close(decoder(z, v), decoder.mean(torch.tanh(decoder.first(beside))))


def test_layers_of_unequal_width_are_refused() -> None:
    with pytest.raises(DsoundsError, match=r"decoder_hidden is \(6, 8\): the decoder taps needs"):
        decoder_of(decoder="taps", decoder_hidden=(6, 8))


@pytest.mark.parametrize("offsets", [(-1, 1), (0, -1), (0, 0, 1), (3,)])
def test_offsets_that_do_not_rise_or_leave_0_out_are_refused(offsets: tuple[int, ...]) -> None:
    expected = f"decoder_offsets is {offsets}: rising numbers without a repetition are needed, 0"
    with pytest.raises(DsoundsError, match=re.escape(expected)):
        ModelConfig(decoder_offsets=offsets)
    with pytest.raises(DsoundsError, match=r"decoder_offsets is .*: 1 or more are needed"):
        ModelConfig(decoder_offsets=())
