"""Threads that share a corpus read what one thread reads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import Corpus, DMelodies, generate, load_recipe, open_corpus
from dsounds.datasets.reading import backends, sound
from dsounds.synth.music.schedule import Schedule
from dsounds.synth.rendering.render import FreshRenderer

THREADS = 4


@pytest.fixture(scope="module")
def ten_shards(small_recipe: DMelodies, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("threads") / "c"
    return generate(small_recipe, folder, shard_size=4, progress=False)


def check_reads(corpus: Corpus, reads: int, clips: int) -> None:
    """Let threads read some clips at a time, and compare with the reads of one thread."""
    wanted = corpus.pcm(np.arange(clips))

    def read(seed: int) -> int:
        rng = np.random.default_rng(seed)
        for _ in range(reads // THREADS):
            numbers = rng.integers(0, clips, 2)
            np.testing.assert_array_equal(corpus.pcm(numbers), wanted[numbers])
        return reads // THREADS

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(read, range(THREADS))) == reads


def test_threads_share_more_shards_than_stay_open(
    ten_shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "_MOST_OPEN", 2)
    corpus = open_corpus(ten_shards)
    check_reads(corpus, reads=200, clips=40)
    assert isinstance(corpus.source, backends.Shards)
    assert len(corpus.source._idle) == 2
    assert all(file.id.valid for file in corpus.source._idle.values())


@pytest.mark.slow
def test_ten_thousand_reads_of_threads(ten_shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "_MOST_OPEN", 2)
    check_reads(open_corpus(ten_shards), reads=10_000, clips=40)


def test_threads_take_turns_at_fluidsynth(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SoundFont is not safe for several threads at once."""
    at_work, most = [0], [0]
    sounds = FreshRenderer.clips

    def watched(self: FreshRenderer, schedule: Schedule, *out: np.ndarray) -> None:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.01)
        sounds(self, schedule, *out)
        at_work[0] -= 1

    monkeypatch.setattr(FreshRenderer, "clips", watched)
    corpus = open_corpus(load_recipe("sinusoids-1"))
    assert not corpus.sound.recipe.keeps_notes
    check_reads(corpus, reads=8, clips=3)
    assert most == [1]


def test_a_forked_process_has_a_free_lock() -> None:
    """The thread that held it is not in the child, which would wait for ever."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with sound._one_thread:
            taken.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    held = sound._one_thread
    sound._renew_lock()
    try:
        assert not held.acquire(blocking=False)
        assert sound._one_thread.acquire(blocking=False)
        sound._one_thread.release()
    finally:
        done.set()
        holder.join()
