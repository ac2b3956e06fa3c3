"""Exports, read back by readers that know nothing of dsounds; descriptions; faults."""

import csv
import errno
import io
import json
import os
import re
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import h5py
import mlcroissant
import numpy as np
import pandas
import pretty_midi
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dsounds.cli import main
from dsounds.datasets import (
    Corpus,
    DMelodies,
    Factor,
    Sinusoids,
    generate,
    load_recipe,
    open_corpus,
)
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.documents import write_documents
from dsounds.datasets.export import FORMATS, ExportFormat, export, frame_labels
from dsounds.datasets.export.metadata_csv import spelled, types
from dsounds.datasets.export.selection import Selection, choose
from dsounds.datasets.storage import atomic_files
from dsounds.datasets.storage import manifest as manifests
from dsounds.datasets.storage.hdf5 import _Guard, create
from dsounds.errors import DsoundsError
from dsounds.hashing import file_sha256
from dsounds.settings import settings
from dsounds.synth.features import log_mel

PARTS = ("train", "validation", "test")
NEW = [name for name, row in FORMATS.rows() if row.target != "corpus"]


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Files cannot grow beyond `size` bytes: stands for a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def on_demand(small_recipe: DMelodies) -> Corpus:
    """The small corpus without its folder."""
    return open_corpus(small_recipe)


# --- wav: csv and soundfile


