"""What several tests share: one SoundFont in memory, one small corpus on disk."""

from pathlib import Path

import pytest
from hypothesis import settings

from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.soundfonts import find_font
from dsounds.synth.fluid import Font

settings.register_profile("dsounds", deadline=None, derandomize=True)
settings.load_profile("dsounds")


@pytest.fixture(scope="session")
def small_recipe() -> DMelodies:
    """40 clips on violin and trumpet in octaves 4 and 5."""
    return DMelodies(count=40, octaves=(4, 5), seed=3)


@pytest.fixture(scope="session")
def font():
    with Font(find_font()) as opened:
        yield opened


@pytest.fixture(scope="session")
def small_folder(small_recipe: DMelodies, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus of that recipe in three shards. Not to be changed."""
    folder = tmp_path_factory.mktemp("corpora") / "small"
    return generate(small_recipe, folder, shard_size=16, progress=False)


@pytest.fixture(scope="session")
def small(small_folder: Path) -> Corpus:
    return open_corpus(small_folder)
