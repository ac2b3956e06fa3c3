"""Shards whose hashes are right and whose content is not: external, of other shapes or values."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from dsounds import cli
from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.storage import checksum, manifest
from dsounds.errors import DsoundsError

SECRET = b"the words of another file"


def forged(folder: Path, change: Callable[[h5py.File], None]) -> None:
    """Change the first shard of a corpus, and make its hashes right again."""
    about = manifest.read(folder)
    first = about.shards[0]
    path = folder / first["file"]
    trailer = checksum.read(path)
    assert trailer is not None
    with open(path, "rb+") as file:
        file.truncate(path.stat().st_size - len(trailer.line))
    with h5py.File(path, "r+") as content:
        change(content)
    sha256 = checksum.close(path, about.id, first["start"], first["stop"])
    entry = first | {"sha256": sha256, "bytes": path.stat().st_size}
    manifest.write(folder, replace(about, shards=[entry, *about.shards[1:]]))


def replaced(name: str, data: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = data

    return change


def set_row(name: str, value: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file[name][0] = value

    return change


@pytest.fixture
def own(small_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_folder, tmp_path / "own"))


def outside(kind: str, folder: Path) -> Callable[[h5py.File], None]:
    """Let `audio` lie in another file."""
    secret = folder.parent / "secret"
    secret.write_bytes(SECRET * 100_000)
    other = folder.parent / "other.h5"

    def change(file: h5py.File) -> None:
        shape, dtype = file["audio"].shape, file["audio"].dtype
        del file["audio"]
        with h5py.File(other, "w") as lent:
            lent["audio"] = np.ones(shape, dtype)
        match kind:
            case "external":
                size = int(np.prod(shape)) * 2
                file.create_dataset("audio", shape, dtype, external=[(str(secret), 0, size)])
            case "virtual":
                layout = h5py.VirtualLayout(shape, dtype)
                layout[:] = h5py.VirtualSource(str(other), "audio", shape)
                file.create_virtual_dataset("audio", layout)
            case "external link":
                file["audio"] = h5py.ExternalLink(str(other), "/audio")
            case "soft link":
                file["beside"] = np.ones(shape, dtype)
                file["audio"] = h5py.SoftLink("/beside")

    return change


@pytest.mark.parametrize("kind", ["external", "virtual", "external link", "soft link"])
def test_sound_in_another_file_is_read_nowhere(
    own: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forged(own, outside(kind, own))
    with pytest.raises(DsoundsError, match=r"shard .* is not as this corpus's shards are: audio"):
        open_corpus(own).pcm([0])
    for command in (
        ("verify", own),
        ("export", own, "--format", "wav", "--out", tmp_path / "out"),
        ("export", own, "--format", "hdf5", "--out", tmp_path / "out.h5"),
        ("inspect", own, "--png", tmp_path / "out.png"),
        ("train", "dsae", "--corpus", own, "--out", tmp_path / "run"),
    ):
        assert cli.main([str(part) for part in command]) == 2, command
        last = capsys.readouterr().err.splitlines()[-1]
        assert "is not as this corpus's shards are: audio" in last, command
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(("out", "run"))]


def wrong_note(field: str, value: int) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        notes = file["notes"][()]
        notes[field][0, 0] = value
        file["notes"][...] = notes

    return change


def class_beyond_the_last(file: h5py.File) -> None:
    file["classes"][0, -1] = 2  # of two instruments


def packed(file: h5py.File) -> None:
    sound = file["audio"][()]
    del file["audio"]
    file.create_dataset("audio", data=sound, compression="gzip")


def sparse(file: h5py.File) -> None:
    shape = file["audio"].shape
    del file["audio"]
    file.create_dataset("audio", shape, "<i2")


def without(name: str) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("audio"), "there is no data set audio"),
        (without("splits"), "there is no data set splits/melody"),
        (without("peak"), "there is no data set peak"),
        (replaced("notes", np.zeros((16, 12))), "notes is of type float64"),
        (replaced("audio", np.zeros((16, 8), np.int16)), "audio is of shape (16, 8)"),
        (replaced("audio", np.full((16, 64000), np.nan, np.float32)), "audio is of type float32"),
        (replaced("classes", np.zeros((16, 3), np.int64)), "classes is of shape (16, 3)"),
        (replaced("values", "words"), "values is of type object"),
        (packed, "audio is compressed, or not all of it is there"),
        (sparse, "audio is compressed, or not all of it is there"),
        (replaced("index", np.int64(3)), "index is of shape ()"),
        (set_row("classes", 1000), "classes of its row 0 are out of range"),
        (set_row("classes", -1), "classes of its row 0 are out of range"),
        (class_beyond_the_last, "classes of its row 0 are out of range"),
        (set_row("values", np.nan), "values of its row 0 are out of range"),
        (set_row("peak", np.inf), "peak of its row 0 are out of range"),
        (set_row("peak", -1), "peak of its row 0 are out of range"),
        (set_row("index", 2**62), "index of its row 0 are out of range"),
        (set_row("splits/melody", 3), "splits/melody of its row 0 are out of range"),
        (set_row("concepts", 2), "concepts of its row 0 are out of range"),
        (wrong_note("offset_sample", 64_001), "notes of its row 0 are out of range"),
        (wrong_note("onset_sample", -1), "notes of its row 0 are out of range"),
        (wrong_note("onset_sample", 64_000), "notes of its row 0 are out of range"),
        (wrong_note("pitch", 128), "notes of its row 0 are out of range"),
    ],
)
def test_other_content_is_named(own: Path, change: Callable[[h5py.File], None], says: str) -> None:
    forged(own, change)
    with pytest.raises(DsoundsError, match="is not as this corpus's shards are"):
        open_corpus(own).classes  # noqa: B018
    problems = verify(own, sample=0).problems
    assert len(problems) == 1
    assert f"is not as this corpus's shards are: {says}" in problems[0]


def test_shards_of_other_lengths_are_named(own: Path) -> None:
    forged(own, lambda file: replaced("notes", file["notes"][()][:, :3])(file))
    with pytest.raises(DsoundsError, match="is not as this corpus's shards are"):
        open_corpus(own).notes([0])


def test_a_forged_shard_is_not_adopted(own: Path, small_recipe: DMelodies) -> None:
    """A generation that was interrupted takes shards by their trailers, and looks into them."""
    about = manifest.read(own)
    forged(own, outside("external", own))
    manifest.write(own, replace(about, shards=[]))
    with pytest.raises(DsoundsError, match=r"shards are: audio .*--repair makes it again"):
        generate(small_recipe, own, progress=False)


def test_range_of_notes_holds_for_every_recipe_of_ours(small: Corpus) -> None:
    notes = small.notes(slice(None))
    assert (notes["offset_sample"] <= small.clip_samples).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sample_rate_hz", "x"),
        ("sample_rate_hz", 0),
        ("symbols", 5),
        ("symbols", [["x"]]),
        ("splits", "melody"),
        ("shard_size", 1.5),
        ("clips", True),
        ("clips", 0),
        ("splits", []),
        ("factors", []),
        ("factors", [{"name": "a", "kind": "static", "values": ["x"], "names": ["x"]}]),
        ("factors", [{"name": "a", "kind": "static", "values": [0], "names": [1]}]),
        ("factors", [{"name": "a", "kind": "?", "values": [0], "names": ["b"]}]),
        ("clip_samples", -5),
        ("joint", 7),
    ],
)
def test_a_corpus_json_of_other_types_is_named(own: Path, name: str, value: object) -> None:
    """Its checksum is right: whoever gave the corpus has made it."""
    manifest.write(own, replace(manifest.read(own), **{name: value}))
    with pytest.raises(manifest.DamagedManifest, match=f"its {name} is "):
        open_corpus(own)