@pytest.fixture(scope="module")
def wav(small: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(small, "wav", tmp_path_factory.mktemp("wav") / "out")


def audiofolder(folder: Path) -> dict[str, list[dict[str, str]]]:
    """What Hugging Face's audiofolder finds: folders named as parts, a metadata.csv in each."""
    found = {}
    for part in PARTS:
        if (folder / part).is_dir():
            with open(folder / part / "metadata.csv", newline="") as file:
                found[part] = list(csv.DictReader(file))
            named = {row["file_name"] for row in found[part]}
            assert named == {path.name for path in (folder / part).glob("*.wav")}
    return found


def test_wav_has_every_clip_with_its_labels(wav: Path, small: Corpus) -> None:
    parts = audiofolder(wav)
    assert sorted(parts) == ["train", "validation"]
    clips = []
    for part, rows in parts.items():
        assert [int(row["clip"]) for row in rows] == small.split(part).tolist()
        for row in rows:
            clip = int(row["clip"])
            clips.append(clip)
            path = wav / part / row["file_name"]
            pcm, rate_hz = soundfile.read(path, dtype="int16")
            assert (rate_hz, soundfile.info(path).subtype) == (16_000, "PCM_16")
            np.testing.assert_array_equal(pcm, small.pcm([clip])[0])
            assert int(row["index"]) == small.index[clip]
            for column, factor in enumerate(small.space.factors):
                label = small.classes[clip, column]
                assert row[factor.name] == factor.names[label]
                assert int(row[f"{factor.name}_class"]) == label
                assert float(row[f"{factor.name}_value"]) == small.values[clip, column]
            for split in small.splits:
                assert clip in small.split(row[f"split_{split}"], split)
    assert sorted(clips) == list(range(len(small)))


def test_columns_have_one_type_in_all_parts(wav: Path) -> None:
    # audiofolder reads the tables with pandas and refuses parts of unlike types
    types = [
        pandas.read_csv(wav / part / "metadata.csv").dtypes for part in ("train", "validation")
    ]
    assert types[0].equals(types[1])
    assert pandas.api.types.is_integer_dtype(types[0]["octave"])
    assert pandas.api.types.is_float_dtype(types[0]["octave_value"])
    assert pandas.api.types.is_string_dtype(types[0]["instrument"])


@given(
    st.sets(
        st.one_of(st.integers(-99, 99).map(str), st.floats(-9, 9).map(repr), st.text("ab.-")),
        min_size=1,
    )
)
def test_names_of_a_factor_are_of_one_type(names: set[str]) -> None:
    factor = Factor("x", "static", tuple(range(len(names))), tuple(sorted(names)))
    kinds = {"int" if name.lstrip("-").isdigit() else "other" for name in spelled(factor)}
    try:
        numbers = [float(name) for name in factor.names]
    except ValueError:
        assert spelled(factor) == factor.names
        return
    assert len(kinds) == 1
    assert [float(name) for name in spelled(factor)] == numbers


def test_another_split_and_a_range_of_clips(small: Corpus, tmp_path: Path) -> None:
    export(small, "wav", tmp_path / "out", split="random", clips="10:30")
    parts = audiofolder(tmp_path / "out")
    for part, rows in parts.items():
        expected = [clip for clip in small.split(part, "random").tolist() if 10 <= clip < 30]
        assert [int(row["clip"]) for row in rows] == expected
        assert {row["split_random"] for row in rows} <= {part}
    assert sum(map(len, parts.values())) == 20


def test_some_clips_of_a_space_of_a_hundred_million(tmp_path: Path) -> None:
    everything = open_corpus(load_recipe("full"))
    export(everything, "npz", tmp_path / "a.npz", clips="50000000:50000003")
    with np.load(tmp_path / "a.npz") as archive:
        assert archive["index"].tolist() == [50_000_000, 50_000_001, 50_000_002]
        assert archive["splits_melody"].shape == (3,)
        assert "splits_random" not in archive  # too many clips to be split one by one
        classes = everything.labels(archive["index"])[0]
        np.testing.assert_array_equal(archive["latents_classes"], classes)
        assert (np.abs(archive["audio"]).max(axis=1) > 0).all()


def test_rows_of_the_official_table(small: Corpus, wav: Path, tmp_path: Path) -> None:
    """It counts tonic, octave, scale, two rhythms and four directions, the last fastest."""
    export(small, "npz", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        found = archive["dmelodies_index"]
    sizes = (12, 3, 3, 28, 28, 2, 2, 2, 2)
    assert np.prod(sizes) == 1_354_752
    for clip, values in enumerate(small.values):
        tonic, octave, scale, *rest = (int(one) for one in values[:9])
        place = 0
        for digit, size in zip((tonic, octave - 4, scale, *rest), sizes, strict=True):
            place = place * size + digit
        assert found[clip] == place
    for rows in audiofolder(wav).values():
        assert all(int(row["dmelodies_index"]) == found[int(row["clip"])] for row in rows)


def test_other_corpora_have_no_row_in_the_official_table(tmp_path: Path) -> None:
    tones = open_corpus(replace(load_recipe("sinusoids-1"), count=3))
    export(tones, "npz", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        assert "dmelodies_index" not in archive
    export(tones, "midi", tmp_path / "midi")
    assert "dmelodies_index" not in (tmp_path / "midi" / "metadata.csv").read_text()


def test_the_card_has_the_classes_in_the_order_of_the_corpus(wav: Path, small: Corpus) -> None:
    """Each column of metadata.csv has a type, and class n is the n-th name."""
    _, front, _ = (wav / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(front)
    parts = {one["split"]: one["path"] for one in card["configs"][0]["data_files"]}
    assert parts == {
        part: [f"{part}/*.wav", f"{part}/metadata.csv"] for part in ("train", "validation")
    }
    audio, *features = card["dataset_info"]["features"]
    assert audio == {"name": "audio", "dtype": {"audio": {"sampling_rate": 16_000}}}
    with open(wav / "train" / "metadata.csv", newline="") as file:
        header = next(csv.reader(file))
    assert [one["name"] for one in features] == header[1:]
    kinds = {one["name"]: one["dtype"] for one in features}
    for factor in small.space.factors:
        names = kinds[f"{factor.name}_class"]["class_label"]["names"]
        assert [names[str(n)] for n in range(len(factor))] == list(factor.names)
        assert kinds[f"{factor.name}_value"] == "float64"
    assert (kinds["octave"], kinds["instrument"], kinds["clip"]) == ("int64", "string", "int64")
    table = pandas.read_csv(wav / "train" / "metadata.csv")
    for name, kind in kinds.items():
        own = "int64" if isinstance(kind, dict) else kind
        assert str(table[name].dtype).replace("object", "string").removesuffix("[python]") in (
            own,
            "str" if own == "string" else own,
        )


def test_notes_and_frames_stand_beside_the_sound(wav: Path, small: Corpus) -> None:
    for part, rows in audiofolder(wav).items():
        clips = [int(row["clip"]) for row in rows]
        with np.load(wav / part / "frames.npz") as frames:
            assert frames["clip"].tolist() == clips
            truth = vars(small.frames(clips))
            assert set(frames.files) == {"clip", *truth}
            for name, one in truth.items():
                np.testing.assert_array_equal(frames[name], one)
        with open(wav / part / "notes.csv", newline="") as file:
            told = list(csv.DictReader(file))
        for row, notes in zip(rows, small.notes(clips), strict=True):
            own = [one for one in told if one["file_name"] == row["file_name"]]
            assert [int(one["note"]) for one in own] == list(range(len(own)))
            played = notes[notes["velocity"] > 0]
            for column in ("onset_sample", "offset_sample", "pitch", "velocity"):
                assert [int(one[column]) for one in own] == played[column].tolist()


def phrases(count: int, **settings: object) -> Corpus:
    """Phrases of 4 or 6 notes, on demand: the former have two notes that are not played."""
    recipe = Sinusoids(seconds=4, pitches=(60,), notes=(4, 6), densities=(2,), count=count)
    return open_corpus(replace(recipe, **settings))


def test_notes_and_frames_of_many_clips_are_written_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last batch has one clip; a note that is not played has no row."""
    monkeypatch.setattr(frame_labels, "_BATCH_CLIPS", 3)
    corpus, clips = phrases(9), np.arange(1, 8)
    frame_labels.write_notes(choose(corpus), clips, ".wav", tmp_path / "notes.csv")
    told = pandas.read_csv(tmp_path / "notes.csv").groupby("file_name").size()
    counts = corpus.labels(clips)[1][:, corpus.space.column("notes")]
    assert set(counts) == {4, 6}
    assert told.to_dict() == {f"clip-{n:05}.wav": k for n, k in zip(clips, counts, strict=True)}
    frame_labels.write_frames(corpus, clips, tmp_path / "frames.npz")
    with np.load(tmp_path / "frames.npz") as frames:
        for name, one in vars(corpus.frames(clips)).items():
            np.testing.assert_array_equal(frames[name], one)


def test_names_with_a_point_are_numbers() -> None:
    found = types(choose(phrases(4, decays=(0.5, 1.5), levels=(-20, -15.5))))
    assert [found[name] for name in ("decay", "level", "notes")] == ["float64", "float64", "int64"]
    assert found["contour"] == "string"


# --- midi: pretty_midi


def test_midi_has_the_notes(small: Corpus, tmp_path: Path) -> None:
    export(small, "midi", tmp_path / "out", clips="0:12")
    with open(tmp_path / "out" / "metadata.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["clip"]) for row in rows] == list(range(12))
    for row, notes in zip(rows, small.notes(np.arange(12)), strict=True):
        midi = pretty_midi.PrettyMIDI(str(tmp_path / "out" / row["file_name"]))
        assert [track.program for track in midi.instruments] == [
            int(float(row["instrument_value"]))
        ]
        played = midi.instruments[0].notes
        assert [note.pitch for note in played] == notes["pitch"].tolist()
        onsets = notes["onset_sample"] / 16_000
        np.testing.assert_allclose([note.start for note in played], onsets, atol=0.005)


# --- msd: h5py, as docs/datasets.md of the MSD benchmark describes the layout


def read_msd(path: Path, part: str) -> tuple[np.ndarray, dict[str, np.ndarray], dict]:
    """x, labels by factor, and the table of factors of a part ("train", "val", "test")."""
    with h5py.File(path, "r") as file:
        classes = json.loads(file.attrs["classes"])
        rows = file[f"{part}_indices"][:]
        x, labels = file["data"][:][rows], file["labels"][:][rows]
    known = {name: about for name, about in classes.items() if not about["ignore"]}
    return x, {name: labels[:, about["index"]] for name, about in known.items()}, classes


def test_msd_is_read_as_its_layout_says(small: Corpus, tmp_path: Path) -> None:
    export(small, "msd", tmp_path / "out.h5")
    for part, name in (("train", "train"), ("val", "validation"), ("test", "test")):
        clips = small.split(name)
        x, labels, classes = read_msd(tmp_path / "out.h5", part)
        np.testing.assert_array_equal(x, small.audio(clips))
        varying = {
            f.name for f in (*small.space.varying("static"), *small.space.varying("dynamic"))
        }
        assert set(labels) == varying
        for factor, column in labels.items():
            np.testing.assert_array_equal(column, small.classes[clips, small.space.column(factor)])
    assert {name for name, about in classes.items() if about["type"] == "static"} == {
        *("tonic", "octave", "scale", "instrument")
    }
    for about, factor in zip(classes.values(), small.space.factors, strict=True):
        assert set(about) == {"index", "type", "n_classes", "ignore", "values"}
        assert about["values"] == {name: n for n, name in enumerate(factor.names)}
        assert about["n_classes"] == len(factor)
        assert about["ignore"] == (len(factor) == 1)


def test_msd_with_the_kinds_and_the_length_of_its_own_dmelodies(tmp_path: Path) -> None:
    """Clips of 3 s, of which the instrument alone is static."""
    corpus = open_corpus(DMelodies(count=4, octaves=(4, 5), tempos=(160,)))
    export(corpus, "msd", tmp_path / "out.h5", dynamic=("tonic", "octave", "scale"))
    _, labels, classes = read_msd(tmp_path / "out.h5", "train")
    with h5py.File(tmp_path / "out.h5") as file:
        assert file["data"].shape == (4, 48_000)
    types = {name: about["type"] for name, about in classes.items()}
    assert types["instrument"] == "static"
    assert types["tonic"] == types["octave"] == types["scale"] == types["rhythm_bar1"] == "dynamic"
    assert "octave" in labels
    with pytest.raises(DsoundsError, match="unknown factor 'octav', did you mean 'octave'"):
        export(corpus, "msd", tmp_path / "other.h5", dynamic=("octav",))
    assert not (tmp_path / "other.h5").exists()


def test_msd_of_log_mel(small: Corpus, tmp_path: Path) -> None:
    export(small, "msd", tmp_path / "out.h5", split="random", clips="5:25", features="log-mel")
    with h5py.File(tmp_path / "out.h5") as file:
        assert file["data"].shape == (20, 251, 80)
        np.testing.assert_array_equal(file["data"][:], log_mel(small.audio(np.arange(5, 25))))
        rows = [set(file[f"{part}_indices"][:] + 5) for part in ("train", "val", "test")]
    for own, part in zip(rows, PARTS, strict=True):
        assert own == set(small.split(part, "random").tolist()) & set(range(5, 25))


# --- npz: numpy, as dSprites is read


def test_npz_is_read_as_dsprites_is(small: Corpus, tmp_path: Path) -> None:
    export(small, "npz", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz", allow_pickle=False) as archive:
        metadata = json.loads(str(archive["metadata"]))
        np.testing.assert_array_equal(archive["audio"], small.pcm(np.arange(len(small))))
        np.testing.assert_array_equal(archive["latents_classes"], small.classes)
        np.testing.assert_array_equal(archive["latents_values"], small.values)
        sizes = np.array(metadata["latents_sizes"])
        bases = np.concatenate((sizes[::-1].cumprod()[::-1][1:], [1]))
        np.testing.assert_array_equal(archive["latents_classes"] @ bases, archive["index"])
        for split in small.splits:
            held = np.flatnonzero(archive[f"splits_{split}"] == 1)
            np.testing.assert_array_equal(held, small.split("validation", split))
        values = list(metadata["latents_possible_values"].values())
        for column, possible in enumerate(values):
            own = np.array(possible)[archive["latents_classes"][:, column]]
            np.testing.assert_array_equal(own, archive["latents_values"][:, column])
    assert metadata["latents_names"] == list(small.space.names)


@pytest.mark.parametrize("format", ["npz", "msd"])
def test_a_recipe_gives_the_same_file_as_its_corpus(
    format: str, small: Corpus, on_demand: Corpus, tmp_path: Path
) -> None:
    for name, corpus in (("a", small), ("b", on_demand)):
        export(corpus, format, tmp_path / name, clips="3:9")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# --- hdf5: h5py


def test_hdf5_joins_the_shards_wherever_it_is_read(
    small: Corpus, small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small_folder, tmp_path / "a" / "corpus")
    export(open_corpus(tmp_path / "a" / "corpus"), "hdf5", tmp_path / "a" / "all.h5")
    assert (tmp_path / "a" / "all.h5").stat().st_size < 100_000  # nothing was copied
    (tmp_path / "a").rename(tmp_path / "moved")
    monkeypatch.chdir("/")
    with h5py.File(tmp_path / "moved" / "all.h5") as file:
        np.testing.assert_array_equal(file["audio"][:], small.pcm(np.arange(40)))
        for name in ("classes", "values", "index", "peak"):
            np.testing.assert_array_equal(file[name][:], getattr(small, name))
        np.testing.assert_array_equal(file["notes"][:], small.notes(np.arange(40)))
        for split in small.splits:
            np.testing.assert_array_equal(file[f"splits/{split}"][:], small.parts(split))
        assert json.loads(file.attrs["factors"])[0]["name"] == "tonic"
        assert file.attrs["corpus_id"] == small.id
        assert file["audio"].attrs["sample_rate_hz"] == 16_000
    (tmp_path / "moved" / "corpus" / "shard-00001.h5").unlink()
    with h5py.File(tmp_path / "moved" / "all.h5") as file:
        assert (file["audio"][16:32] == -32_768).all()  # no clip has that
        assert (file["classes"][16:32] == -1).all()
        assert np.isnan(file["values"][16:32]).all()
        assert (file["splits/melody"][16:32] == 255).all()
        np.testing.assert_array_equal(file["audio"][32:], small.pcm(np.arange(32, 40)))


# --- descriptions: mlcroissant


def test_croissant_is_valid_and_true(small: Corpus, small_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(small_folder, folder)
    export(open_corpus(folder), "croissant")
    described = mlcroissant.Dataset(folder / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    (missing,) = described.metadata.ctx.issues.warnings
    assert "datePublished" in missing  # a corpus on a disk has no date
    assert described.metadata.license == ["https://spdx.org/licenses/MIT.html"]
    shards = {f.name: f.sha256 for f in described.metadata.file_objects}
    assert shards.pop("clips.csv") == file_sha256(folder / "clips.csv")
    assert shards == {shard["file"]: shard["sha256"] for shard in small.manifest.shards}
    clips = list(described.records("clips"))
    assert [row["clips/clip"] for row in clips] == list(range(len(small)))
    for clip, row in enumerate(clips):
        shard, start = row["clips/file_name"].decode(), 16 * (clip // 16)
        assert [one["start"] for one in small.manifest.shards if one["file"] == shard] == [start]
        for column, factor in enumerate(small.space.factors):
            label = int(small.classes[clip, column])
            assert row[f"clips/{factor.name}_class"] == label
            assert row[f"clips/{factor.name}_value"] == small.values[clip, column]
            name = row[f"clips/{factor.name}"]
            assert (name.decode() if isinstance(name, bytes) else str(name)) == factor.names[label]
        for split in small.splits:
            assert clip in small.split(row[f"clips/split_{split}"].decode(), split)
    factors = list(described.records("factors"))
    assert [row["factors/name"] for row in factors] == list(small.space.names)
    assert [row["factors/size"] for row in factors] == list(small.space.sizes)
    parts = {
        (row["parts/split"], row["parts/part"]): row["parts/clips"]
        for row in described.records("parts")
    }
    for split in small.splits:
        for part in PARTS:
            assert parts[split, part] == len(small.split(part, split))
    with h5py.File(folder / "shard-00000.h5") as shard:
        for row in described.records("datasets"):
            dataset = shard[row["datasets/path"]]
            kind = "compound" if dataset.dtype.names else dataset.dtype.name
            assert row["datasets/type"] == kind
            assert row["datasets/shape"].count(",") == dataset.ndim - 1


def test_a_corpus_that_is_not_complete_is_not_described(small: Corpus, tmp_path: Path) -> None:
    manifests.write(tmp_path, replace(small.manifest, shards=small.manifest.shards[:2]))
    with pytest.raises(DsoundsError, match="is not complete"):
        write_documents(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [manifests.FILE]


def test_the_datasheet_says_how_to_make_the_corpus_again(
    small: Corpus, small_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(small_folder, folder)
    write_documents(folder)
    text = (folder / "datasheet.md").read_text()
    recipe = text.split("```toml\n")[1].split("```")[0]
    (tmp_path / "recipe.toml").write_text(recipe)
    again = manifests.describe(load_recipe(tmp_path / "recipe.toml"), shard_size=16)
    assert again.id == small.id
    for part in ("| instrument | static | 2: violin, trumpet |", "| melody | 32 | 8 | 0 |", "MIT"):
        assert part in text


def test_descriptions_do_no_harm(
    small_folder: Path, small_recipe: DMelodies, tmp_path: Path
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(small_folder, folder)
    before = (folder / "corpus.json").read_bytes()
    write_documents(folder)
    first = {path.name: path.read_bytes() for path in folder.glob("[cd]*.*")}
    generate(small_recipe, folder, progress=False)
    write_documents(folder)
    assert {path.name: path.read_bytes() for path in folder.glob("[cd]*.*")} == first
    assert first["corpus.json"] == before
    assert verify(folder, sample=1).problems == []


# --- faults


@pytest.mark.parametrize("format", NEW)
def test_a_full_disk_leaves_nothing(format: str, small: Corpus, tmp_path: Path) -> None:
    with file_limit(1000), pytest.raises(DsoundsError, match=r"cannot write .*out: "):
        export(small, format, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_when_a_file_gets_its_length(tmp_path: Path) -> None:
    """HDF5 would end the process if an error reached it."""

    class Full(io.FileIO):
        def truncate(self, size: int | None = None) -> int:
            raise OSError(errno.ENOSPC, "no space left")

    with Full(tmp_path / "a.h5", "w+b") as raw:
        guard = _Guard(raw)
        assert guard.truncate(1000) == 1000
    assert guard.error is not None
    assert guard.error.errno == errno.ENOSPC


@given(limit=st.integers(0, 60_000))
def test_hdf5_closes_in_peace_on_a_full_disk(
    limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("full")
    data = np.arange(20_000, dtype="<i2")

    def write(path: Path) -> int:
        with create(path) as file:
            file.attrs["text"] = "x" * 100
            file["group/data"] = data
        return path.stat().st_size

    size = write(folder / "a.h5")
    with file_limit(limit):
        if limit < size:
            with pytest.raises(OSError, match="File too large"):
                write(folder / "b.h5")
            return
        write(folder / "b.h5")
    assert (folder / "a.h5").read_bytes() == (folder / "b.h5").read_bytes()
    with h5py.File(folder / "b.h5") as file:
        np.testing.assert_array_equal(file["group/data"][:], data)


@pytest.mark.parametrize("format", NEW)
@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_what_exists_is_left_alone(format: str, there: str, small: Corpus, tmp_path: Path) -> None:
    target = tmp_path / "out"
    if there == "link":
        target.symlink_to(tmp_path / "lost")
    else:
        target.write_text("mine") if there == "file" else target.mkdir()
    with pytest.raises(DsoundsError, match="out exists already"):
        export(small, format, target)
    assert target.is_dir() or target.is_symlink() or target.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("format", ["midi", "npz"])
def test_two_exports_to_one_place(
    format: str, small: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is refused while the first works, and when the first has just ended."""
    target, alone = tmp_path / "out", atomic_files.exclusive_lock
    with (
        alone(tmp_path / ".out.dsounds-part", wait=False),
        pytest.raises(DsoundsError, match=r"another dsounds is writing into .*/out: wait for it"),
    ):
        export(small, format, target, clips=":2")
    assert list(tmp_path.iterdir()) == []

    def ended(place: Path, wait: bool, known_as: Path) -> AbstractContextManager[None]:
        target.write_text("of the first")
        return alone(place, wait, known_as=known_as)

    monkeypatch.setattr(atomic_files, "exclusive_lock", ended)
    with pytest.raises(DsoundsError, match="out exists already"):
        export(small, format, target, clips=":2")
    assert target.read_text() == "of the first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_in_the_place_where_it_works_is_not_followed(small: Corpus, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").touch()
    (tmp_path / ".out.dsounds-part").symlink_to(mine)
    with pytest.raises(DsoundsError, match="cannot write into"):
        export(small, "wav", tmp_path / "out", clips=":2")
    assert (mine / "file").exists()


def test_what_a_killed_export_left_is_removed(small: Corpus, tmp_path: Path) -> None:
    (tmp_path / ".out.dsounds-part").mkdir()
    (tmp_path / ".out.dsounds-part" / "half.wav").touch()
    export(small, "wav", tmp_path / "out", clips=":2")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(list((tmp_path / "out").rglob("*.wav"))) == 2


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"format": "wave"}, "unknown export format 'wave', did you mean 'wav'"),
        ({"format": "wav", "split": "melodies"}, "no split 'melodies', did you mean 'melody'"),
        ({"format": "wav", "clips": "5"}, "'5' is not a range"),
        ({"format": "wav", "clips": "5:5"}, "clips 0 to 39"),
        ({"format": "wav", "clips": "0:41"}, "clips 0 to 39"),
        ({"format": "wav", "out": None}, "format wav needs --out"),
        ({"format": "wav", "features": "log-mel"}, "format wav: unknown setting 'features'"),
        ({"format": "msd", "features": "mel"}, "features is 'mel', did you mean 'log-mel'"),
        ({"format": "hdf5", "clips": "0:10"}, "leave out --clips"),
        ({"format": "croissant"}, "the corpus's own folder: leave out --out"),
        ({"format": "croissant", "clips": "0:10", "out": None}, "leave out --clips"),
    ],
)
def test_what_cannot_be_exported(wish: dict, message: str, small: Corpus, tmp_path: Path) -> None:
    with pytest.raises(DsoundsError, match=message):
        export(small, **{"out": tmp_path / "out"} | wish)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["wav", "npz", "msd"])
