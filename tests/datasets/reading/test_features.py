"""The cached log-mel: damage is named, and it needs no folder that can be written."""

from __future__ import annotations

import shutil
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import Corpus, features, open_corpus
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.reading.features import damaged_features
from dsounds.datasets.storage import checksum_line
from dsounds.datasets.storage.note_cache import VARIABLE
from dsounds.synth.features import LogMelSettings

SETTINGS = LogMelSettings(bands=8, hop_samples=1024)
LINE = len(b"dsounds features 1: crc32 01234567\n")


@pytest.fixture(scope="module")
def made(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus with a small cache."""
    place, others = tmp_path_factory.mktemp("features") / "c", shutil.ignore_patterns("features")
    folder = Path(shutil.copytree(small_folder, place, ignore=others))
    features(open_corpus(folder), SETTINGS)
    return folder


@pytest.fixture
def corpus(made: Path, tmp_path: Path) -> Corpus:
    """A copy that a test may damage."""
    return open_corpus(Path(shutil.copytree(made, tmp_path / "c")))


def cache_of(corpus: Corpus) -> Path:
    (path,) = (corpus.folder / "features").iterdir()
    return path


def test_clips_are_in_order_however_many_parts_there_are(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache_of(corpus)
    whole = path.read_bytes()
    path.unlink()
    monkeypatch.setattr(import_module("dsounds.datasets.reading.features"), "_CHUNK_CLIPS", 1)
    features(corpus, SETTINGS)
    assert path.read_bytes() == whole


def check_damage(corpus: Corpus, damaged: bytes) -> None:
    """What is damaged is named by `verify`, and made again with a warning."""
    path = cache_of(corpus)
    whole = path.read_bytes()
    path.write_bytes(damaged)
    assert damaged_features(corpus) == [
        f"{path} is damaged: it is made again when it is next read, or remove it"
    ]
    with pytest.warns(UserWarning, match=r"\.npy is damaged"):
        features(corpus, SETTINGS)
    assert path.read_bytes() == whole
    assert damaged_features(corpus) == []


@pytest.mark.parametrize("part", [0.0, 0.0001, 0.001, 0.3, 0.999, 1.0])
def test_a_flipped_bit_is_named_and_made_again(corpus: Corpus, part: float) -> None:
    damaged = bytearray(cache_of(corpus).read_bytes())
    damaged[int(part * (len(damaged) - 1))] ^= 4
    check_damage(corpus, bytes(damaged))


@pytest.mark.parametrize("kept", [0, 10, 5000, -LINE - 4, -LINE // 2])
def test_a_cache_cut_short_is_named_and_made_again(corpus: Corpus, kept: int) -> None:
    check_damage(corpus, cache_of(corpus).read_bytes()[:kept])


@pytest.mark.slow
def test_any_flipped_byte_and_any_zeroed_block_is_noticed(corpus: Corpus) -> None:
    path, totals = cache_of(corpus), [0, 0]
    whole = path.read_bytes()
    positions = [*range(200), *range(200, len(whole) - LINE, 997)]
    positions += range(len(whole) - LINE, len(whole))
    for position in positions:
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        totals[0] += bool(damaged_features(corpus))
    for start in range(0, len(whole), 4096):
        path.write_bytes(
            whole[:start] + bytes(len(whole[start : start + 4096])) + whole[start + 4096 :]
        )
        totals[1] += bool(damaged_features(corpus))
    print(f"{totals[0]} of {len(positions)} bytes, {totals[1]} blocks noticed")
    assert totals == [len(positions), -(-len(whole) // 4096)]


def test_verify_names_a_damaged_cache(corpus: Corpus) -> None:
    path = cache_of(corpus)
    damaged = bytearray(path.read_bytes())
    damaged[5000] ^= 1
    path.write_bytes(damaged)
    (problem,) = verify(corpus.folder, sample=0).problems
    assert problem.startswith(f"{path} is damaged")


def test_a_cache_without_a_checksum_is_used_with_a_warning(corpus: Corpus) -> None:
    path = cache_of(corpus)
    wanted = features(corpus, SETTINGS).copy()
    path.write_bytes(path.read_bytes()[:-LINE])
    before = path.read_bytes()
    with pytest.warns(UserWarning, match="has no checksum, so damage to it would not be noticed"):
        np.testing.assert_array_equal(features(corpus, SETTINGS), wanted)
    assert path.read_bytes() == before
    assert damaged_features(corpus) == []


def test_where_the_corpus_cannot_be_written_the_cache_folder_serves(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in place of the folder stops even root, whom permissions do not."""
    corpus = open_corpus(Path(shutil.copytree(small_folder, tmp_path / "c")))
    assert corpus.folder is not None
    shutil.rmtree(corpus.folder / "features", ignore_errors=True)
    (corpus.folder / "features").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    before = features(open_corpus(small_folder), SETTINGS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = features(corpus, SETTINGS)
    np.testing.assert_array_equal(first, before)
    (path,) = (tmp_path / "cache" / "features").iterdir()
    time = path.stat().st_mtime_ns
    np.testing.assert_array_equal(features(corpus, SETTINGS), before)
    assert path.stat().st_mtime_ns == time
    path.write_bytes(path.read_bytes()[:-LINE] + b"x" * LINE)
    assert damaged_features(corpus) == [
        f"{path} is damaged: it is made again when it is next read, or remove it"
    ]


def test_a_line_with_a_checksum(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"123456789")
    assert checksum_line.there(path, "notes") is None
    assert not checksum_line.examine(path, "notes")
    with open(path, "rb+") as file:
        checksum_line.append(file, "notes")
    assert path.read_bytes() == b"123456789dsounds notes 1: crc32 cbf43926\n"  # the check value
    assert checksum_line.there(path, "notes") == 9
    assert checksum_line.there(path, "other") is None
    assert checksum_line.examine(path, "notes")
    path.write_bytes(path.read_bytes().replace(b"cbf", b"CBF"))
    assert checksum_line.there(path, "notes") is None
