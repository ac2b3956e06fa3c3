"""Full q against an independent computation, and trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.run import train
from dsounds.train.models.dsae_settings import ModelConfig
from dsounds.train.models.family import DataShape
from dsounds.train.models.local_encoders.full import FullLocalEncoder
from dsounds.train.models.objectives import infer
from dsounds.train.models.registry import FAMILIES
from dsounds.train.settings.presets import configure

MEL, TIME = 5, 7
SIZES = ModelConfig(encoder_hidden=(6, 6), z_dim=3, v_dim=2)


def direction(encoder: FullLocalEncoder, inputs: np.ndarray, layer: int, end: str) -> np.ndarray:
    """Return the outputs (time, hidden) of one direction of a layer, gate by gate, in NumPy."""
    w, u, a, b = (
        getattr(encoder.lstm, f"{kind}_l{layer}{end}").detach().numpy()
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    h = c = np.zeros(u.shape[1], np.float32)
    outputs = []
    for x in inputs[::-1] if end else inputs:
        i, f, g, o = np.split(w @ x + a + u @ h + b, 4)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs[::-1] if end else outputs)


def test_it_is_a_bi_lstm_on_x_and_v_whose_directions_are_averaged() -> None:
    torch.manual_seed(0)
    encoder = FullLocalEncoder(MEL, SIZES)
    x, v = torch.randn(2, TIME, MEL), torch.randn(2, 2)
    found = encoder(x, v)
    for clip in range(2):
        inputs = np.concatenate([x[clip], np.tile(v[clip], (TIME, 1))], axis=1)
        first = [direction(encoder, inputs, 0, end) for end in ("", "_reverse")]
        inputs = np.concatenate(first, axis=1)
        forward, backward = (direction(encoder, inputs, 1, end) for end in ("", "_reverse"))
        hidden = torch.from_numpy((forward + backward) / 2).float()
        torch.testing.assert_close(found.mean[clip], encoder.gaussian.mean(hidden))
        torch.testing.assert_close(found.logvar[clip], encoder.gaussian.logvar(hidden))


@pytest.mark.parametrize("family", ["dsae", "ts-dsae"])
def test_it_is_trained_and_frozen_in_stage_1(family: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((12, TIME, MEL)).astype(np.float32)
    config = configure(
        family,
        local_encoder="full",
        encoder_hidden=(6, 6),
        z_dim=3,
        v_dim=2,
        epochs=3,
        stage1_epochs=2,
        batch_size=4,
        threads=1,
    )
    out = train(config, x, np.arange(8), np.arange(8, 12), tmp_path / "run")
    run = load_run(out)
    assert isinstance(run.model.local_encoder, FullLocalEncoder)
    codes = run.model.encode(torch.from_numpy(x))
    assert codes.z_mean.shape == (12, TIME, 3)
    assert torch.isfinite(codes.z_mean).all()


def test_a_frozen_full_q_gives_v_no_gradient_by_way_of_z() -> None:
    model = FAMILIES.load("ts-dsae").new_model(
        ModelConfig(encoder_hidden=(6, 6), local_encoder="full"), DataShape(MEL)
    )
    inferred = infer(model, torch.randn(2, TIME, MEL), None, constrained=True)
    assert not inferred.q_z.mean.requires_grad
    assert inferred.v.requires_grad


def test_layers_of_unequal_width_are_refused() -> None:
    with pytest.raises(DsoundsError, match=r"encoder_hidden is \(6, 8\): the local encoder full"):
        FullLocalEncoder(MEL, ModelConfig(encoder_hidden=(6, 8)))
