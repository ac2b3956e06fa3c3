"""Two convolutions against loops in NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from dsounds.errors import DsoundsError
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.networks.convolutions import Convolutions

TIME, INPUTS, WIDTHS = 9, 3, (6, 4)


def convolved(layer: nn.Conv1d, frames: np.ndarray, context: int) -> np.ndarray:
    """Return a layer of frames, (time, inputs), each from those around it; zeros at the ends."""
    weight, bias = (one.detach().double().numpy() for one in (layer.weight, layer.bias))
    out = np.tile(bias, (len(frames), 1))
    for t in range(len(frames)):
        for i in range(context):
            at = t + i - context // 2
            if 0 <= at < len(frames):
                out[t] += weight[:, :, i] @ frames[at]
    return out


@torch.no_grad()
@pytest.mark.parametrize("context", [1, 3, 5, 21])
def test_a_frame_is_made_of_the_frames_around_it_twice(context: int) -> None:
    torch.manual_seed(0)
    layers = Convolutions(INPUTS, WIDTHS, context, "tanh", "widths", "the part")
    x, added = torch.randn(2, TIME, INPUTS), torch.randn(2, WIDTHS[0])
    for given in (None, added):
        found = layers(x, given).numpy()
        for clip in range(2):
            hidden = convolved(layers.first, x[clip].double().numpy(), context)
            if given is not None:
                hidden = hidden + given[clip].numpy()  # at the ends, too
            expected = np.tanh(convolved(layers.second, np.tanh(hidden), context))
            np.testing.assert_allclose(found[clip], expected, atol=1e-5)


@pytest.mark.parametrize("widths", [(6,), (6, 6, 6)])
def test_other_than_two_widths_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(DsoundsError) as error:
        Convolutions(INPUTS, widths, 3, "tanh", "decoder_hidden", "the decoder x")
    expected = f"decoder_hidden is {widths}: the decoder x has two convolutions, so two widths are"
    assert expected in str(error.value)


def test_an_even_context_is_refused() -> None:
    with pytest.raises(DsoundsError, match="context is 8: an odd number of frames is needed"):
        ModelConfig(context=8)
