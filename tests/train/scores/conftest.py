"""A short run on a small corpus of real sound, and its scores."""

from dataclasses import asdict
from pathlib import Path

import pytest

from dsounds.datasets import DMelodies, generate, open_corpus
from dsounds.synth.features import LogMelSettings
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.presets import configure


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A short run on a small corpus of real sound, and its scores."""
    folder = tmp_path_factory.mktemp("evaluate")
    generate(DMelodies(count=48), folder / "corpus", progress=False)
    corpus = open_corpus(folder / "corpus")
    config = configure(
        "ts-dsae",
        str(folder / "corpus"),
        corpus_id=corpus.id,
        features=asdict(LogMelSettings()),
        epochs=3,
        stage1_epochs=2,
        threads=1,
    )
    run = train_on_corpus(config, folder / "run")
    return run, evaluate(run)
