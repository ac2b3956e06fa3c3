"""What a run trains on: the same values from memory and from disk, with what belongs to a clip."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting import data
from dsounds.train.fitting.data import Known, Rows, data_of, place
from dsounds.train.fitting.metrics_csv import csv_text, read_metrics
from dsounds.train.fitting.run import train
from dsounds.train.fitting.totals import Totals
from dsounds.train.models.dsae.dsae_settings import ObjectiveConfig
from dsounds.train.models.dsae.relatives import TERMS
from dsounds.train.models.family import DataShape
from dsounds.train.settings.presets import configure

TRAIN, VALIDATION = np.arange(20)[::-1], np.arange(20, 30)
SMALL = {
    "epochs": 4,
    "stage1_epochs": 2,
    "batch_size": 6,
    "encoder_hidden": (4,),
    "decoder_hidden": (4,),
    "threads": 1,
}


def log_mel(clips: int = 30, frames: int = 8, mel: int = 5) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((clips, frames, mel)).astype(np.float32)


@pytest.fixture
def mapped(tmp_path: Path) -> np.ndarray:
    """Log-mel on disk, memory-mapped as that of a corpus is."""
    np.save(tmp_path / "x.npy", log_mel())
    return np.load(tmp_path / "x.npy", mmap_mode="r")


@pytest.mark.parametrize("family", ["bt-dsae", "dsae", "ts-dsae"])
def test_clips_that_do_not_fit_in_memory_give_the_same_weights(
    family: str, mapped: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configure(family, **SMALL)
    train(config, mapped, TRAIN, VALIDATION, tmp_path / "memory")
    monkeypatch.setattr(data, "memory_bytes", lambda: 4 * 30 * 8 * 5 * 4 - 1)
    monkeypatch.setattr(data, "_CHUNK_CLIPS", 7)
    assert isinstance(data_of(mapped, TRAIN, VALIDATION).train.rows["x"], Rows)
    train(config, mapped, TRAIN, VALIDATION, tmp_path / "disk")
    memory, disk = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("memory", "disk")
    )
    assert memory["dsounds"]["data"] == disk["dsounds"]["data"]
    for key, value in memory["state_dict"].items():
        assert torch.equal(value, disk["state_dict"][key]), key


def test_what_does_not_fit_in_memory_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "x.npy", log_mel(4000, 16, 16))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    monkeypatch.setattr(data, "memory_bytes", lambda: 0)
    tracemalloc.start()
    made = data_of(x, np.arange(3000), np.arange(3000, 4000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(made.train) == 3000
    assert peak < x.nbytes / 4


def test_clips_that_fit_are_held(mapped: np.ndarray) -> None:
    part = data_of(mapped, TRAIN, VALIDATION).train
    assert not part.rows
    assert torch.equal(part.get_buffer("rows_x"), torch.from_numpy(log_mel()[TRAIN]))


def test_a_batch_has_what_belongs_to_its_clips() -> None:
    labels = {"octave": np.arange(30) % 3, "scale": np.arange(30) % 2}
    symbols = np.eye(30, dtype=np.uint8)
    made = data_of(log_mel(), TRAIN, VALIDATION, Known(labels, symbols))
    batch = made.train.batch(torch.tensor([0, 5]))
    assert batch.clips.tolist() == [19, 14]
    assert {name: one.tolist() for name, one in batch.labels.items()} == {
        "octave": [1, 2],
        "scale": [1, 0],
    }
    assert batch.symbols is not None
    assert batch.symbols.argmax(dim=1).tolist() == [19, 14]
    other = labels | {"scale": np.zeros(30, int)}
    again = data_of(log_mel(), TRAIN, VALIDATION, Known(other, symbols))
    assert again.fingerprint != made.fingerprint
    assert made.shape == DataShape(5, 8, 30, {"octave": 3, "scale": 2})


def test_extras_lie_in_memory_or_are_made_when_they_are_asked_for() -> None:
    class Doubled:
        shape = (30, 8, 5)

        def __len__(self) -> int:
            return 30

        def __getitem__(self, clips: np.ndarray) -> np.ndarray:
            return 2 * log_mel()[clips]

    known = Known(extras={"held": 2 * log_mel(), "made": Doubled()})
    batch = data_of(log_mel(), TRAIN, VALIDATION, known).validation.batch(torch.tensor([4, 1]), 7)
    assert torch.equal(batch.extras["held"], 2 * batch.x)
    assert torch.equal(batch.extras["made"], 2 * batch.x)
    assert batch.epoch == 7


@pytest.mark.parametrize(("free", "stays"), [(10**9, False), (5000, True)])
def test_what_does_not_fit_on_the_gpu_stays_on_the_host(
    free: int, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The meta device stands for a GPU: what has moved there has a shape, but no values."""
    known = Known({"octave": np.arange(30) % 3}, extras={"held": 2 * log_mel()})
    made = data_of(log_mel(), TRAIN, VALIDATION, known)
    assert made.train.bytes == 20 * (8 * 5 * 4 * 2 + 8 + 8)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 10**9))
    place(made, "cpu")
    assert not made.train.host
    place(made, "cuda")
    assert made.train.host.keys() == ({"x", "held"} if stays else set())
    rows = torch.tensor([4, 1])
    here = made.train.batch(rows)
    assert torch.equal(here.x, torch.from_numpy(log_mel()[TRAIN][[4, 1]]))
    assert torch.equal(here.extras["held"], 2 * here.x)
    part = made.train.to("meta")
    assert part.indexed_on.type == ("cpu" if stays else "meta")
    assert all(tensor.device.type == "cpu" for tensor in part.host.values())
    there = part.batch(rows)
    for tensor in (there.x, there.clips, there.labels["octave"], there.extras["held"]):
        assert tensor.device.type == "meta"
    assert there.x.shape == here.x.shape


def test_equal_weights_have_equal_validation_terms(tmp_path: Path) -> None:
    """The noise of the validation part is the same in each epoch; that of training is not."""
    config = configure("dsae", **SMALL, learning_rate=1e-30)
    train(config, log_mel(), TRAIN, VALIDATION, tmp_path / "run")
    rows = read_metrics(tmp_path / "run" / "metrics.csv")
    for name in ("reconstruction", "kl_z", "kl_v", "elbo"):
        assert len({row[f"validation_{name}"] for row in rows}) == 1, name
    assert len({row["train_reconstruction"] for row in rows}) == len(rows)


def test_a_term_without_a_row_is_named() -> None:
    totals = Totals(TERMS, ObjectiveConfig())
    with pytest.raises(DsoundsError, match="the term 'kl_w', which has no row"):
        totals.loss({"kl_w": torch.tensor(1.0)})


def test_rows_of_earlier_columns_are_kept() -> None:
    rows = [{"epoch": "1", "old": "3"}, {"epoch": "2", "new": "4"}]
    assert csv_text(rows, ["epoch", "new"], header=True) == "epoch,new\n1,\n2,4\n"
