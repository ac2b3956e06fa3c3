"""What tests of training share: small runs on random log-mel."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.train.fitting.run import train
from dsounds.train.settings.presets import configure

SMALL = {
    "epochs": 4,
    "stage1_epochs": 2,
    "batch_size": 6,
    "encoder_hidden": (4,),
    "decoder_hidden": (4,),
    "transition_hidden": 4,
    "threads": 1,
}
Run = Callable[..., Path]


@pytest.fixture
def x() -> np.ndarray:
    """30 clips of raw log-mel, (clips, time, mel)."""
    return np.random.default_rng(0).standard_normal((30, 8, 5)).astype(np.float32)


@pytest.fixture
def small_run(x: np.ndarray) -> Run:
    """Trains a small TS-DSAE, or another family, with some settings changed."""

    def run(out: Path, family: str = "ts-dsae", quiet: bool = False, **changes: Any) -> Path:
        config = configure(family, **SMALL | changes)
        return train(config, x, np.arange(20), np.arange(20, 30), out, quiet=quiet)

    return run
