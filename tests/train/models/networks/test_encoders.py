"""The global encoder against loops in NumPy, and where models use it."""

from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch
from torch import nn

from dsounds.errors import DsoundsError
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.family import DataShape
from dsounds.train.models.networks.encoders import POOLINGS, GlobalEncoder
from dsounds.train.models.networks.priors import SnapshotPrior, component_rows
from dsounds.train.models.registry import FAMILIES

MEL, TIME = 5, 7


def clips() -> torch.Tensor:
    return torch.randn(3, TIME, MEL, generator=torch.Generator().manual_seed(0))


def model_for(family: str, **settings: Any) -> SequenceAutoencoder:
    sizes = ModelConfig(v_dim=2, z_dim=3, encoder_hidden=(6, 6), **settings)
    model = FAMILIES.load(family).new_model(sizes, DataShape(MEL, TIME), seed=1)
    assert isinstance(model, SequenceAutoencoder)
    return model


def test_the_setting_allows_what_the_table_has() -> None:
    assert get_args(get_type_hints(ModelConfig)["pooling"]) == tuple(POOLINGS)


@torch.no_grad()
@pytest.mark.parametrize("pooling", POOLINGS)
def test_v_is_made_of_the_features_summed_up_over_time(pooling: str) -> None:
    torch.manual_seed(0)
    encoder, x = GlobalEncoder(MEL, (8, 6), 2, pooling=pooling), clips()
    found = encoder(x)
    for clip in range(3):
        features = encoder.frames(x[clip]).double().numpy()
        parts = [sum(features) / TIME]
        if pooling == "mean-deviation":
            variance = sum((frame - parts[0]) ** 2 for frame in features) / TIME
            parts.append(np.sqrt(variance + 1e-4))
        hidden = torch.from_numpy(np.concatenate(parts)).float()
        torch.testing.assert_close(found.mean[clip], encoder.gaussian.mean(hidden))
        torch.testing.assert_close(found.logvar[clip], encoder.gaussian.logvar(hidden))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_order_of_frames_does_not_matter_and_still_clips_have_gradients(pooling: str) -> None:
    encoder, x = GlobalEncoder(MEL, (8,), 2, pooling=pooling), clips()
    torch.testing.assert_close(encoder(x.flip(1)).mean, encoder(x).mean)
    still = x[:, :1].expand(-1, TIME, -1).clone().requires_grad_()
    encoder(still).mean.sum().backward()
    assert still.grad is not None
    assert torch.isfinite(still.grad).all()


def test_it_may_have_widths_of_its_own() -> None:
    def widths(part: nn.Module) -> list[int]:
        return [m.out_features for m in part.frames if isinstance(m, nn.Linear)]

    for given, expected in (((), [6, 6]), ((9, 8, 7), [9, 8, 7])):
        model = model_for("dsae", global_hidden=given)
        assert widths(model.global_encoder) == expected
        assert widths(model.local_encoder) == [6, 6]
    with pytest.raises(DsoundsError, match=r"global_hidden\[1\] is 0: 1 or more is needed"):
        ModelConfig(global_hidden=(8, 0))


def test_a_snapshot_is_of_the_same_encoder() -> None:
    model, x = model_for("ts-dsae", pooling="mean-deviation", global_hidden=(9,)), clips()
    assert isinstance(model.v_prior, SnapshotPrior)
    model.v_prior.take(model.global_encoder, model.scale(x[component_rows(len(x))]))
    torch.testing.assert_close(model.prior_v(x).mean, model.encode(x).v_mean)
    assert model.sample(2, 4).shape == (2, 4, MEL)
    again = model_for("ts-dsae", pooling="mean-deviation", global_hidden=(9,))
    again.load_state_dict(model.state_dict())
    torch.testing.assert_close(again.prior_v(x).mean, model.encode(x).v_mean)
