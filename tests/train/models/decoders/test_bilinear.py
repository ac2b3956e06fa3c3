"""The decoder in which v multiplies, against loops in NumPy."""

from typing import Any

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.models.decoders.bilinear import BilinearDecoder
from dsounds.train.models.decoders.taps import TapsDecoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig

MEL, TIME = 5, 9
OFFSETS = (-4, -1, 0, 2)


def sizes(**changes: Any) -> ModelConfig:
    own = {"decoder_hidden": (6, 6), "z_dim": 3, "v_dim": 2, "decoder_offsets": OFFSETS}
    return ModelConfig(**own | {"decoder": "bilinear"} | changes)


def decoder_of(**changes: Any) -> BilinearDecoder:
    torch.manual_seed(0)
    return BilinearDecoder(MEL, sizes(**changes))


def affine(layer: Any, x: np.ndarray) -> np.ndarray:
    return layer.weight.detach().double().numpy() @ x + layer.bias.detach().double().numpy()


@torch.no_grad()
def test_v_multiplies_number_by_number_what_the_first_layer_gives() -> None:
    decoder = decoder_of()
    z, v = torch.randn(2, TIME, 3), torch.randn(2, 2)
    found = decoder(z, v).numpy()
    for clip in range(2):
        own_v = v[clip].double().numpy()
        for t in range(TIME):
            seen: list[float] = []
            for k in OFFSETS:
                seen += list(z[clip, t + k].numpy()) if 0 <= t + k < TIME else [0.0] * 3
            h = np.tanh(affine(decoder.first, np.array([*seen, *own_v])))
            of_frames, of_v = affine(decoder.of_frames, h), affine(decoder.of_v, own_v)
            h = np.array([h[n] + of_frames[n] * of_v[n] for n in range(len(h))])
            h = h + np.tanh(affine(decoder.residual[0], h))
            np.testing.assert_allclose(found[clip, t], affine(decoder.mean, h), atol=1e-5)


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


@torch.no_grad()
def test_where_the_product_is_0_it_is_the_decoder_taps() -> None:
    decoder, taps = decoder_of(), TapsDecoder(MEL, sizes())
    shared = {key: value for key, value in decoder.state_dict().items() if "of_" not in key}
    taps.load_state_dict(shared)
    z, v = torch.randn(2, TIME, 3), torch.randn(2, 2)
    assert not torch.allclose(decoder(z, v), taps(z, v), atol=1e-2)
    decoder.of_v.weight.zero_()
    decoder.of_v.bias.zero_()
    assert torch.equal(decoder(z, v), taps(z, v))


def test_layers_of_unequal_width_are_refused() -> None:
    message = r"decoder_hidden is \(6, 8\): the decoder bilinear needs layers of equal width"
    with pytest.raises(DsoundsError, match=message):
        decoder_of(decoder_hidden=(6, 8))
