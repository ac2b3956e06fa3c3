"""Tables of pitches: written and read, damaged, of another SoundFont, of none."""

from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets.storage import checksum_line
from dsounds.datasets.storage.pitch_table import (
    KIND,
    PitchTable,
    ProgramPitch,
    beside_keys,
    known_pitches,
    table_path,
    write_pitches,
)
from dsounds.errors import DsoundsError
from dsounds.soundfonts import MUSESCORE_GENERAL, SINUSOIDS
from dsounds.synth.music.schedule import Voice

SHA256 = "ab" * 32
ORGAN = ProgramPitch(16, "drawbar organ", "harmonic", -2, 1.5, -2.5, 0.0, 0.5)
DRUM = ProgramPitch(118, "synth drum", "none")
TABLE = PitchTable(SHA256, {16: ORGAN, 118: DRUM})


@pytest.fixture
def path(own_cache: Path) -> Path:
    place = table_path(SHA256)
    assert own_cache in place.parents
    write_pitches(TABLE, place)
    yield place
    place.unlink(missing_ok=True)


def test_a_table_of_a_foreign_font_lies_in_the_cache(path: Path) -> None:
    found = known_pitches(SHA256)
    assert found is not None
    assert found.row(Voice(16)) == ORGAN
    assert repr(found.row(Voice(118))) == repr(DRUM)  # nan is not equal to nan
    assert known_pitches("cd" * 32) is None


def test_what_sounds() -> None:
    keys = np.array([[48, 71], [72, 83], [84, 120]])
    cents = TABLE.cents(Voice(16, generators=((52, 30.0),)), keys)  # without its own tuning
    assert (cents + 2400).tolist() == [[1.5, 1.5], [-2.5, -2.5], [0.0, 0.0]]
    assert np.isnan(TABLE.cents(Voice(118), keys)).all()
    assert TABLE.pitchless(Voice(118))
    for unknown in (Voice(0), Voice(118, bank=8)):  # another bank has other presets
        assert np.isnan(TABLE.cents(unknown, keys)).all()
        assert not TABLE.pitchless(unknown)
    assert beside_keys(ORGAN) == "2 octaves below its keys"
    assert beside_keys(ProgramPitch(113, "agogo", "harmonic", 1)) == "1 octave above its keys"
    assert beside_keys(DRUM) == "without a pitch"


def test_sinusoids_sound_as_their_keys_say() -> None:
    found = known_pitches(SINUSOIDS.sha256)
    assert found is not None
    assert not found.cents(Voice(99, bank=11), np.array([48, 84])).any()


def test_every_flipped_byte_is_seen(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):
        altered = bytearray(whole)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        with pytest.raises(DsoundsError, match="dsounds soundfont SOUNDFONT --measure") as told:
            known_pitches(SHA256)
        assert "\n" not in str(told.value)
        path.unlink()  # a new file, lest its time be that of the last one


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("16,drawbar organ", "16,violin"),
        ("16,drawbar organ", "x,drawbar organ"),
        ("harmonic,-2", "harmonic,nan"),
        ("harmonic,-2", "loud,-2"),
        ("harmonic,-2,", "harmonic,"),
        ("1.5", "1.5,2"),
        ("program,name", "name,program"),
    ],
)
def test_a_row_that_is_not_one(path: Path, old: str, new: str) -> None:
    """Its checksum is right: somebody wrote it."""
    lines = path.read_text().splitlines(keepends=True)[:-1]
    path.unlink()
    text = "".join(lines)
    assert old in text
    with open(path, "w+b") as file:
        file.write(text.replace(old, new).encode())
        checksum_line.append(file, KIND)
    with pytest.raises(DsoundsError, match="is damaged"):
        known_pitches(SHA256)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"one line\n"])
def test_what_is_no_table(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(DsoundsError, match="is damaged"):
        known_pitches(SHA256)


def test_the_table_of_another_font(path: Path) -> None:
    path.unlink()
    write_pitches(PitchTable("cd" * 32, {16: ORGAN}), path)
    with pytest.raises(DsoundsError, match="is the table of another SoundFont"):
        known_pitches(SHA256)


def test_the_catalogue_s_font_has_its_table() -> None:
    path = table_path(MUSESCORE_GENERAL.sha256)
    assert path.name == "musescore-general-pitches.csv"
    found = known_pitches(MUSESCORE_GENERAL.sha256)
    assert found is not None
    assert sorted(found.programs) == list(range(128))
