"""`verify` reads every shard from end to end once, however many there are."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from dsounds.datasets import DMelodies, generate
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.storage import checksum, shard_content
from dsounds.hashing import file_sha256, remember_sha256

SHARDS = 67  # more than are kept open


def test_each_shard_is_hashed_and_looked_through_once(
    small_recipe: DMelodies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read, seen = tmp_path / "c", Counter[str](), Counter[str]()
    generate(replace(small_recipe, count=SHARDS), folder, shard_size=1, progress=False)

    def check(path: Path) -> checksum.Checked:
        read[path.name] += 1
        return whole(path)

    def look(file: object, *wanted: object) -> None:
        seen[Path(file.filename).name] += 1  # type: ignore[attr-defined]
        through(file, *wanted)

    def digest(file: object, name: str) -> object:
        path = Path(file.name)  # type: ignore[attr-defined]
        assert path.suffix != ".h5", f"{path} is read once more"
        return hash_of(file, name)

    whole, through, hash_of = checksum.check, shard_content._check, hashlib.file_digest
    monkeypatch.setattr(checksum, "check", check)
    monkeypatch.setattr(shard_content, "_check", look)
    monkeypatch.setattr(hashlib, "file_digest", digest)
    found = verify(folder, sample=0)
    assert found.problems == []
    assert found.shards == found.clips == SHARDS
    assert set(read.values()) == set(seen.values()) == {1}
    assert len(read) == len(seen) == SHARDS

    path = sorted(folder.glob("shard-*.h5"))[66]
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    (problem,) = verify(folder, sample=0).problems
    assert "its sha256 is not the one in corpus.json" in problem
    assert path.name in problem


def test_a_hash_is_known_while_size_and_time_stay(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    first = hashlib.sha256(b"abc").hexdigest()
    assert file_sha256(path) == first
    path.write_bytes(b"abd")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path) == hashlib.sha256(b"abd").hexdigest()
    path.write_bytes(b"abde")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path) == hashlib.sha256(b"abde").hexdigest()
    remember_sha256(path, path.stat(), "known")
    assert file_sha256(path) == "known"
    checksum.check(path)
    assert file_sha256(path) == hashlib.sha256(b"abde").hexdigest()
