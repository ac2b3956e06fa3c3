"""Full q, in the paper's form and in that of its code, against NumPy, and trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.run import train
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.dsae.objectives import infer
from dsounds.train.models.family import DataShape
from dsounds.train.models.local_encoders.full import FullLocalEncoder
from dsounds.train.models.local_encoders.full_late import FullLateLocalEncoder
from dsounds.train.models.registry import FAMILIES
from dsounds.train.settings.presets import configure

MEL, TIME = 5, 7
SIZES = ModelConfig(encoder_hidden=(6, 6), z_dim=3, v_dim=2)
FORMS = {"full": FullLocalEncoder, "full-late": FullLateLocalEncoder}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_a_bi_lstm_whose_directions_are_averaged_with_v_before_or_after(
    form: str, by_hand
) -> None:
    torch.manual_seed(0)
    encoder = FORMS[form](MEL, SIZES)
    x, v = torch.randn(2, TIME, MEL), torch.randn(2, 2)
    found = encoder(x, v)
    for clip in range(2):
        along_time = np.tile(v[clip], (TIME, 1))
        inputs = [x[clip].numpy(), along_time] if form == "full" else [x[clip].numpy()]
        hidden = sum(by_hand(encoder.lstm, np.concatenate(inputs, axis=1))) / 2
        if form == "full-late":
            hidden = np.concatenate([hidden, along_time], axis=1)
        hidden = torch.from_numpy(hidden).float()
        torch.testing.assert_close(found.mean[clip], encoder.gaussian.mean(hidden))
        torch.testing.assert_close(found.logvar[clip], encoder.gaussian.logvar(hidden))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("family", ["dsae", "ts-dsae"])
def test_it_is_trained_and_frozen_in_stage_1(family: str, form: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((12, TIME, MEL)).astype(np.float32)
    config = configure(
        family,
        local_encoder=form,
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
    assert isinstance(run.model.local_encoder, FORMS[form])
    codes = run.model.encode(torch.from_numpy(x))
    assert codes.z_mean.shape == (12, TIME, 3)
    assert torch.isfinite(codes.z_mean).all()


@pytest.mark.parametrize("form", FORMS)
def test_a_frozen_full_q_gives_v_no_gradient_by_way_of_z(form: str) -> None:
    model = FAMILIES.load("ts-dsae").new_model(
        ModelConfig(encoder_hidden=(6, 6), local_encoder=form), DataShape(MEL)
    )
    inferred = infer(model, torch.randn(2, TIME, MEL), None, constrained=True)
    assert not inferred.q_z.mean.requires_grad
    assert inferred.v.requires_grad


@pytest.mark.parametrize("form", FORMS)
def test_layers_of_unequal_width_are_refused(form: str) -> None:
    with pytest.raises(DsoundsError, match=rf"encoder_hidden is \(6, 8\): .* {form} needs layers"):
        FORMS[form](MEL, ModelConfig(encoder_hidden=(6, 8)))
