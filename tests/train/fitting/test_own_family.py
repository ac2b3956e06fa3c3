"""A family of one's own: supervised, without local codes, trained by the same loop."""

import sys
import textwrap
from pathlib import Path

import pytest
import torch

from dsounds import cli
from dsounds.datasets import Corpus, open_corpus
from dsounds.errors import DsoundsError
from dsounds.train.fitting import run as runs
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.settings.presets import configure

TOY = '''
    """The mean spectrum, from which a linear layer tells the instrument."""

    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy

    from dsounds.settings import settings
    from dsounds.train.models.family import Family, Preset, Stage, Term
    from dsounds.train.models.interface import Codes

    @settings
    class Sizes:
        width: int = 6
        """size of v"""

    @settings
    class Weights:
        label_weight: float = 2.0
        """weight of the cross entropy"""

    class Model(nn.Module):
        def __init__(self, sizes, shape):
            super().__init__()
            self.read = nn.Linear(shape.mel, sizes.width)
            self.write = nn.Linear(sizes.width, shape.mel)
            self.tell = nn.Linear(sizes.width, 2)
            self.register_buffer("begun", torch.zeros(()))

        def encode(self, x):
            v = self.read(x.mean(dim=1))
            return Codes(v, torch.zeros_like(v))

        def decode(self, z, v):
            return self.write(v).unsqueeze(1)

    def terms(model, batch, weights, stage, generator):
        v = model.encode(batch.x).v_mean
        v = v + 0.01 * torch.randn(v.shape, generator=generator)
        found = {"reconstruction": (model.decode(None, v) - batch.x).square().mean()}
        if not stage.frozen:
            found["label"] = cross_entropy(model.tell(v), batch.labels["instrument"])
        return found

    def begin(model, clips):
        model.begun += 1

    FAMILY = Family(
        Sizes,
        Weights,
        Model,
        terms,
        (
            Term("reconstruction", "error", watched=False),
            Term("label", "cross entropy", weight="label_weight"),
        ),
        stages=(Stage(frozen=("tell",)), Stage(begin=begin)),
        needs=("labels", "symbols"),
        criterion="label",
        presets={"quick": Preset("seconds", {"epochs": 4, "stage1_epochs": 2, "threads": 1})},
    )
'''


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The family's name; its module lies in the current folder."""
    (tmp_path / "toy_family.py").write_text(textwrap.dedent(TOY))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "toy_family", None)  # so that it is removed afterwards
    monkeypatch.delitem(sys.modules, "toy_family")
    return "toy_family:FAMILY"


def command(toy: str, corpus: Path, out: str) -> list[str]:
    return ["train", toy, "--corpus", str(corpus), "--out", out, "--width", "5"]


