"""The decoder of two convolutions: its layers, and what a frame sees."""

import pytest
import torch
from torch.nn.functional import gelu

from dsounds.errors import DsoundsError
from dsounds.train.models.decoders.convolutional import ConvolutionalDecoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig

MEL = 5


@pytest.mark.parametrize("context", [1, 3, 9])
def test_a_frame_sees_the_z_of_as_many_frames_as_two_contexts_span_and_v(context: int) -> None:
    torch.manual_seed(0)
    decoder = ConvolutionalDecoder(MEL, ModelConfig(z_dim=3, v_dim=2, context=context))
    z, v = torch.randn(1, 41, 3, requires_grad=True), torch.randn(1, 2)
    found = decoder(z, v)
    assert found.shape == (1, 41, MEL)
    (gradient,) = torch.autograd.grad(found[0, 20].sum(), z)
    seen = gradient.abs().sum(dim=(0, 2)).nonzero().flatten().tolist()
    assert seen == list(range(20 - (context - 1), 20 + context))
    assert (decoder(z, v + 1) != found).any(dim=-1).all()


@torch.no_grad()
def test_v_joins_the_first_of_two_convolutions_in_each_frame() -> None:
    """As if it stood beside z in each frame, the first and the last of them included."""
    torch.manual_seed(0)
    sizes = ModelConfig(z_dim=3, v_dim=2, activation="gelu", decoder_hidden=(8, 7), context=3)
    decoder = ConvolutionalDecoder(MEL, sizes)
    z, v, layers = torch.randn(2, 9, 3), torch.randn(2, 2), decoder.frames
    of_v = v @ decoder.of_v.weight.T
    hidden = gelu(layers.second(gelu(layers.first(z.mT) + of_v[:, :, None]))).mT
    expected = hidden @ decoder.mean.weight.T + decoder.mean.bias
    torch.testing.assert_close(decoder(z, v), expected)


def test_another_number_of_layers_is_refused() -> None:
    with pytest.raises(DsoundsError, match=r"decoder_hidden is \(8, 8, 8\): the decoder convolut"):
        ConvolutionalDecoder(MEL, ModelConfig(decoder_hidden=(8, 8, 8)))