def test_a_disk_without_space_is_refused_at_once(
    format: str, small: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(10**9, 10**9, 10**6)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    with pytest.raises(DsoundsError, match=r"not enough space at .*: (5|10) MB are needed, 1 MB"):
        export(small, format, tmp_path / "out")


def test_what_needs_a_folder_says_so(on_demand: Corpus, tmp_path: Path) -> None:
    with pytest.raises(DsoundsError, match="read from its recipe has none: generate it first"):
        export(on_demand, "hdf5", tmp_path / "out")
    with pytest.raises(DsoundsError, match="read from its recipe has none: generate it first"):
        export(on_demand, "croissant")


@given(start=st.integers(0, 45), stop=st.integers(0, 45))
def test_ranges_of_clips(start: int, stop: int, small: Corpus) -> None:
    text = f"{start}:{stop}"
    if start < stop <= len(small):
        chosen = choose(small, None, text)
        batches = np.concatenate(list(chosen.batches()))
        assert batches.tolist() == list(range(start, stop))
        np.testing.assert_array_equal(chosen.parts(), small.parts()[start:stop])
    else:
        with pytest.raises(DsoundsError, match="A:B"):
            choose(small, None, text)


@pytest.mark.parametrize("format", ["croissant", "hdf5", "midi", "msd", "npz", "wav"])
def test_each_format_has_its_command(
    format: str, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(small_folder, tmp_path / "corpus"))
    own = format == "croissant"
    out = folder / "croissant.json" if own else tmp_path / "out"
    command = ["export", str(folder), "--format", format]
    assert main(command if own else [*command, "--out", str(out)]) == 0
    assert out.stat().st_size > 0
    assert capsys.readouterr().out == f"{format}: {folder if own else out}\n"


def test_the_command_has_the_settings_of_its_format(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(small_folder), "--out", str(tmp_path / "a.h5"), "--clips", ":2"]
    assert main([*command, "--format=msd", "--features", "log-mel"]) == 0
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["data"].attrs["features"] == "log-mel"
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--format", "wav", "--features", "log-mel"])
    assert "--features" in capsys.readouterr().err


def test_the_help_is_that_of_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["export", "--help"])
    shown = " ".join(re.sub("[│]", " ", capsys.readouterr().out).split())
    assert all(f"{name}: {FORMATS.summary(name)}" in shown for name in FORMATS.names)


