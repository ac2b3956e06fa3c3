"""Faults: whatever happens to the files of a corpus, it is noticed, named and mended.

Each test breaks something that a corpus lives on. What is expected of generation, `verify` and
repair is always the same: the damaged file is named, nothing else is touched, and repair gives the
bytes that were there before.
"""

import errno
import fcntl
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, open_corpus
from dsounds.datasets.checking.integrity import damaged_files
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.generation import shard_state, worker
from dsounds.datasets.generation.generate import repair
from dsounds.datasets.generation.plan import Plan
from dsounds.datasets.reading.sound import Sound
from dsounds.datasets.storage import atomic_files, manifest, note_cache
from dsounds.datasets.storage import checksum as seal
from dsounds.errors import DsoundsError
from dsounds.synth.music.schedule import Voice
from dsounds.synth.rendering.note_table import NoteKey, code_of

Command = Callable[..., list[str]]
RECIPE = DMelodies(count=12, seed=5)
SHARD_SIZE = 4
OPTIONS = ("generate", "dmelodies", "--count", 12, "--seed", 5)
NAMES = ["shard-00000.h5", "shard-00001.h5", "shard-00002.h5"]
VICTIM = NAMES[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus in three shards. Not to be changed."""
    folder = tmp_path_factory.mktemp("faults") / "whole"
    return generate(RECIPE, folder, shard_size=SHARD_SIZE, progress=False)


@pytest.fixture
def own(whole: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "own"))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def flip(path: Path, position: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    path.write_bytes(content)


def forget(folder: Path, *names: str) -> None:
    """Have corpus.json not know some shards, as before a run that made them has ended."""
    found = manifest.read(folder)
    shards = [entry for entry in found.shards if entry["file"] not in names]
    manifest.write(folder, replace(found, shards=shards))


def check_named_and_mended(own: Path, whole: Path, name: str, recorded: bool) -> None:
    """A damaged shard is named by everything that looks at it, and repair restores it alone."""
    before = snapshot(own)
    says = rf"{re.escape(name)} is damaged"
    with pytest.raises(DsoundsError, match=says):
        generate(RECIPE, own, progress=False)
    assert snapshot(own) == before
    named = [problem for problem in damaged_files(own) if ".h5" in problem]
    assert len(named) == 1
    assert re.search(says, named[0])
    if recorded:
        clips = manifest.read(own).shards[int(name[6:11])]["start"]
        with pytest.raises(DsoundsError, match=re.escape(name)):
            open_corpus(own).pcm([clips])
    others = {other: (own / other).stat().st_mtime_ns for other in NAMES if other != name}
    assert repair(RECIPE, own, progress=False) == [name]
    assert snapshot(own) == snapshot(whole)
    assert {other: (own / other).stat().st_mtime_ns for other in others} == others


def parts_of(path: Path) -> dict[str, int]:
    """A byte in every part of a shard: name to position."""
    content, corpus_id = path.read_bytes(), manifest.read(path.parent).id.encode()
    found = {"signature": 1, "superblock": 40}
    for name in ("factors", "recipe", "start", "stop", "corpus_id", "sample_rate_hz", "units"):
        found[f"attribute {name}"] = content.index(name.encode())
    with h5py.File(path) as file:
        for name in ("corpus_id", "recipe", "factors"):
            text = file.attrs[name].encode()
            found[f"value of {name}"] = content.index(text) + len(text) // 2
        datasets: list[h5py.Dataset] = []
        file.visititems(lambda _, item: datasets.append(item) if hasattr(item, "shape") else None)
        for dataset in datasets:
            start, size = dataset.id.get_offset(), dataset.id.get_storage_size()
            found |= {f"{dataset.name} begin": start, f"{dataset.name} end": start + size - 1}
    seal = content.rindex(b"dsounds seal")
    for word in (b"dsounds seal", b"corpus", b"clips", b"4 to 8", b"8, sha256", b"sha256 "):
        found[f"seal {word.decode()}"] = content.index(word, seal)
    found["seal id"] = content.index(corpus_id, seal)
    return found | {"seal hash": len(content) - 9, "last byte": len(content) - 1}


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "sealed"])
def test_a_flipped_byte_in_every_part_of_a_shard(own: Path, whole: Path, recorded: bool) -> None:
    parts = parts_of(own / VICTIM)
    assert len(parts) > 30
    for name, position in parts.items():
        if not recorded:
            forget(own, *NAMES)
        flip(own / VICTIM, position)
        try:
            check_named_and_mended(own, whole, VICTIM, recorded)
        except BaseException as error:
            error.add_note(f"flipped: {name}, byte {position}")
            raise


@pytest.mark.parametrize("length", [0, 5, 100, 2_100, 5_000, 300_000, -300, -60, -1])
def test_a_shard_cut_short(own: Path, whole: Path, length: int) -> None:
    content = (own / VICTIM).read_bytes()
    for recorded in (True, False):
        if not recorded:
            forget(own, *NAMES)
        (own / VICTIM).write_bytes(content[:length])
        check_named_and_mended(own, whole, VICTIM, recorded)


def test_bytes_appended_to_a_shard(own: Path, whole: Path) -> None:
    with open(own / VICTIM, "ab") as file:
        file.write(b"\n")
    check_named_and_mended(own, whole, VICTIM, recorded=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_shard(own: Path, whole: Path, name: str) -> None:
    (own / name).unlink()
    with pytest.raises(DsoundsError, match=rf"{name} is missing"):
        open_corpus(own)
    assert [name in problem for problem in verify(own).problems] == [True]
    generate(RECIPE, own, progress=False)
    assert snapshot(own) == snapshot(whole)
    (own / name).unlink()
    assert repair(RECIPE, own, progress=False) == [name]
    assert snapshot(own) == snapshot(whole)


def test_a_shard_that_goes_while_the_corpus_is_open(own: Path) -> None:
    corpus = open_corpus(own)
    (own / VICTIM).unlink()
    with pytest.raises(DsoundsError, match=rf"{VICTIM} cannot be read: No such file"):
        corpus.pcm([4])


def test_a_folder_in_the_place_of_a_shard(own: Path) -> None:
    """It cannot be read, and is not ours to remove."""
    (own / VICTIM).unlink()
    (own / VICTIM).mkdir()
    says = rf"{VICTIM} is damaged: it cannot be read \(Is a directory\)"
    for way in (generate, repair):
        with pytest.raises(DsoundsError, match=rf"{says}: choose another folder, or move it away"):
            way(RECIPE, own, progress=False)
    assert re.search(says, damaged_files(own)[0])
    flip(own / manifest.FILE, 300)
    assert f"{VICTIM} cannot be read: Is a directory" in damaged_files(own)[1]
    assert (own / VICTIM).is_dir()


def test_a_link_that_leads_nowhere(own: Path) -> None:
    """The disk behind it may be away for now: it is not replaced unasked."""
    (own / VICTIM).unlink()
    (own / VICTIM).symlink_to(own / "lost" / VICTIM)
    says = rf"{VICTIM} is damaged: it cannot be read \(No such file"
    with pytest.raises(DsoundsError, match=says):
        generate(RECIPE, own, progress=False)
    assert re.search(says, damaged_files(own)[0])
    assert (own / VICTIM).is_symlink()


def test_a_shard_in_the_place_of_another(own: Path, whole: Path) -> None:
    for recorded in (True, False):
        if not recorded:
            forget(own, *NAMES)
        shutil.copy(own / NAMES[0], own / VICTIM)
        check_named_and_mended(own, whole, VICTIM, recorded)


def of_another_corpus(folder: Path) -> bytes:
    other = generate(replace(RECIPE, seed=6), folder / "o", shard_size=SHARD_SIZE, progress=False)
    return (other / VICTIM).read_bytes()


def damaged_of_another_corpus(folder: Path) -> bytes:
    content = bytearray(of_another_corpus(folder))
    content[200_000] ^= 1
    return bytes(content)


def cut_of_another_corpus(folder: Path) -> bytes:
    return of_another_corpus(folder)[:300_000]


def naming_this_corpus(folder: Path) -> bytes:
    """Sealed by another corpus, whatever else it says."""
    with h5py.File(folder / "other.h5", "w") as file:
        file.attrs["made_from"] = manifest.describe(RECIPE, SHARD_SIZE).id
    seal.close(folder / "other.h5", "0123456789abcdef", 4, 8)
    return (folder / "other.h5").read_bytes()


def hdf5_of_a_user(folder: Path, count: int) -> bytes:
    with h5py.File(folder / "user.h5", "w") as file:
        file.create_dataset("results", data=np.arange(count))
    return (folder / "user.h5").read_bytes()


@pytest.mark.parametrize(
    "make",
    [
        of_another_corpus,
        damaged_of_another_corpus,
        cut_of_another_corpus,
        naming_this_corpus,
        lambda folder: hdf5_of_a_user(folder, 3),
        lambda folder: hdf5_of_a_user(folder, 100_000),
        lambda folder: b"my thesis",
        lambda folder: b"my thesis " * 100_000,
    ],
    ids=[
        "whole",
        "damaged",
        "cut short",
        "naming this",
        "small HDF5",
        "large HDF5",
        "short text",
        "long text",
    ],
)
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
def test_a_foreign_file_in_the_place_of_a_shard(
    own: Path, tmp_path: Path, make: Callable[[Path], bytes], recorded: bool
) -> None:
    if not recorded:
        forget(own, *NAMES)
    (own / VICTIM).write_bytes(make(tmp_path))
    before = snapshot(own)
    says = rf"{re.escape(VICTIM)} belongs to another corpus"
    for way in (generate, repair):
        with pytest.raises(DsoundsError, match=says):
            way(RECIPE, own, progress=False)
        assert snapshot(own) == before
    assert any(re.search(says, problem) for problem in verify(own).problems)


def test_foreign_h5_files_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / NAMES[0]).write_bytes(b"mine")
    with pytest.raises(DsoundsError, match=r"holds \.h5 files but no corpus\.json"):
        generate(RECIPE, tmp_path, progress=False)
    with pytest.raises(DsoundsError, match="nothing to repair"):
        repair(RECIPE, tmp_path, progress=False)
    assert snapshot(tmp_path) == {NAMES[0]: b"mine"}


def test_repair_keeps_to_the_recorded_bytes(own: Path) -> None:
    """Where other libraries would give other bytes, repair says so and changes nothing."""
    found = manifest.read(own)
    entry = found.shards[1] | {"sha256": "0" * 64}
    manifest.write(own, replace(found, shards=[found.shards[0], entry, found.shards[2]]))
    before = snapshot(own)
    with pytest.raises(DsoundsError, match=r"shard-00001\.h5 made again has another sha256"):
        repair(RECIPE, own, progress=False)
    assert snapshot(own) == before


@pytest.mark.process
def test_many_damaged_shards_are_repaired_at_once(own: Path, whole: Path) -> None:
    flip(own / NAMES[0], 100_000)
    (own / NAMES[1]).unlink()
    flip(own / NAMES[2], 200_000)
    flip(own / manifest.FILE, 300)
    named = " ".join(verify(own).problems)
    assert all(name in named for name in ("corpus.json", NAMES[0], NAMES[2]))
    (own / NAMES[0]).write_bytes((whole / NAMES[0]).read_bytes())
    assert repair(RECIPE, own, workers=2, progress=False) == ["corpus.json", *NAMES[1:]]
    assert snapshot(own) == snapshot(whole)


def check_bytes_of_corpus_json(own: Path, step: int) -> None:
    path, content = own / manifest.FILE, (own / manifest.FILE).read_bytes()
    for position in range(0, len(content), step):
        flipped = bytearray(content)
        flipped[position] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(DsoundsError, match=r"corpus\.json"):
            manifest.read(own)


def test_flipped_bytes_in_corpus_json(own: Path) -> None:
    check_bytes_of_corpus_json(own, step=7)


@pytest.mark.slow
def test_a_flipped_byte_anywhere_in_corpus_json(own: Path) -> None:
    check_bytes_of_corpus_json(own, step=1)


def _altered(value: object) -> object:
    match value:
        case bool() | None:
            return 1
        case int() | float():
            return value + 1
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
        case list():
            return value[:-1] if value else [1]
        case dict():
            return value | {next(iter(value)): _altered(next(iter(value.values())))}
    raise AssertionError(value)


def test_every_field_of_corpus_json(own: Path, whole: Path) -> None:
    """Changes that leave it valid JSON: corpus.json is named, and made again from the recipe."""
    path, content = own / manifest.FILE, json.loads((own / manifest.FILE).read_text())
    assert len(content) > 15
    for name, value in content.items():
        path.write_text(json.dumps(content | {name: _altered(value)}, indent=1) + "\n")
        with pytest.raises(DsoundsError, match=r"corpus\.json is damaged"):
            open_corpus(own)
        assert "corpus.json is damaged" in verify(own).problems[0]
        with pytest.raises(DsoundsError, match=r"corpus\.json is damaged"):
            generate(RECIPE, own, progress=False)
        assert repair(RECIPE, own, progress=False) == ["corpus.json"]
        assert snapshot(own) == snapshot(whole), name


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe", b"null", b"not mine"])
def test_a_corpus_json_that_is_lost(own: Path, whole: Path, content: bytes | None) -> None:
    path = own / manifest.FILE
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DsoundsError, match=r"corpus\.json"):
        generate(RECIPE, own, progress=False)
    with pytest.raises(DsoundsError, match="nothing to repair, or the recipe is another"):
        repair(replace(RECIPE, seed=6), own, progress=False)
    assert repair(RECIPE, own, progress=False) == ["corpus.json"]
    assert snapshot(own) == snapshot(whole)


def test_a_broken_seal_does_not_tell_the_size_of_shards(own: Path, whole: Path) -> None:
    content = (own / NAMES[0]).read_bytes()
    (own / NAMES[0]).write_bytes(content.replace(b"clips 0 to 4, sha", b"clips 0 to 6, sha"))
    (own / manifest.FILE).unlink()
    assert repair(RECIPE, own, progress=False) == ["corpus.json", NAMES[0]]
    assert snapshot(own) == snapshot(whole)


def test_a_lost_corpus_json_and_a_shard_that_cannot_be_read(own: Path) -> None:
    (own / manifest.FILE).unlink()
    (own / NAMES[0]).unlink()
    (own / NAMES[0]).mkdir()
    with pytest.raises(DsoundsError, match=rf"{NAMES[0]} is damaged: it cannot be read"):
        repair(RECIPE, own, progress=False)


def test_a_corpus_json_that_cannot_be_read(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object) -> None:
        raise OSError(errno.EIO, "")

    monkeypatch.setattr(manifest, "open_plain", opened)
    with pytest.raises(manifest.DamagedManifest, match=r"damaged \(Input/output error\)"):
        manifest.read(own)


def test_a_corpus_json_of_another_version_is_left(own: Path) -> None:
    content = json.loads((own / manifest.FILE).read_text())
    del content["checksum"]
    (own / manifest.FILE).write_text(json.dumps(content | {"format": "dsounds corpus 1"}))
    before = snapshot(own)
    for way in (generate, repair):
        with pytest.raises(DsoundsError, match="has format 'dsounds corpus 1'"):
            way(RECIPE, own, progress=False)
    assert snapshot(own) == before


def test_a_folder_that_is_no_corpus_is_not_repaired(tmp_path: Path) -> None:
    (tmp_path / manifest.FILE).write_text('{"texts": ["my corpus"]}')
    for folder in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(DsoundsError, match="nothing to repair"):
            repair(RECIPE, folder, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == [manifest.FILE]


def test_repair_on_the_command_line(
    own: Path, whole: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flip(own / VICTIM, 100_000)
    arguments = [*map(str, OPTIONS), "--out", str(own)]
    assert main(arguments) == 2
    assert "--repair makes it again" in capfd.readouterr().err.splitlines()[-1]
    assert main([*arguments, "--repair"]) == 0
    assert f"made again: {VICTIM}\n" in capfd.readouterr().out
    assert snapshot(own) == snapshot(whole)


def test_nothing_is_written_where_all_is_whole(own: Path) -> None:
    times = {path.name: path.stat().st_mtime_ns for path in own.iterdir()}
    generate(RECIPE, own, progress=False)
    assert repair(RECIPE, own, progress=False) == []
    assert {path.name: path.stat().st_mtime_ns for path in own.iterdir()} == times


# Disks


@pytest.mark.process
def test_a_full_disk(dsounds: Command, whole: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: writing fails midway."""
    arguments = (*OPTIONS, "--out", tmp_path / "c")
    failed = subprocess.run(dsounds(*arguments, limit=1_000_000), capture_output=True, text=True)
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert "cannot write" in failed.stderr.splitlines()[-1]
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["corpus.json"]
    assert len(open_corpus(generate(RECIPE, tmp_path / "c", progress=False))) == 12


def in_own_mounts(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script that may mount; skips the test where that is not allowed."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*unshare, "mount -t tmpfs none /mnt"], capture_output=True).returncode
    ):
        pytest.skip("needs to mount a disk of its own")
    return subprocess.run([*unshare, script], capture_output=True, text=True, check=True)


def shell(command: list[str]) -> str:
    return " ".join(f"'{part}'" if re.search(r"[\s;()\[\]]", part) else part for part in command)


@pytest.mark.process
def test_a_disk_that_is_full_before_the_end(dsounds: Command, whole: Path, tmp_path: Path) -> None:
    """Room for the sound (which is looked at first), but not for labels: the last shard fails."""
    disk = tmp_path / "disk"
    disk.mkdir()
    sound_kb = 12 * 128_000 // 1024 + 20
    generation = shell(dsounds(*OPTIONS, "--shard-size", 4, "--out", disk / "c"))
    done = in_own_mounts(
        f"mount -t tmpfs -o size={sound_kb}k none {disk}\n"
        f"{generation} && exit 1; echo code $?; ls {disk}/c\n"
        f"cmp {disk}/c/{NAMES[0]} {whole}/{NAMES[0]}; cmp {disk}/c/{NAMES[1]} {whole}/{NAMES[1]}\n"
        f"cp -r {disk}/c {tmp_path}/c"
    )
    assert done.stdout.splitlines()[:4] == ["code 2", "corpus.json", *NAMES[:2]]
    assert "1 of 3 shards could not be made (shard-00002.h5: cannot write" in done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    generate(RECIPE, tmp_path / "c", progress=False)
    assert snapshot(tmp_path / "c") == snapshot(whole)


@pytest.mark.process
def test_a_disk_that_may_not_be_written(dsounds: Command, own: Path, tmp_path: Path) -> None:
    (own / VICTIM).unlink()
    before = snapshot(own)
    arguments = (*OPTIONS, "--out", own)
    done = in_own_mounts(
        f"mount --bind {own} {own}; mount -o remount,ro,bind {own}\n"
        f"{shell(dsounds(*arguments, '--repair'))} && exit 1; echo code $?"
    )
    assert done.stdout == "code 2\n"
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(own) == before


def test_a_lasting_fault_is_known_as_such_in_other_processes(tmp_path: Path) -> None:
    for number, lasting in ((errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False)):
        error = atomic_files.failed(tmp_path / "x", OSError(number, ""))
        again = pickle.loads(pickle.dumps(error))
        assert (again.lasting, str(again)) == (lasting, str(error))
    said = "Can't write data (file write failed: errno = 28, error message = 'No space left')"
    assert atomic_files.failed(tmp_path / "x", OSError(said)).lasting


def test_a_disk_that_is_full_when_a_file_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the shard nor corpus.json gets its name; the shard's reason is the one told."""
    real = atomic_files.commit

    def commit(path: Path) -> None:
        if path.name in (manifest.FILE, NAMES[2]):
            raise OSError(errno.ENOSPC, "")
        real(path)

    monkeypatch.setattr(atomic_files, "commit", commit)
    with pytest.raises(DsoundsError, match=r"\(shard-00002\.h5: cannot write .*No space left"):
        generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)
    assert set(snapshot(tmp_path / "c")) == {manifest.FILE, *NAMES[:2]}


