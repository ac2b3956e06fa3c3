"""Generation: the same bytes in every case, and nothing harmed when something is wrong."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from dsounds.datasets import DMelodies, generate, open_corpus
from dsounds.datasets.storage import manifest
from dsounds.datasets.storage.note_cache import VARIABLE
from dsounds.errors import DsoundsError
from dsounds.soundfonts import find_font

Command = Callable[..., list[str]]


def audio_hash(folder: Path) -> str:
    corpus, digest = open_corpus(folder), hashlib.sha256()
    for start in range(0, len(corpus), 100):
        digest.update(corpus.pcm(np.arange(start, min(start + 100, len(corpus)))).tobytes())
    return digest.hexdigest()


def interrupted(command: list[str], folder: Path, shards: int) -> None:
    """Start generating and kill it when some shards are there."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(folder.glob("shard-*.h5"))) < shards and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


def check_kill_and_resume(
    dsounds: Command, tmp_path: Path, count: int, shard_size: int, every: tuple[int, ...]
) -> None:
    straight = generate(DMelodies(count=count), tmp_path / "straight", progress=False)
    for workers in every:
        folder = tmp_path / f"killed-{workers}"
        where = ("generate", "dmelodies", "--out", folder, "--workers", workers)
        command = dsounds(*where, "--count", count, "--seed", 0, "--shard-size", shard_size)
        interrupted(command, folder, shards=1)
        with pytest.raises(DsoundsError, match="not complete"):
            open_corpus(folder)
        early = {path: path.stat().st_mtime_ns for path in folder.glob("shard-*.h5")}
        assert 0 < len(early) < count // shard_size
        subprocess.run(command, check=True, capture_output=True)
        assert all(path.stat().st_mtime_ns == when for path, when in early.items())
        assert audio_hash(folder) == audio_hash(straight)
        assert not list(folder.glob("*.part"))


@pytest.mark.process
def test_killed_and_run_again_gives_the_same_bytes(dsounds: Command, tmp_path: Path) -> None:
    check_kill_and_resume(dsounds, tmp_path, count=320, shard_size=10, every=(2,))


@pytest.mark.process
@pytest.mark.slow
def test_the_papers_corpus_killed_and_run_again(dsounds: Command, tmp_path: Path) -> None:
    check_kill_and_resume(dsounds, tmp_path, count=3000, shard_size=500, every=(1, 2))


