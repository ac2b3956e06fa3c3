"""A checkpoint that cannot be written says so in the system's words, not in torch's."""

import resource
from pathlib import Path

import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting.callbacks import AtomicCheckpointIO


def test_a_checkpoint_on_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk."""
    path, save = tmp_path / "last.ckpt", AtomicCheckpointIO().save_checkpoint
    save({"x": torch.zeros(3)}, path)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(DsoundsError, match=r"^cannot write \S+last\.ckpt: File too large$"):
            save({"x": torch.zeros(10_000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["last.ckpt"]
    assert torch.load(path, weights_only=True)["x"].tolist() == [0, 0, 0]
