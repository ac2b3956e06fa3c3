"""What the local encoder reads, against loops in NumPy; what of a clip z cannot tell."""

from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.dsae.local_input import LOCAL_INPUTS, normalised
from dsounds.train.models.family import DataShape
from dsounds.train.models.registry import FAMILIES

MEL, TIME, CLIPS = 5, 9, 4
RELATIVES = [name for name, row in FAMILIES.rows() if row.model is ModelConfig]


def clips() -> torch.Tensor:
    """Raw log-mel, (CLIPS, TIME, MEL), of bands with means and deviations of their own."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((CLIPS, TIME, MEL)) * np.linspace(0.5, 3, MEL) + np.arange(MEL) - 6
    return torch.from_numpy(x.astype(np.float32))


def model_for(family: str = "ts-dsae", **settings: Any) -> SequenceAutoencoder:
    sizes = ModelConfig(z_dim=3, v_dim=2, encoder_hidden=(8,), decoder_hidden=(8,), **settings)
    model = FAMILIES.load(family).new_model(sizes, DataShape(MEL, TIME), seed=1)
    assert isinstance(model, SequenceAutoencoder)
    model.scale.fit(clips().numpy())
    return model


@torch.no_grad()
def z_of(x: torch.Tensor, **settings: Any) -> torch.Tensor:
    z = model_for(**settings).encode(x).z_mean
    assert z is not None
    return z


def by_hand(x: np.ndarray, name: str) -> np.ndarray:
    """Return what is read of raw x, (clips, TIME, MEL), band by band, in float64."""
    rows = clips().double().numpy().reshape(-1, MEL)
    read = np.zeros_like(x)
    for i, clip in enumerate(x):
        for band in range(MEL):
            values = (clip[:, band] - rows[:, band].mean()) / rows[:, band].std()
            mean = sum(values) / TIME
            deviation = (sum((value - mean) ** 2 for value in values) / TIME) ** 0.5
            if name == "centred":
                values = values - mean
            if name == "normalised":
                values = (values - mean) / (deviation + 0.05)
            read[i, :, band] = values
    return read


def test_the_setting_allows_what_the_table_has() -> None:
    hints = get_type_hints(ModelConfig)
    assert get_args(hints["local_input"]) == tuple(LOCAL_INPUTS)


@pytest.mark.parametrize("name", LOCAL_INPUTS)
def test_the_local_encoder_alone_reads_it(name: str) -> None:
    model, x = model_for(local_input=name), clips()
    read = torch.from_numpy(by_hand(x.double().numpy(), name)).float()
    with torch.no_grad():
        codes, v = model.encode(x), model.global_encoder(model.scale(x)).mean
        expected = model.local_encoder(read, v)
    torch.testing.assert_close(codes.z_mean, expected.mean, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(codes.z_logvar, expected.logvar, rtol=1e-4, atol=1e-5)
    assert torch.equal(codes.v_mean, v)


@pytest.mark.parametrize("family", RELATIVES)
def test_each_family_of_these_settings_has_it(family: str) -> None:
    assert model_for(family, local_input="centred").local_input == "centred"


def test_it_adds_no_weights() -> None:
    plain, other = (model_for(local_input=name).state_dict() for name in ("plain", "normalised"))
    assert plain.keys() == other.keys()
    assert all(torch.equal(plain[key], other[key]) for key in plain)


def test_an_added_spectrum_does_not_reach_z() -> None:
    x = clips()
    added = x + torch.tensor([3.0, -2.0, 0.0, 1.0, 5.0])
    assert float((z_of(added) - z_of(x)).abs().max()) > 0.1
    for name in ("centred", "normalised"):
        torch.testing.assert_close(z_of(added, local_input=name), z_of(x, local_input=name))


def test_a_stretch_reaches_centred_z_and_hardly_a_normalised_one() -> None:
    x = clips()
    moved = {
        name: float((z_of(2 * x, local_input=name) - z_of(x, local_input=name)).abs().max())
        for name in LOCAL_INPUTS
    }
    assert moved["normalised"] < 0.03
    assert min(moved["plain"], moved["centred"]) > 0.1


def test_each_clip_has_statistics_of_its_own() -> None:
    x = clips()
    together = z_of(x, local_input="normalised")
    for i in range(CLIPS):
        alone = z_of(x[i : i + 1], local_input="normalised")
        torch.testing.assert_close(alone[0], together[i])


def test_a_band_that_stands_still_is_0_and_has_a_finite_gradient() -> None:
    x = clips()
    x[:, :, 2] = -11.5
    x[:, :, 3] = -11.5 + 1e-3 * x[:, :, 3]
    x.requires_grad_()
    read = normalised(x)
    assert not read[:, :, 2].any()
    assert (read[:, :, 3].abs() < 0.2).all()
    (gradient,) = torch.autograd.grad(read.square().sum() + read[:, 0].sum(), x)
    assert torch.isfinite(gradient).all()


def test_what_is_not_allowed_is_refused() -> None:
    with pytest.raises(DsoundsError, match=r"local_input is 'centered', did you mean 'centred'\?"):
        ModelConfig(local_input="centered")  # type: ignore[arg-type]