def test_the_documents_list_every_format() -> None:
    text = (Path(__file__).parents[3] / "docs" / "corpora.md").read_text()
    listed = dict(
        re.findall(
            r"^\| `(\w+)` \| (.+) \|$", text.split("| `--format` |")[1].split("\n\n")[0], re.M
        )
    )
    assert listed == {name: FORMATS.summary(name) for name in FORMATS.names}


def write_numbers(selection: Selection, place: Path, times: int) -> None:
    place.write_text(" ".join(str(clip * times) for clip in np.concatenate([*selection.batches()])))


@settings
class Times:
    times: int = 1


NUMBERS = ExportFormat("file", write_numbers, Times)


def test_a_format_of_ones_own(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "of_ones_own", sys.modules[__name__])
    command = ["export", str(small_folder), "--format", "of_ones_own:NUMBERS", "--times", "2"]
    assert main([*command, "--clips", "3:6", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text() == "6 8 10"


def test_the_command(small_folder: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "out"
    assert main(["export", str(small_folder), "--format", "midi", "--out", str(out)]) == 0
    assert len(os.listdir(out)) == 41
    assert main(["export", str(small_folder), "--format", "midi", "--out", str(out)]) == 2
    tiny = ["export", "tiny", "--format", "npz", "--out", str(tmp_path / "a.npz")]
    assert main([*tiny, "--clips", "0:2"]) == 0
    assert main(["export", "tinny", "--format", "npz", "--out", "b"]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("dsounds:")]
    assert len(said) == 2
    assert "exists already" in said[0]
