"""The local encoder of two convolutions: its layers, and what a z sees."""

import pytest
import torch
from torch.nn.functional import gelu

from dsounds.errors import DsoundsError
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.local_encoders.convolutional import ConvolutionalLocalEncoder

MEL = 5


@pytest.mark.parametrize("context", [1, 3, 9])
def test_a_z_sees_as_many_frames_as_two_contexts_span_and_not_v(context: int) -> None:
    torch.manual_seed(0)
    encoder = ConvolutionalLocalEncoder(MEL, ModelConfig(z_dim=3, context=context))
    x, v = torch.randn(1, 41, MEL, requires_grad=True), torch.randn(1, 16, requires_grad=True)
    found = encoder(x, v)
    assert found.mean.shape == found.logvar.shape == (1, 41, 3)
    for part in (found.mean, found.logvar):
        (gradient,) = torch.autograd.grad(part[0, 20].sum(), x, retain_graph=True)
        seen = gradient.abs().sum(dim=(0, 2)).nonzero().flatten().tolist()
        assert seen == list(range(20 - (context - 1), 20 + context))
    (gradient,) = torch.autograd.grad(found.mean.sum(), v, allow_unused=True)
    assert gradient is None


@torch.no_grad()
def test_it_is_two_convolutions_and_gau() -> None:
    torch.manual_seed(0)
    sizes = ModelConfig(z_dim=3, activation="gelu", encoder_hidden=(8, 7), context=3)
    encoder = ConvolutionalLocalEncoder(MEL, sizes)
    x, layers = torch.randn(2, 9, MEL), encoder.frames
    assert layers.first.kernel_size == layers.second.kernel_size == (3,)
    hidden = gelu(layers.second(gelu(layers.first(x.mT)))).mT
    found = encoder(x, torch.zeros(2, 16))
    torch.testing.assert_close(found.mean, encoder.gaussian.mean(hidden))
    torch.testing.assert_close(found.logvar, encoder.gaussian.logvar(hidden))


def test_another_number_of_layers_is_refused() -> None:
    with pytest.raises(DsoundsError, match=r"encoder_hidden is \(8,\): the local encoder convol"):
        ConvolutionalLocalEncoder(MEL, ModelConfig(encoder_hidden=(8,)))
