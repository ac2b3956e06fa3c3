"""A finished run goes on with more epochs or patience, and ends as one that had them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dsounds.datasets.storage import atomic_files
from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.family import Batch
from dsounds.train.settings.config_file import read_config

Run = Callable[..., Path]


def weights(out: Path, name: str) -> dict[str, torch.Tensor]:
    return torch.load(out / name, weights_only=True)["state_dict"]


def same(a: Path, b: Path) -> bool:
    """Whether two runs have equal weights, rows and progress."""
    pairs = [(weights(a, name), weights(b, name)) for name in ("last.ckpt", "best.ckpt")]
    loaded = [load_run(one) for one in (a, b)]
    return (
        all(one.keys() == two.keys() for one, two in pairs)
        and all(torch.equal(one[key], two[key]) for one, two in pairs for key in one)
        and rows(a) == rows(b)
        and loaded[0].epoch == loaded[1].epoch
        and loaded[0].finished == loaded[1].finished
        and read_config(a / "config.toml") == read_config(b / "config.toml")
    )


def rows(out: Path) -> list[dict[str, str]]:
    return [{**row, "seconds": ""} for row in read_metrics(out / "metrics.csv")]


@pytest.mark.parametrize("family", ["ts-dsae", "dsae"])
@pytest.mark.parametrize("save_every", [1, 3])
def test_longer_is_as_if_it_had_been_long(
    family: str,
    save_every: int,
    small_run: Run,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = small_run(tmp_path / "run", family, epochs=4, save_every=save_every)
    assert load_run(out).finished
    capfd.readouterr()
    small_run(out, family, epochs=7, save_every=save_every)
    assert "was finished after 4 epochs, and goes on to epoch 7" in capfd.readouterr().err
    assert same(out, small_run(tmp_path / "long", family, epochs=7, save_every=save_every))
    assert [row["epoch"] for row in rows(out)] == list("1234567")


def test_a_run_that_goes_on_is_not_finished_until_it_is(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = small_run(tmp_path / "run")

    def killed(self: TrainingModule, step: int) -> torch.Tensor:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", killed)
        with pytest.raises(KeyboardInterrupt):
            small_run(out, epochs=6)
    assert not load_run(out).finished
    assert len(rows(out)) == 4
    small_run(out, epochs=6)
    assert same(out, small_run(tmp_path / "long", epochs=6))


def test_fewer_epochs_than_were_made_are_refused(small_run: Run, tmp_path: Path) -> None:
    out = small_run(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(DsoundsError, match="has made 4 epochs already, and epochs is 3: give 4 or"):
        small_run(out, epochs=3)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_run_that_stopped_early_goes_on_only_with_more_patience(
    small_run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stuck = {"learning_rate": 1e-30}  # below a float's resolution
    out = small_run(tmp_path / "run", epochs=20, patience=2, **stuck)
    assert len(rows(out)) == 2 + 1 + 2
    last = (out / "last.ckpt").read_bytes()
    capfd.readouterr()
    small_run(out, epochs=30, patience=2, **stuck)
    said = capfd.readouterr().err
    assert "is finished already: 5 epochs of 30, as the criterion had not improved for 2" in said
    assert (out / "last.ckpt").read_bytes() == last
    small_run(out, epochs=30, patience=4, **stuck)
    assert len(rows(out)) == 2 + 1 + 4
    assert same(out, small_run(tmp_path / "patient", epochs=30, patience=4, **stuck))


def test_a_run_that_failed_before_its_first_checkpoint_takes_another_config(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = TrainingModule._terms

    def bad(self: TrainingModule, batch: Batch, generator: torch.Generator) -> dict:
        made = terms(self, batch, generator)
        return made | {"kl_v": made["kl_v"] * float("nan")}

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "_terms", bad)
        with pytest.raises(DsoundsError, match=r"learning_rate = 0\.9 is probably too high"):
            small_run(tmp_path / "run", learning_rate=0.9)
    out = small_run(tmp_path / "run", learning_rate=1e-3)
    assert load_run(out).config.training.learning_rate == 1e-3
    assert same(out, small_run(tmp_path / "other", learning_rate=1e-3))
    with pytest.raises(DsoundsError, match="another config"):
        small_run(out, learning_rate=1e-2)


def test_two_commands_do_not_write_into_one_folder(small_run: Run, tmp_path: Path) -> None:
    with (
        atomic_files.exclusive_lock(tmp_path / "run", wait=False),
        pytest.raises(DsoundsError, match="another dsounds is writing into"),
    ):
        small_run(tmp_path / "run")
    assert not (tmp_path / "run").exists()
