"""The local encoder of frames at several offsets against loops in NumPy, and what a z sees."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.local_encoders.taps import TapsLocalEncoder

MEL, TIME = 5, 12
OFFSETS = (-6, -3, 0, 1, 4, 20)


def encoder_of(**changes: Any) -> TapsLocalEncoder:
    torch.manual_seed(0)
    sizes = {"encoder_hidden": (4, 6, 7), "z_dim": 3, "v_dim": 2, "encoder_offsets": OFFSETS}
    return TapsLocalEncoder(MEL, ModelConfig(**sizes | changes))


def affine(layer: Any, x: np.ndarray) -> np.ndarray:
    return layer.weight.detach().double().numpy() @ x + layer.bias.detach().double().numpy()


def by_hand(encoder: TapsLocalEncoder, clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and log variances of one clip, (TIME, z_dim), frame by frame."""
    hidden = [np.tanh(affine(encoder.frame[0], frame)) for frame in clip]
    found = []
    for t in range(TIME):
        seen: list[float] = []
        for k in encoder.offsets:
            seen += list(hidden[t + k]) if 0 <= t + k < TIME else [0.0] * len(hidden[0])
        h = np.array(seen)
        for layer in list(encoder.around)[::2]:
            h = np.tanh(affine(layer, h))
        found.append((affine(encoder.gaussian.mean, h), affine(encoder.gaussian.logvar, h)))
    mean, logvar = (np.stack(part) for part in zip(*found, strict=True))
    return mean, logvar


@torch.no_grad()
@pytest.mark.parametrize(("widths", "layers"), [((4, 6, 7), 2), ((4, 6), 1), ((4,), 1)])
def test_it_is_a_layer_of_frames_then_layers_of_all_taps(
    widths: tuple[int, ...], layers: int
) -> None:
    """With one width, all layers have it."""
    encoder = encoder_of(encoder_hidden=widths)
    x, v = torch.randn(2, TIME, MEL), torch.randn(2, 2)
    found = encoder(x, v)
    assert len(encoder.around) == 2 * layers
    for clip in range(2):
        mean, logvar = by_hand(encoder, x[clip].double().numpy())
        np.testing.assert_allclose(found.mean[clip], mean, atol=1e-6)
        np.testing.assert_allclose(found.logvar[clip], logvar, atol=1e-6)


@torch.no_grad()
def test_a_z_sees_the_frames_at_its_offsets_and_not_v() -> None:
    encoder, x, v = encoder_of(), torch.randn(1, TIME, MEL), torch.randn(1, 2)
    before = encoder(x, v)
    for t in range(TIME):
        changed = x.clone()
        changed[:, t] += 1
        after = encoder(changed, v)
        for part in ("mean", "logvar"):
            moved = (getattr(after, part) != getattr(before, part)).any(dim=-1)[0]
            assert moved.tolist() == [t - frame in OFFSETS for frame in range(TIME)]
    assert torch.equal(encoder(x, v + 1).mean, before.mean)


@pytest.mark.parametrize("offsets", [(-1, 1), (0, -1), (0, 0, 1), (3,)])
def test_offsets_that_do_not_rise_or_leave_0_out_are_refused(offsets: tuple[int, ...]) -> None:
    expected = f"encoder_offsets is {offsets}: rising numbers without a repetition are needed, 0"
    with pytest.raises(DsoundsError, match=re.escape(expected)):
        ModelConfig(encoder_offsets=offsets)
    with pytest.raises(DsoundsError, match=r"encoder_offsets is .*: 1 or more are needed"):
        ModelConfig(encoder_offsets=())
