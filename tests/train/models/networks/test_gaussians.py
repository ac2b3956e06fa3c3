"""Shortcuts of the networks give what the plain forms give."""

import pytest
import torch
from torch import nn

from dsounds.train.models.networks.gaussians import GaussianLayer, Tanh, fcn

FAR = torch.tensor([-1e4, -30.0, 30.0, 1e4])


def test_tanh_is_tanh_with_its_gradient() -> None:
    x = torch.cat([torch.linspace(-12, 12, 4001), torch.zeros(1), FAR])
    own, plain = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(Tanh()(own), torch.tanh(plain), rtol=0, atol=2e-7)
    Tanh()(own).square().sum().backward()
    torch.tanh(plain).square().sum().backward()
    torch.testing.assert_close(own.grad, plain.grad, rtol=0, atol=1e-6)
    assert torch.equal(own.detach(), x), "its argument is left as it is"


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_keep_their_own_tanh(dtype: torch.dtype) -> None:
    x = torch.linspace(-3, 3, 101, dtype=dtype)
    assert torch.equal(Tanh()(x), torch.tanh(x))


def test_a_gaussian_layer_is_two_linear_layers() -> None:
    layer, hidden = GaussianLayer(6, 4), torch.randn(3, 5, 6)
    made = layer(hidden)
    torch.testing.assert_close(made.mean, layer.mean(hidden))
    torch.testing.assert_close(made.logvar, layer.logvar(hidden))
    assert all(isinstance(one, nn.Linear) for one in (layer.mean, layer.logvar))


def test_each_layer_of_fcn_is_followed_by_its_activation() -> None:
    x = torch.randn(3, 6)
    for name, act in (("tanh", torch.tanh), ("gelu", nn.functional.gelu)):
        layers = fcn(6, (5, 4), name)
        expected = act(layers[2](act(layers[0](x))))
        torch.testing.assert_close(layers(x), expected)
