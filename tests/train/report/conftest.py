"""A small corpus with two runs of seconds on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsounds.datasets import DMelodies, generate
from dsounds.datasets.reading.opening import find_corpus
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.presets import configure

NAMES = ("a<b>&c", "dsae")


def train_small_run(family: str, corpus: Path, out: Path, **changes: Any) -> Path:
    """Train a run of seconds."""
    settings = configure(
        family,
        str(corpus),
        corpus_id=find_corpus(corpus).id,
        epochs=3,
        stage1_epochs=1,
        z_dim=4,
        v_dim=3,
        encoder_hidden=(8,),
        decoder_hidden=(8,),
        transition_hidden=6,
        threads=1,
        **changes,
    )
    return train_on_corpus(settings, out)


@pytest.fixture(scope="session")
def train_small() -> Callable[..., Path]:
    return train_small_run


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "corpus"
    generate(DMelodies(count=32), folder)
    return folder


@pytest.fixture(scope="session")
def runs(corpus: Path) -> list[Path]:
    folders = [corpus.parent / name for name in NAMES]
    for family, folder in zip(("ts-dsae", "dsae"), folders, strict=True):
        train_small_run(family, corpus, folder)
        evaluate(folder)
    return folders