@pytest.mark.process
def test_workers_and_shard_size_do_not_matter(
    small_recipe: DMelodies, small_folder: Path, tmp_path: Path
) -> None:
    other = generate(small_recipe, tmp_path / "other", workers=2, shard_size=7, progress=False)
    assert audio_hash(other) == audio_hash(small_folder)
    a, b = open_corpus(other), open_corpus(small_folder)
    assert a.id == b.id
    for name in ("classes", "values", "index", "peak"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    same = generate(small_recipe, tmp_path / "same", workers=2, shard_size=16, progress=False)
    for path in small_folder.glob("shard-*.h5"):
        assert (same / path.name).read_bytes() == path.read_bytes()


def test_direct_renderer_makes_the_same_sound(small_folder: Path, tmp_path: Path) -> None:
    recipe = DMelodies(count=6, octaves=(4, 5), seed=3)
    direct = open_corpus(generate(recipe, tmp_path / "d", renderer="direct", progress=False))
    own = open_corpus(small_folder).pcm(np.arange(6))
    assert np.abs(direct.pcm(np.arange(6)).astype(int) - own).max() <= 1
    assert direct.id != open_corpus(small_folder).id


def test_shards_are_as_the_contract_says(small_folder: Path) -> None:
    manifest = json.loads((small_folder / "corpus.json").read_text())
    assert [(s["start"], s["stop"]) for s in manifest["shards"]] == [(0, 16), (16, 32), (32, 40)]
    for entry in manifest["shards"]:
        path = small_folder / entry["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    with h5py.File(small_folder / "shard-00001.h5") as file:
        assert file["audio"].shape == (16, 64_000)
        assert file["audio"].dtype == np.int16
        assert file["classes"].shape == file["values"].shape == (16, 10)
        assert file["notes"].shape == (16, 12)
        assert file["notes"].dtype.names == ("onset_sample", "offset_sample", "pitch", "velocity")
        assert file["peak"].shape == file["index"].shape == (16,)
        assert list(file["classes"].attrs["factors"])[-1] == "instrument"
        assert json.loads(file.attrs["recipe"])["kind"] == "dmelodies"
        assert np.abs(file["audio"][()].astype(int)).max(axis=1).tolist() == [32_767] * 16


def copy(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("changes", "options", "says"),
    [
        ({"octaves": (4,)}, {}, "holds another corpus .*octaves"),
        ({"seed": 4}, {}, "holds another corpus .*seed is 3, not 4"),
        ({}, {"shard_size": 10}, "in shards of 16, not 10"),
        ({}, {"renderer": "direct"}, "holds another corpus .*renderer"),
        ({}, {"renderer": "fast"}, "unknown renderer 'fast'"),
        ({}, {"workers": 0}, "workers is 0"),
        ({}, {"shard_size": 0}, "shard size is 0"),
    ],
)
def test_another_corpus_in_the_folder(
    small_recipe: DMelodies, small_folder: Path, changes: dict, options: dict, says: str
) -> None:
    before = snapshot(small_folder)
    with pytest.raises(DsoundsError, match=says):
        generate(replace(small_recipe, **changes), small_folder, progress=False, **options)
    assert snapshot(small_folder) == before


def test_a_soundfont_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = tmp_path / "font.sf3"
    shutil.copy(find_font(), font)
    recipe = DMelodies(count=4, soundfont=str(font))
    corpus = open_corpus(generate(recipe, tmp_path / "c", progress=False))
    known = open_corpus(generate(DMelodies(count=4), tmp_path / "k", progress=False))
    assert corpus.id == known.id  # a SoundFont counts by its hash, not by its place
    for name in ("shard-00000.h5",):
        assert (tmp_path / "c" / name).read_bytes() == (tmp_path / "k" / name).read_bytes()
    moved = font.rename(tmp_path / "moved.sf3")
    generate(replace(recipe, soundfont=str(moved)), tmp_path / "c", progress=False)
    assert open_corpus(tmp_path / "c").counterfactual([0], instrument="violin").any()
    moved.write_bytes(moved.read_bytes() + b"x")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))  # where no note is yet
    with pytest.raises(DsoundsError, match="wrong SoundFont"):
        open_corpus(tmp_path / "c").counterfactual([0], instrument="violin")


def test_spelling_does_not_matter(tmp_path: Path) -> None:
    one = DMelodies(count=4, instruments=("violin", "trumpet"), octaves=(4, 5))
    other = DMelodies(count=4, instruments=("56", "Violin", "40"), octaves=(5, 4))
    folders = [
        generate(recipe, tmp_path / name, progress=False)
        for name, recipe in (("one", one), ("other", other))
    ]
    assert snapshot(folders[0]) == snapshot(folders[1])


def test_a_new_shard_size_while_there_is_no_shard(
    small_recipe: DMelodies, small_folder: Path, tmp_path: Path
) -> None:
    folder = copy(small_folder, tmp_path / "c")
    for path in folder.glob("*.h5"):
        path.unlink()
    manifest.write(folder, replace(manifest.read(folder), shards=[]))
    generate(small_recipe, folder, shard_size=20, progress=False)
    assert len(list(folder.glob("shard-*.h5"))) == 2


@pytest.mark.process
@pytest.mark.slow
def test_many_shards_need_few_open_files(tmp_path: Path) -> None:
    generate(DMelodies(count=120), tmp_path / "c", shard_size=1, progress=False)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100));"
        "from dsounds.datasets import open_corpus; import numpy as np;"
        "corpus = open_corpus(sys.argv[1]); corpus.audio(np.arange(120)); corpus.classes"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "c"], check=True)
