"""The store of rendered notes: rendered once, shared, never wrong."""

import pickle
import resource
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from dsounds.datasets.storage import note_cache
from dsounds.datasets.storage.note_cache import NoteStore
from dsounds.errors import DsoundsError
from dsounds.soundfonts import find_font
from dsounds.synth.music.schedule import Voice
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import NoteKey, build_table, code_of

VOICES = (Voice(40), Voice(56))
KEYS = [NoteKey(v, p, 100, n) for v in (0, 1) for p in (60, 64, 67) for n in (3968, 4032)]
CODES = np.array(sorted(map(code_of, KEYS)))


class Counting:
    """Opens the SoundFont and counts how often."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self) -> Font:
        self.opened += 1
        return Font(find_font())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(note_cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def store(opener: Counting | None = None, voices: tuple[Voice, ...] = VOICES) -> NoteStore:
    return NoteStore(opener or Counting(), ("font", "2.3.1"), voices, 64_000)


def rows(table: note_cache.NoteTable, codes: np.ndarray) -> list[bytes]:
    places = table.rows(codes)
    return [
        table.samples[a:b].tobytes()
        for a, b in zip(table.starts[places], table.stops[places], strict=True)
    ]


@pytest.fixture(scope="module")
def expected(font: Font) -> list[bytes]:
    return rows(build_table(font, VOICES, CODES, 64_000), CODES)


def test_notes_are_rendered_once(cache: Path, expected: list[bytes]) -> None:
    opener = Counting()
    first = store(opener)
    assert rows(first.table(CODES[:4]), CODES[:4]) == expected[:4]
    assert rows(first.table(CODES), CODES) == expected
    assert opener.opened == 2
    again = store(opener)
    assert rows(again.table(CODES), CODES) == expected
    assert rows(pickle.loads(pickle.dumps(again)).table(CODES), CODES) == expected
    assert opener.opened == 2
    assert isinstance(again.table(CODES).samples, np.memmap)


def test_a_store_knows_voices_by_what_they_are(cache: Path, expected: list[bytes]) -> None:
    store().table(CODES)
    opener = Counting()
    turned = store(opener, (Voice(73), VOICES[1], VOICES[0]))
    codes = np.array([code_of(NoteKey(2, 60, 100, 4032)), code_of(NoteKey(1, 60, 100, 4032))])
    mine = [CODES.tolist().index(code_of(NoteKey(v, 60, 100, 4032))) for v in (0, 1)]
    table = turned.table(codes)
    assert [rows(table, codes[:1])[0], rows(table, codes[1:])[0]] == [expected[n] for n in mine]
    assert opener.opened == 0
    turned.table(np.array([code_of(NoteKey(0, 60, 100, 4032))]))
    assert opener.opened == 1
    assert rows(store(opener).table(CODES), CODES) == expected
    assert opener.opened == 1


def test_what_decides_the_samples_decides_the_place(cache: Path) -> None:
    places = {
        NoteStore(Counting(), identity, VOICES, samples).folder
        for identity in (("a", "1"), ("b", "1"), ("a", "2"))
        for samples in (64_000, 32_000)
    }
    assert len(places) == 6


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_a_damaged_note_is_rendered_again(cache: Path, expected: list[bytes], part: float) -> None:
    own = store()
    own.table(CODES)
    file = next(own.folder.glob("samples-*"))
    content = bytearray(file.read_bytes())
    content[int(part * len(content))] ^= 1
    file.write_bytes(content)
    opener = Counting()
    assert rows(store(opener).table(CODES), CODES) == expected
    assert opener.opened == 1
    assert rows(store(opener).table(CODES), CODES) == expected
    assert opener.opened == 1


@pytest.mark.parametrize("harm", ["truncate", "remove", "index", "no index"])
def test_a_damaged_store_is_made_again(cache: Path, expected: list[bytes], harm: str) -> None:
    own = store()
    reader = own.table(CODES)
    file, index = next(own.folder.glob("samples-*")), own.folder / "index.npz"
    if harm == "truncate":
        with open(file, "r+b") as opened:
            opened.truncate(1000)
    elif harm == "remove":
        file.unlink()
    elif harm == "index":
        content = bytearray(index.read_bytes())
        content[len(content) // 2] ^= 1
        index.write_bytes(content)
    else:
        index.unlink()
    assert rows(store().table(CODES), CODES) == expected
    if harm in ("index", "no index"):  # who reads the old file goes on with what was there
        assert rows(reader, CODES) == expected
    assert len(list(own.folder.glob("samples-*"))) == 1  # what no index knows is gone


def test_what_a_killed_writer_left_does_not_count(cache: Path, expected: list[bytes]) -> None:
    own = store()
    own.table(CODES[:6])
    with open(next(own.folder.glob("samples-*")), "ab") as file:
        file.write(b"half a note")
    assert rows(store().table(CODES), CODES) == expected


def test_a_kill_while_the_index_is_written_loses_nothing(
    cache: Path, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = store()
    own.table(CODES[:6])
    index = (own.folder / "index.npz").read_bytes()

    def savez(file: BinaryIO, **_: object) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", savez)
        with pytest.raises(KeyboardInterrupt):
            store().table(CODES)
    assert (own.folder / "index.npz").read_bytes() == index
    assert rows(store().table(CODES), CODES) == expected


def test_a_full_disk(cache: Path, expected: list[bytes]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DsoundsError, match="cannot write rendered notes"):
            store().table(CODES)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert rows(store().table(CODES), CODES) == expected


@pytest.mark.process
def test_several_processes_fill_one_store(cache: Path, expected: list[bytes]) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from test_note_cache import store, CODES; store().table(CODES[int(sys.argv[1])::2])"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in (0, 1)]
    assert [process.wait() for process in both] == [0, 0]
    opener = Counting()
    assert rows(store(opener).table(CODES), CODES) == expected
    assert opener.opened == 0


def test_a_silent_note_is_an_error_that_names_preset_and_pitch(cache: Path) -> None:
    silent = np.array([code_of(NoteKey(0, 84, 100, 4032))])
    own = store(voices=(Voice(43),))
    assert own.table(silent).silent(silent).tolist() == silent.tolist()
    with pytest.raises(DsoundsError, match=r"preset 43 \(contrabass\).*silent at pitch 84 \(C6\)"):
        own.sounding(silent)


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(note_cache.VARIABLE, str(tmp_path / "file"))
    with pytest.raises(DsoundsError, match="cannot write into"):
        store().table(CODES)