def test_a_disk_that_is_full_when_corpus_json_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DsoundsError, match=r"cannot write .*corpus\.json: No space left"):
        atomic_files.create_json(tmp_path / manifest.FILE, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOLCK, "its file system has no locks"), (errno.EIO, "Input/output error")],
)
def test_a_lock_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    def flock(*_: object) -> None:
        raise OSError(number, "")

    monkeypatch.setattr(fcntl, "flock", flock)
    for place, why in ((tmp_path / "lock", says), (tmp_path / "no" / "lock", "No such file")):
        with pytest.raises(DsoundsError, match=f"cannot lock .*{why}"):
            atomic_files.file_lock(place, wait=True).__enter__()


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a rename must do; but what has come there meanwhile stays."""

    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "")

    monkeypatch.setattr(os, "link", link)
    assert atomic_files.create_json(tmp_path / "a.json", {"number": 1})
    with pytest.raises(DsoundsError, match=r"cannot write .*a\.json"):
        atomic_files.create_json(tmp_path / "a.json", {"number": 2})
    assert snapshot(tmp_path) == {"a.json": atomic_files.json_text({"number": 1}).encode()}


def test_what_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: Path, *_: object, **__: object) -> None:
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", interrupted)
        with pytest.raises(KeyboardInterrupt):
            atomic_files.write_text(tmp_path / "text", "")
    job, go_on = Plan(RECIPE, manifest.describe(RECIPE, SHARD_SIZE), tmp_path).job(0), worker._go_on

    def stopped() -> None:
        if atomic_files.temporary_path(job.path).exists():
            worker._stopped.set()
        go_on()

    monkeypatch.setattr(worker, "_go_on", stopped)
    worker.begin()
    with pytest.raises(DsoundsError, match="stopped"):
        worker.make(job)
    worker.begin()
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(DsoundsError, match="not enough space"):
        generate(RECIPE, tmp_path / "c", progress=False)
    assert not (tmp_path / "c").exists()


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DsoundsError, match="cannot write into"):
        generate(RECIPE, tmp_path / "file" / "c", progress=False)


def test_a_folder_that_takes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def touch(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "")

    monkeypatch.setattr(Path, "touch", touch)
    with pytest.raises(DsoundsError, match=f"cannot write into {tmp_path}: Read-only file system"):
        atomic_files.make_folder(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into read-only folders")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DsoundsError, match="cannot write into"):
        generate(RECIPE, tmp_path / "c", progress=False)


# Notes that this machine keeps


def test_damaged_notes_do_not_reach_a_corpus(
    whole: Path, tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(note_cache.VARIABLE, str(tmp_path / "cache"))
    shutil.copytree(own_cache, tmp_path / "cache")
    folder = Sound(manifest.describe(RECIPE, SHARD_SIZE)).store.folder
    (samples,) = folder.glob("*.f32")
    content = np.fromfile(samples, np.uint8)
    content[1::4_000] ^= 64
    content.tofile(samples)
    generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)
    assert snapshot(tmp_path / "c") == snapshot(whole)


VOICES = (Voice(40), Voice(56))
CODES = np.array([code_of(NoteKey(v, p, 100, 64)) for v in (0, 1) for p in (60, 64)])


def some_note(font: object, voice: Voice, key: NoteKey, most: int) -> np.ndarray:
    """Stands for FluidSynth: a few samples that only this note has."""
    rng = np.random.default_rng([key.voice, key.pitch])
    return rng.normal(size=10).astype(np.float32)


def rows(own: note_cache.NoteStore) -> list[list[float]]:
    table = own.table(CODES)
    places = table.rows(CODES)
    return [table.samples[table.starts[n] : table.stops[n]].tolist() for n in places]


def check_every_byte_of_a_store(step: int) -> None:
    def fresh() -> note_cache.NoteStore:
        return note_cache.NoteStore(nullcontext, ("font", "1"), VOICES, 64)

    true, folder = rows(fresh()), fresh().folder
    kept = snapshot(folder)
    for name in kept:
        for turn, position in enumerate(range(0, len(kept[name]), step)):
            for path in folder.iterdir():
                path.unlink()
            for other, content in kept.items():
                (folder / other).write_bytes(content)
            flip(folder / name, position, bit=turn % 8)
            assert rows(fresh()) == true, (name, position, turn % 8)
            assert rows(fresh()) == true


def test_a_flipped_byte_in_a_store_of_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(note_cache.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(note_cache, "render_note", some_note)
    check_every_byte_of_a_store(step=11)


@pytest.mark.slow
def test_a_flipped_byte_anywhere_in_a_store_of_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(note_cache.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(note_cache, "render_note", some_note)
    check_every_byte_of_a_store(step=1)


# Writers beside each other


def test_two_generators_in_one_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with atomic_files.exclusive_lock(tmp_path / "c", wait=False):
        with pytest.raises(DsoundsError, match="another dsounds is writing into"):
            generate(RECIPE, tmp_path / "c", progress=False)
        assert main([*map(str, OPTIONS), "--out", str(tmp_path / "c")]) == 2
        assert "another dsounds is writing into" in capfd.readouterr().err
        with pytest.raises(DsoundsError, match="another dsounds is writing into"):
            generate(RECIPE, tmp_path / "c", progress=False, shards=range(1))
    assert not (tmp_path / "c").exists()
    with atomic_files.exclusive_lock(tmp_path / "c", wait=False, shared=True):
        with pytest.raises(DsoundsError, match="another dsounds is writing into"):
            generate(RECIPE, tmp_path / "c", progress=False)
        generate(RECIPE, tmp_path / "c", progress=False, shards=range(1))
    generate(RECIPE, tmp_path / "c", progress=False)


@pytest.mark.process
def test_a_lock_dies_with_its_owner(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from dsounds.datasets.storage import atomic_files as files\n"
        "with files.exclusive_lock(Path(sys.argv[1]), wait=False):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, tmp_path / "c"], stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"held\n"
    with (
        pytest.raises(DsoundsError, match="another dsounds"),
        atomic_files.exclusive_lock(tmp_path / "c", False),
    ):
        pass
    owner.kill()
    owner.wait()
    with atomic_files.exclusive_lock(tmp_path / "c", wait=False):
        pass


@pytest.mark.process
def test_generators_without_a_common_lock(dsounds: Command, whole: Path, tmp_path: Path) -> None:
    """As on two machines that share the folder: they do work twice, and no harm."""
    free = "import dsounds.datasets.storage.locks as locks; locks._flock = lambda *_: True; "
    processes = []
    for _ in range(2):
        command = dsounds(*OPTIONS, "--shard-size", 4, "--out", tmp_path / "c")
        command[2] = free + command[2]
        processes.append(subprocess.Popen(command, stderr=subprocess.PIPE))
    for process in processes:
        _, said = process.communicate()
        assert process.returncode == 0, said
    assert snapshot(tmp_path / "c") == snapshot(whole)


@pytest.mark.process
def test_half_a_file_of_another_writer_does_not_matter(whole: Path, tmp_path: Path) -> None:
    """A slow writer of the same shard must not write into the file of a fast one."""
    code = (
        "import sys; from pathlib import Path\n"
        "from dsounds.datasets.storage import atomic_files as files\n"
        "file = open(files.temporary_path(Path(sys.argv[1])), 'wb')\n"
        "print('begun', flush=True); sys.stdin.read()\n"
        "file.write(b'half'); file.close(); print('written', flush=True); sys.stdin.close()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    (tmp_path / "c").mkdir()
    path = tmp_path / "c" / NAMES[0]
    with subprocess.Popen([sys.executable, "-c", code, path], **pipes) as slow:
        assert slow.stdout.readline() == b"begun\n"
        generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)
        slow.communicate()
    assert (tmp_path / "c" / NAMES[0]).read_bytes() == (whole / NAMES[0]).read_bytes()


@pytest.mark.process
def test_what_killed_writers_left_is_removed(own: Path, whole: Path) -> None:
    dead, zombie = (subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2))
    dead.wait()
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # its parent has not looked yet
    here = atomic_files.temporary_path(own / VICTIM).name
    numbers = (dead.pid, zombie.pid, os.getppid())
    *left, alive = (here.replace(f"-{os.getpid()}-", f"-{number}-") for number in numbers)
    elsewhere, old = (f"{VICTIM}.far-{dead.pid}-0123456{n}.part" for n in range(2))
    for name in (*left, alive, elsewhere, old, "mine.part"):
        (own / name).write_bytes(b"half")
    os.utime(own / old, (0, 0))
    (own / VICTIM).unlink()
    generate(RECIPE, own, progress=False)
    zombie.wait()
    assert set(snapshot(own)) - set(snapshot(whole)) == {alive, elsewhere, "mine.part"}


def test_what_another_user_writes_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(*_: object) -> None:
        raise PermissionError

    place = atomic_files.temporary_path(tmp_path / VICTIM)
    place.touch()
    monkeypatch.setattr(os, "kill", kill)
    atomic_files.remove_stale_parts(tmp_path)
    assert place.exists()
    assert atomic_files._alive(os.getpid())  # its process is there, though it may not be asked


def test_examine_reads_every_byte(own: Path) -> None:
    """The check is not fooled by time and size."""
    place = shard_state.Place(own / VICTIM, manifest.read(own).id, 4, 8)
    assert shard_state.examine(place).condition is shard_state.ShardState.WHOLE
    before = (own / VICTIM).stat()
    flip(own / VICTIM, 123_456)
    os.utime(own / VICTIM, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert shard_state.examine(place).condition is shard_state.ShardState.DAMAGED


def test_the_name_of_a_folder_may_be_no_utf8(tmp_path: Path) -> None:
    with atomic_files.exclusive_lock(tmp_path / "\udcff", wait=False):
        pass
