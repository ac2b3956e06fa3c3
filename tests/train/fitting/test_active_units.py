"""Active units, and the words when a code falls silent."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dsounds.train.fitting.active_units import ActiveUnits
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.posterior.v_active_units import compute

Run = Callable[..., Path]


def spread(clips: int, deviations: list[float], seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 5 + torch.randn(clips, len(deviations), generator=generator) * torch.tensor(deviations)


def test_units_that_vary_are_counted_over_all_batches() -> None:
    v, z = spread(200, [1.0, 0.2, 0.05, 0.0]), spread(600, [0.3, 0.01]).reshape(200, 3, 2)
    active = ActiveUnits()
    for rows in torch.arange(200).tensor_split(7):
        active.add(Codes(v_mean=v[rows], z_mean=z[rows]))
    assert active.result() == {"v_active_units": 2, "z_active_units": 1}
    assert (v.var(dim=0) > 0.01).sum() == 2


def test_a_code_that_a_model_lacks_is_left_out() -> None:
    active = ActiveUnits()
    active.add(Codes(v_mean=spread(9, [1.0])))
    assert active.result() == {"v_active_units": 1}
    assert ActiveUnits().result() == {}


def test_the_column_is_the_score(small_run: Run, tmp_path: Path, x) -> None:
    """The last epoch's count is what the score says of the last checkpoint's model."""
    out = small_run(tmp_path / "run", "dsae", learning_rate=0.03)
    (out / "best.ckpt").unlink()
    clips = Clips(x[20:], {})
    data = EvaluationData.of_arrays(clips, clips, load_run(out).model)
    assert float(read_metrics(out / "metrics.csv")[-1]["v_active_units"]) == compute(data)


def test_counting_changes_no_weight(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = torch.load(small_run(tmp_path / "one") / "last.ckpt", weights_only=True)["state_dict"]
    step = TrainingModule.validation_step

    def without(self: TrainingModule, number: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ActiveUnits, "add", lambda *_: None)
            patch.setattr(SequenceAutoencoder, "encode", lambda *_: None)
            step(self, number)

    monkeypatch.setattr(TrainingModule, "validation_step", without)
    other = torch.load(small_run(tmp_path / "other") / "last.ckpt", weights_only=True)["state_dict"]
    assert all(torch.equal(one[key], other[key]) for key in one)
