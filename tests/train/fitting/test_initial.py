"""A run starts from the parts of another one's best weights that both models have."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.training_module import TrainingModule

Run = Callable[..., Path]


def weights(out: Path, name: str = "last.ckpt") -> dict[str, torch.Tensor]:
    return torch.load(out / name, weights_only=True)["state_dict"]


@pytest.fixture
def source(small_run: Run, tmp_path: Path) -> Path:
    """A finished DSAE."""
    return small_run(tmp_path / "source", "dsae")


def started(small_run: Run, out: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> dict:
    """Return the weights with which the first epoch starts, after its stage has begun."""
    seen: dict[str, torch.Tensor] = {}
    begin = TrainingModule.on_train_epoch_start

    def start(self: TrainingModule) -> None:
        begin(self)
        if not seen:
            seen.update({k: v.clone() for k, v in self.model.state_dict().items()})

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "on_train_epoch_start", start)
        small_run(out, **changes)
    return seen


def test_a_last_stage_starts_from_anothers_weights(
    source: Path,
    small_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """All parts are taken, the snapshot is made of what was taken, and stage 1 is left out."""
    out, best = tmp_path / "run", load_run(source).model.state_dict()
    capfd.readouterr()
    first = started(small_run, out, monkeypatch, initial=str(source), stage1_epochs=0)
    said = capfd.readouterr().err
    assert f"starts from {source}/best.ckpt (epoch " in said
    assert "): scale, global_encoder, local_encoder, transition, decoder\n" in said
    for key, value in best.items():
        assert torch.equal(first[key], value), key
        inside = key.removeprefix("global_encoder.")
        if inside != key:
            assert torch.equal(first[f"v_prior.encoder.{inside}"], value)
    assert first["v_prior.taken"]
    with (out / "metrics.csv").open() as file:
        assert [line.split(",")[1] for line in file][1:] == ["2"] * 4


def test_without_initial_it_starts_from_its_seed(
    source: Path, small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = started(small_run, tmp_path / "run", monkeypatch, stage1_epochs=0)
    best = load_run(source).model.state_dict()
    assert not torch.equal(first["decoder.mean.weight"], best["decoder.mean.weight"])


def test_a_snapshot_is_not_taken_from_the_other_run(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stage 1 has N(0, 1) for its prior, whatever the other run ended with."""
    source = small_run(tmp_path / "source")
    assert weights(source)["model.v_prior.taken"]
    first = started(small_run, tmp_path / "run", monkeypatch, initial=str(source))
    assert not first["v_prior.taken"]


def test_a_resumed_run_does_not_need_the_folder(
    source: Path, small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = small_run(tmp_path / "whole", initial=str(source))
    step = TrainingModule.training_step

    def killed(self: TrainingModule, number: int) -> torch.Tensor:
        if self.current_epoch == 1:
            raise KeyboardInterrupt
        return step(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", killed)
        with pytest.raises(KeyboardInterrupt):
            small_run(tmp_path / "run", initial=str(source))
    shutil.rmtree(source)
    monkeypatch.chdir(tmp_path)
    out = small_run(tmp_path / "run", initial="source")  # the same path, seen from here
    one, other = weights(out), weights(whole)
    assert all(torch.equal(one[key], other[key]) for key in other)
    assert load_run(out).config.training.initial == str(source)
    with pytest.raises(DsoundsError, match=r"another config \(training.initial"):
        small_run(out)


def test_a_checkpoint_may_be_named(
    source: Path, small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = source / "last.ckpt"
    first = started(small_run, tmp_path / "run", monkeypatch, initial=str(last))
    assert torch.equal(first["decoder.mean.weight"], weights(source)["model.decoder.mean.weight"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"initial": "nowhere"}, "initial is .*nowhere: there is no run folder or checkpoint"),
        (
            {"z_dim": 5},
            r"local_encoder of .* has other sizes: .* is \(16, 4\) there, \(5, 4\) here",
        ),
        (
            {"encoder_hidden": (4, 4)},
            r"other sizes: global_encoder\.frames\.2\.weight is abs",
        ),
        (
            {"activation": "gelu", "local_input": "normalised"},
            r"other settings .*\(local_input: 'plain' there, 'normalised' now; activation: 'tanh' ",
        ),
        ({"local_input": "centred"}, r"\(local_input: 'plain' there, 'centred' now\)"),
        ({"encoder_offsets": (-2, 0)}, r"\(encoder_offsets: .* there, \(-2, 0\) now\)"),
        ({"decoder_offsets": (-1, 0)}, r"\(decoder_offsets: .* there, \(-1, 0\) now\)"),
        ({"family": "toy_alien:FAMILY"}, "has no part of this model .*is it the run of another"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    changes: dict[str, object],
    message: str,
    source: Path,
    small_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy_alien.py").write_text(
        "from dataclasses import replace\n"
        "from torch import nn\n"
        "from dsounds.train.models.families.dsae import FAMILY as DSAE\n"
        "FAMILY = replace(\n"
        "    DSAE, build=lambda *_: nn.ModuleDict({'alien': nn.Linear(2, 2)}), prepare=None\n"
        ")\n"
    )
    with pytest.raises(DsoundsError, match=message) as error:
        small_run(tmp_path / "run", **{"initial": str(source)} | changes)
    assert "\n" not in str(error.value)


def test_other_features_are_refused(source: Path, small_run: Run, tmp_path: Path) -> None:
    with pytest.raises(DsoundsError, match=r"was trained on other log-mel \(floor: "):
        small_run(tmp_path / "run", initial=str(source), features={"floor": 1e-3})
