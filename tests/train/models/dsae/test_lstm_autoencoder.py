"""LSTM-f and LSTM-c: the dynamics by hand, the bound written out, drawing, prediction."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from dsounds.errors import DsoundsError
from dsounds.train.fitting.totals import Totals
from dsounds.train.models.dsae.dsae_settings import Eq2Config
from dsounds.train.models.dsae.lstm_autoencoder import LstmAutoencoder
from dsounds.train.models.dsae.lstm_dynamics import DynamicsEncoder, ForwardDynamics
from dsounds.train.models.dsae.lstm_settings import LstmConfig
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.registry import FAMILIES

MEL, FRAMES, BATCH = 5, 9, 4
SIZES = LstmConfig(v_dim=2, z_dim=3, encoder_hidden=(6, 6), decoder_hidden=(8,), dynamics_hidden=7)
NAMES = ("lstm-f", "lstm-c")


def build(name: str) -> LstmAutoencoder:
    model = FAMILIES.load(name).new_model(SIZES, DataShape(MEL, FRAMES), seed=1)
    assert isinstance(model, LstmAutoencoder)
    return model


def clips(frames: int = FRAMES) -> torch.Tensor:
    return torch.randn(BATCH, frames, MEL, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", NAMES)
def test_the_dynamics_are_those_of_the_paper(name: str, by_hand) -> None:
    dynamics = build(name).decoder.dynamics
    z = torch.randn(2, 1, 3)
    found = dynamics(z, FRAMES)
    for clip in range(2):
        if name == "lstm-f":
            assert isinstance(dynamics, ForwardDynamics)
            inputs = np.zeros((FRAMES, 1))  # h_t = LSTM(h_t-1) has none
            h_0 = dynamics.start(z[clip, 0]).detach().double().numpy()
        else:
            inputs, h_0 = np.tile(z[clip], (FRAMES, 1)), None
        expected = torch.from_numpy(by_hand(dynamics.lstm, inputs, h_0)[0]).float()
        torch.testing.assert_close(found[clip], expected)


def test_z_is_inferred_from_the_last_states_of_both_directions(by_hand) -> None:
    torch.manual_seed(0)
    encoder = DynamicsEncoder(MEL, SIZES)
    x = clips()
    found = encoder(x, torch.zeros(BATCH, 2))
    assert found.mean.shape == found.logvar.shape == (BATCH, 1, 3)
    for clip in range(BATCH):
        forward, backward = by_hand(encoder.lstm, x[clip].numpy())
        hidden = torch.from_numpy((forward[-1] + backward[0]) / 2).float()
        torch.testing.assert_close(found.mean[clip, 0], encoder.gaussian.mean(hidden))


@pytest.mark.parametrize("name", NAMES)
def test_the_objective_is_the_bound_over_t(name: str) -> None:
    model, x, config = build(name), clips(), Eq2Config(kl_z_weight=3.0, kl_v_weight=0.5)
    row = FAMILIES.load(name)
    with torch.no_grad():
        random = torch.Generator().manual_seed(2)
        terms = row.compute(model, Batch(x, torch.arange(BATCH)), config, row.stages[0], random)
        random.manual_seed(2)
        q_v = model.global_encoder(x)
        v = q_v.sample(random)
        q_z = model.local_encoder(x, v)
        z = q_z.sample(random)
        expected = 0.0
        for i in range(BATCH):
            h = model.decoder.dynamics(z[i : i + 1], FRAMES)[0]
            for t in range(FRAMES):
                mean = model.decoder.frames(h[None, t : t + 1], v[i : i + 1])[0, 0]
                expected += 4.0 * 0.5 * float((mean - x[i, t]).square().sum()) / FRAMES
            for q, weight in ((q_z, 3.0 / FRAMES), (q_v, 0.5 / FRAMES)):
                own = Normal(q.mean[i], torch.exp(0.5 * q.logvar[i]))
                expected += weight * float(kl_divergence(own, Normal(0.0, 1.0)).sum())
    assert float(Totals(row.terms, config).loss(terms)) == pytest.approx(expected / BATCH, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_any_number_of_frames(name: str) -> None:
    model, x = build(name), clips()
    codes = model.encode(x)
    assert codes.z_mean is not None
    assert codes.v_mean is not None
    assert codes.z_mean.shape == (BATCH, 1, 3)
    assert model.decode(codes.z_mean, codes.v_mean).shape == x.shape
    long, short = (model.decode(codes.z_mean, codes.v_mean, n) for n in (20, 6))
    assert torch.allclose(long[:, :6], short, atol=1e-6)
    for frames in (1, 4, 30):
        first, again, other = (
            model.sample(3, frames, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
        )
        assert first.shape == (3, frames, MEL)
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
    assert model.sample_z(5, 30).shape == (5, 1, 3)
    assert not hasattr(model, "continue_z")  # z is the whole of the dynamics


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_is_the_rest_of_the_same_dynamics(name: str) -> None:
    model, seen = build(name), clips(4)
    codes = model.encode(seen)
    assert codes.z_mean is not None
    assert codes.v_mean is not None
    whole = model.decode(codes.z_mean, codes.v_mean, 4 + 3)
    predicted = model.predict(seen, 3)
    assert torch.allclose(predicted, whole[:, 4:])
    assert model.predict(seen, 0).shape == (BATCH, 0, MEL)


def test_frames_must_be_known() -> None:
    with pytest.raises(DsoundsError, match="the number of frames of a clip is needed"):
        FAMILIES.load("lstm-f").new_model(SIZES, DataShape(MEL))