def test_it_is_trained_interrupted_resumed_and_loaded(
    toy: str, small_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(command(toy, small_folder, "whole")) == 0
    assert "label " in capfd.readouterr().err
    step = TrainingModule.training_step
    for epoch in (1, 3):
        with monkeypatch.context() as patch:
            patch.setattr(
                TrainingModule,
                "training_step",
                lambda own, n, epoch=epoch: step(own, n) if own.current_epoch < epoch else 1 / 0,
            )
            with pytest.raises(ZeroDivisionError):
                cli.main(command(toy, small_folder, "stopped"))
    assert cli.main(command(toy, small_folder, "stopped")) == 0
    whole, stopped = (
        torch.load(f"{name}/last.ckpt", weights_only=True)["state_dict"]
        for name in ("whole", "stopped")
    )
    assert whole.keys() == stopped.keys()
    assert all(torch.equal(whole[key], stopped[key]) for key in whole)
    assert whole["model.begun"] == 1
    run = load_run("stopped")
    assert (run.config.family, run.config.model.width, run.finished) == (toy, 5, True)
    assert [term.name for term in run.family.terms] == ["reconstruction", "label"]
    codes = run.model.encode(torch.zeros(2, 9, 80))
    assert codes.v_mean.shape == (2, 5)
    assert codes.z_mean is None
    rows = read_metrics(Path("stopped/metrics.csv"))
    assert [row["validation_label"] == "" for row in rows] == [True, True, False, False]
    assert float(rows[-1]["validation_elbo"]) == pytest.approx(
        -2 * float(rows[-1]["validation_label"]), rel=1e-4
    )


def test_a_stage_of_no_epochs_is_skipped_but_begins(toy: str, small_folder: Path) -> None:
    """Its own setting gives its epochs."""
    path = Path("toy_family.py")
    text = path.read_text().replace(
        "stages=(", 'stages=(Stage(frozen=("read",), begin=begin, lasts="first_epochs"), '
    )
    path.write_text(
        text.replace("label_weight: float", "first_epochs: int = 0\n    label_weight: float")
    )
    assert cli.main(command(toy, small_folder, "run")) == 0
    rows = read_metrics(Path("run/metrics.csv"))
    assert [row["stage"] for row in rows] == ["2", "2", "3", "3"]
    assert load_run("run").model.begun == 2
    assert cli.main([*command(toy, small_folder, "longer"), "--first-epochs", "1"]) == 0
    rows = read_metrics(Path("longer/metrics.csv"))
    assert [row["stage"] for row in rows] == ["1", "2", "2", "3"]


def test_labels_and_symbols_are_those_of_the_clips(
    toy: str, small_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, seen, real = open_corpus(small_folder), [], TrainingModule._terms

    def terms(self: TrainingModule, batch, generator: torch.Generator) -> dict:
        seen.append(batch)
        return real(self, batch, generator)

    monkeypatch.setattr(TrainingModule, "_terms", terms)
    cli.main(command(toy, small_folder, "run"))
    assert "tonic" not in seen[0].labels  # it does not vary
    for batch in seen:
        assert batch.symbols.tolist() == corpus.concepts[batch.clips.numpy()].tolist()
        for name, classes in batch.labels.items():
            expected = corpus.classes[batch.clips.numpy(), corpus.space.column(name)]
            assert classes.tolist() == expected.tolist()
    parts = {part: set(corpus.split(part).tolist()) for part in ("train", "validation")}
    assert {int(clip) for batch in seen for clip in batch.clips} == parts["train"] | (
        parts["validation"]
    )


def test_a_family_that_needs_no_labels_loads_none(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(self: Corpus) -> None:
        raise AssertionError("the labels of all clips were read")

    monkeypatch.setattr(Corpus, "classes", property(loaded))
    monkeypatch.setattr(Corpus, "concepts", property(loaded))
    config = configure("dsae", str(small_folder), epochs=1, encoder_hidden=(4,), threads=1)
    assert runs.train_on_corpus(config, tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("was", "wrong", "message"),
    [
        ('frozen=("tell",)', 'frozen=("tel",)', "freezes 'tel', did you mean 'tell'?: read, write"),
        ("return found", "return {}", "the objective gives no terms: one number"),
        (
            ").square().mean()",
            ").square().mean((1, 2))",
            "gives {'reconstruction': (32,)}: one num",
        ),
        ("return found", "return {'err': v.mean()}", "the term 'err', which has no row"),
    ],
)
def test_what_is_wrong_with_a_family_is_told_in_one_line(
    was: str,
    wrong: str,
    message: str,
    toy: str,
    small_folder: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = Path("toy_family.py")
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, wrong))
    assert cli.main([*command(toy, small_folder, "run"), "--batch-size", "100"]) == 2
    assert message in capfd.readouterr().err


def test_a_family_without_the_labels_that_it_needs_is_refused(
    toy: str, small_folder: Path, tmp_path: Path
) -> None:
    x = torch.zeros(8, 3, 80).numpy()
    config = configure(toy)
    with pytest.raises(DsoundsError, match="toy_family:FAMILY needs labels, symbols of the clips"):
        runs.train(config, x, torch.arange(4).numpy(), torch.arange(4, 8).numpy(), "run")
