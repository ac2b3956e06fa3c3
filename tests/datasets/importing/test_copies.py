"""Recordings of one sound under several names: on one side of a split, and reported."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from dsounds.datasets import open_corpus
from dsounds.datasets.importing import ImportSettings, Recording, import_recordings
from dsounds.datasets.importing.copies import copies_of, named, together

RATE_HZ = 16_000
HALF = ImportSettings(seconds=0.25, confidence=0, validation=0.5)


def tone(number: int) -> np.ndarray:
    """A tone in integers: libsndfile rounds floats to other integers in WAV than in FLAC."""
    sound = np.sin(2 * np.pi * (100 + 7 * number) * np.arange(RATE_HZ // 4) / RATE_HZ)
    return (16_000 * sound).astype(np.int16)


def recordings(folder: Path, sounds: dict[str, int], labels: dict[str, str]) -> list[Recording]:
    for file, number in sounds.items():
        soundfile.write(folder / file, tone(number), RATE_HZ)
    return [Recording(folder / file, file, {"x": labels[file]}, unit=file) for file in sounds]


@pytest.mark.parametrize("seed", range(3))
def test_copies_are_on_one_side(seed: int, tmp_path: Path) -> None:
    # every sound comes three times, once in another format
    sounds = {
        f"{copy}-{number}.{ending}": number
        for number in range(8)
        for copy, ending in (("a", "wav"), ("b", "wav"), ("c", "flac"))
    }
    labels = {file: str(place % 2) for place, file in enumerate(sounds)}
    dealt = ImportSettings(seconds=0.25, confidence=0, validation=0.5, seed=seed)
    done = import_recordings(recordings(tmp_path, sounds, labels), tmp_path / "c", dealt)
    assert min(done.parts["train"], done.parts["validation"]) > 0
    made = open_corpus(tmp_path / "c")
    sides: dict[bytes, set[int]] = {}
    for sound, part in zip(made.pcm(np.arange(len(made))), made.parts(), strict=True):
        sides.setdefault(sound.tobytes(), set()).add(int(part))
    assert len(sides) == 8
    assert all(len(parts) == 1 for parts in sides.values())


def test_labels_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    sounds = {"a.wav": 0, "b.wav": 0, "c.wav": 1, "d.flac": 1, "e.wav": 2}
    labels = {"a.wav": "up", "b.wav": "down", "c.wav": "up", "d.flac": "up", "e.wav": "down"}
    done = import_recordings(recordings(tmp_path, sounds, labels), tmp_path / "c", HALF)
    said = done.summary()
    assert "the same sound under several names: 4 recordings" in said
    assert "contradict each other: a.wav (x=up) = b.wav (x=down)" in said
    assert "c.wav" not in said
    with h5py.File(tmp_path / "c" / "shard-00000.h5") as file:
        assert (
            len(file["audio"]) == 5
        )  # reported, not refused: an organ has one sound at all velocities


def test_a_given_split_that_parts_copies_is_named(tmp_path: Path) -> None:
    there = recordings(
        tmp_path,
        {"a.wav": 0, "b.wav": 0, "c.wav": 1},
        dict.fromkeys(("a.wav", "b.wav", "c.wav"), "1"),
    )
    parts = ("train", "test", "test")
    given = [
        Recording(one.path, one.file, one.labels, part)
        for one, part in zip(there, parts, strict=True)
    ]
    said = import_recordings(given, tmp_path / "c", HALF).summary()
    assert "split has the same sound in two parts: a.wav = b.wav" in said
    assert open_corpus(tmp_path / "c").parts().tolist() == [0, 2, 2]


def test_a_recording_and_its_beginning_are_copies(tmp_path: Path) -> None:
    sound = np.concatenate([tone(0), tone(1), tone(2)])
    for file, own in (("a.wav", sound), ("b.wav", sound[:-100]), ("c.wav", tone(3))):
        soundfile.write(tmp_path / file, own, RATE_HZ)
    there = [Recording(tmp_path / f, f, {"x": "1"}, unit=f) for f in ("a.wav", "b.wav", "c.wav")]
    done = import_recordings(there, tmp_path / "c", HALF)
    assert [str(one) for one in done.copies] == ["a.wav = b.wav"]
    parts = open_corpus(tmp_path / "c").parts().tolist()
    assert len(set(parts[:5])) == 1
    assert parts[5] != parts[0]


def test_without_copies_nothing_is_said(tmp_path: Path) -> None:
    there = recordings(tmp_path, {"a.wav": 0, "b.wav": 1}, {"a.wav": "1", "b.wav": "2"})
    done = import_recordings(there, tmp_path / "c", HALF)
    assert done.copies == ()
    assert "same sound" not in done.summary()


def test_silent_copies_are_not_reported(tmp_path: Path) -> None:
    there = recordings(tmp_path, {"a.wav": 0}, {"a.wav": "1"})
    for file, label in (("zero.wav", "1"), ("nought.wav", "2")):
        soundfile.write(tmp_path / file, np.zeros(RATE_HZ // 4), RATE_HZ)
        there.append(Recording(tmp_path / file, file, {"x": label}))
    done = import_recordings(there, tmp_path / "c", HALF)
    assert (done.copies, len(done.silent)) == ((), 2)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20))
def test_together_is_the_closure_of_both_relations(pairs: list[tuple[int, int]]) -> None:
    found = together([unit for unit, _ in pairs], [sound for _, sound in pairs])
    wanted = list(range(len(pairs)))
    for _ in pairs:  # the least number of what is linked, until nothing changes
        for place, own in enumerate(pairs):
            linked = [
                wanted[n]
                for n, other in enumerate(pairs)
                if own[0] == other[0] or own[1] == other[1]
            ]
            wanted[place] = min(linked)
    order = {number: place for place, number in enumerate(dict.fromkeys(wanted))}
    assert found.tolist() == [order[number] for number in wanted]


def test_names_are_many_or_few() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(range(22)) == ", ".join(map(str, range(20))) + " and 2 more"  # type: ignore[arg-type]
    assert copies_of([]) == ()
