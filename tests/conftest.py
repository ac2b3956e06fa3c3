"""What several tests share: a SoundFont, a small corpus, dsounds in another process."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: tests are small, threads cost more
# Of workers and of what tests start: else each process compiles all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.datasets.storage.note_cache import VARIABLE
from dsounds.soundfonts import find_font
from dsounds.synth import features
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.train.scores import evaluation
from dsounds.train.scores.registry import ALL, QUICK
from dsounds.train.scores.sound import vocoded

settings.register_profile("dsounds", deadline=None, derandomize=True)
settings.load_profile("dsounds")


evaluation.DEFAULT = (QUICK,)  # tests evaluate often: those of costly scores ask for them
vocoded.CLIPS = 3  # Griffin-Lim takes most of the time of all scores together
features.LISTENING_ITERATIONS = 2  # and of reports and samples, of which no test is listened to


@pytest.fixture
def every_score(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an evaluation compute all scores, as it does for users."""
    monkeypatch.setattr(evaluation, "DEFAULT", (ALL,))


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered notes are kept in a folder of the tests' own."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ[VARIABLE] = str(folder)
    return folder


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


@pytest.fixture(scope="session")
def dsounds() -> Callable[..., list[str]]:
    """Makes a command line that runs dsounds in another process.

    limit: bytes that a file may have; it stands for a full disk, since writing fails midway.
    """

    def command(*arguments: object, limit: int | None = None) -> list[str]:
        code = "import sys; from dsounds.cli import main; sys.exit(main(sys.argv[1:]))"
        if limit is not None:
            limits = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit},) * 2)"
            code = f"import resource; {limits}; {code}"
        return [sys.executable, "-c", code, *map(str, arguments)]

    return command
