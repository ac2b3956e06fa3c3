"""Recordings that are no sound, or only part of it: dropped or refused, and named."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsounds.datasets import open_corpus
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.importing import ImportSettings, Recording, import_recordings
from dsounds.datasets.importing.imported import Imported
from dsounds.datasets.importing.layouts import nsynth
from dsounds.datasets.importing.levels import NOTHING_DBFS, level_dbfs
from dsounds.datasets.importing.segments import load
from dsounds.errors import DsoundsError

RATE_HZ = 16_000
ALL = ImportSettings(seconds=1.0, confidence=0, validation=0)
RNG = np.random.default_rng(0)
TIME_S = np.arange(RATE_HZ) / RATE_HZ
TONE = 0.5 * np.cos(2 * np.pi * 440 * TIME_S)
DITHER = RNG.integers(-1, 2, RATE_HZ)  # in steps


def recordings(folder: Path, sounds: dict[str, np.ndarray], subtype: str) -> list[Recording]:
    """The sounds as WAV files, each with its name as its label."""
    for name, sound in sounds.items():
        soundfile.write(folder / name, sound, RATE_HZ, subtype=subtype)
    return [Recording(folder / name, name, {"x": name}) for name in sounds]


def imported(folder: Path, sounds: dict[str, np.ndarray], subtype: str = "PCM_16") -> Imported:
    return import_recordings(recordings(folder, sounds, subtype), folder / "c", ALL)


def test_level_is_that_of_the_definition() -> None:
    assert level_dbfs(np.ones(100)) == level_dbfs(np.zeros(100)) == NOTHING_DBFS
    assert level_dbfs(TONE + 0.25) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-9)
    square = np.tile([0.1, -0.1], 100)
    assert level_dbfs(square) == pytest.approx(-20, abs=1e-9)


def test_what_is_no_sound_is_dropped_and_named(tmp_path: Path) -> None:
    left = 0.25 * np.cos(2 * np.pi * 441 * TIME_S)
    sounds = {
        "tone.wav": TONE,
        "zeros.wav": np.zeros(RATE_HZ),
        "dither.wav": DITHER / 32768,
        "constant.wav": np.full(RATE_HZ, 0.4),
        "offset.wav": 0.4 + DITHER / 32768,
        "opposite.wav": np.stack([left, -left + 1 / 32768], axis=1),
    }
    done = imported(tmp_path, sounds)
    assert done.silent == dict.fromkeys(list(sounds)[1:], 1)
    assert (done.clips, done.dropped) == (1, 0)
    said = done.summary()
    assert "5 silent clips (below -70 dBFS)" in said
    assert "zeros.wav (1 clip), dither.wav (1 clip)" in said
    assert "opposite.wav (1 clip: its channels cancel each other)" in said
    assert verify(tmp_path / "c").problems == []
    assert "silent clips, of a level below -70 dBFS" in (tmp_path / "c/datasheet.md").read_text()


def test_channels_of_few_bits_cancel_to_dither(tmp_path: Path) -> None:
    """What is left of them is above the floor, but no more than steps of 8 bits."""
    left = np.round(32 * TONE) / 128
    sounds = {"tone.wav": TONE, "a.wav": np.stack([left, DITHER / 128 - left], axis=1)}
    said = imported(tmp_path, sounds, "PCM_U8").summary()
    assert "a.wav (1 clip: its channels cancel each other)" in said


@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_a_constant_at_another_rate_is_silence(rate_hz: int, tmp_path: Path) -> None:
    """Resampled it rings where the file begins and ends, at -40 dBFS."""
    soundfile.write(tmp_path / "a.wav", np.full(rate_hz, 0.5), rate_hz)
    there = [Recording(tmp_path / "a.wav", "a.wav", {"x": "1"})]
    with pytest.raises(DsoundsError, match="1 are silent"):
        import_recordings(there, tmp_path / "c", ALL)


def test_dither_of_few_bits_is_silence_and_a_tone_of_few_bits_is_not(tmp_path: Path) -> None:
    sounds = {"dither.wav": DITHER / 128, "tone.wav": 4 * TONE / 128}
    assert imported(tmp_path, sounds, "PCM_U8").silent == {"dither.wav": 1}


def test_the_floor_is_a_setting_and_quiet_sound_stays(tmp_path: Path) -> None:
    sounds = {"quiet.wav": TONE / 500, "tone.wav": TONE}  # RMS -63 and -9 dBFS
    assert imported(tmp_path, sounds).silent == {}
    there = recordings(tmp_path, sounds, "PCM_16")
    higher = ImportSettings(seconds=1.0, confidence=0, validation=0, silence_dbfs=-60)
    assert import_recordings(there, tmp_path / "d", higher).silent == {"quiet.wav": 1}
    with pytest.raises(DsoundsError, match=r"no clip is left.* 1 are silent, below -60 dBFS"):
        import_recordings(there[:1], tmp_path / "e", higher)


def test_silence_stands_in_the_recipe_only_where_it_dropped_a_clip(tmp_path: Path) -> None:
    """A corpus that older versions made is made again with its id."""
    one = recordings(tmp_path, {"tone.wav": TONE, "zeros.wav": np.zeros(RATE_HZ)}, "PCM_16")
    import_recordings(one[:1], tmp_path / "a", ALL)
    import_recordings(one, tmp_path / "b", ALL)
    assert "silence_dbfs" not in open_corpus(tmp_path / "a").manifest.recipe
    assert open_corpus(tmp_path / "b").manifest.recipe["silence_dbfs"] == -70


@pytest.mark.parametrize(("normalise", "kept"), [("clip", 2), ("corpus", 1)])
def test_a_clip_that_would_be_written_as_silence(normalise: str, kept: int, tmp_path: Path) -> None:
    there = recordings(tmp_path, {"loud.wav": 9 * TONE, "quiet.wav": TONE / 500}, "FLOAT")
    settings = ImportSettings(seconds=1.0, confidence=0, validation=0, normalise=normalise)  # type: ignore[arg-type]
    assert import_recordings(there, tmp_path / "c", settings).clips == kept


def with_samples(*values: float) -> np.ndarray:
    sound = TONE.copy()
    sound[1000 : 1000 + len(values)] = values
    return sound


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (with_samples(1e30), r"a\.wav has a sample of 1e\+30"),
        (with_samples(-1e4), r"a\.wav has a sample of 1e\+04"),
        (with_samples(*[1e30] * 100), r"a\.wav has a sample of 1e\+30"),
        (with_samples(np.inf), r"a\.wav has samples that are no numbers"),
        (with_samples(np.nan), r"a\.wav has samples that are no numbers"),
        (np.stack([with_samples(np.inf), with_samples(-np.inf)], 1), "no numbers"),
        (with_samples(1e39), "no numbers"),
    ],
)
def test_numbers_that_are_no_sound_are_refused(
    sound: np.ndarray, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DsoundsError, match=message):
        imported(tmp_path, {"tone.wav": TONE, "a.wav": sound}, "DOUBLE")
    assert not (tmp_path / "c").exists()


def test_floats_in_another_scale_are_sound(tmp_path: Path) -> None:
    hit = 200 * TONE
    hit[100] = 32_768
    sounds = {"integers.wav": 32_768 * TONE, "hit.wav": hit, "over.wav": 1.5 * TONE}
    done = imported(tmp_path, sounds, "FLOAT")
    assert (done.clips, done.silent) == (3, {})


def test_a_click_of_ten_times_full_scale_is_sound(tmp_path: Path) -> None:
    sound = TONE / 1000
    sound[100] = 9.5
    assert imported(tmp_path, {"click.wav": sound}, "FLOAT").silent == {}


def test_a_file_that_cannot_be_sought_in_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", TONE, RATE_HZ, subtype="GSM610")
    assert abs(len(load(tmp_path / "a.wav")) - RATE_HZ) < 400
    cut_in_half(tmp_path / "a.wav")
    with pytest.raises(DsoundsError, match="is cut short"):
        load(tmp_path / "a.wav")


def test_nsynth_drops_silent_notes(tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    sounds = {"a": TONE, "b": np.zeros(RATE_HZ), "c": DITHER / 32768}
    recordings(tmp_path / "audio", {f"{name}.wav": one for name, one in sounds.items()}, "PCM_16")
    row = {"pitch": 60, "velocity": 50, "instrument_family_str": "organ"}
    row |= {"instrument_source_str": "electronic", "instrument_str": "organ_electronic_000"}
    (tmp_path / "examples.json").write_text(json.dumps(dict.fromkeys(sounds, row)))
    done = import_recordings(nsynth(tmp_path), tmp_path / "corpus", ALL)
    assert done.silent == {"audio/b.wav": 1, "audio/c.wav": 1}


# --- cut short


def cut_in_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


FORMATS = {
    "wav": "PCM_16", "aiff": "PCM_16", "au": "PCM_16", "w64": "PCM_16", "rf64": "PCM_16",
    "flac": "PCM_16", "caf": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III",
    "nist": "PCM_16", "svx": "PCM_16", "avr": "PCM_16", "mpc2k": "PCM_16",
}  # fmt: skip


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_cut_short_is_refused_by_name(ending: str, tmp_path: Path, capfd) -> None:
    path = tmp_path / f"a.{ending}"
    sound = np.tile(TONE, 9)
    soundfile.write(path, sound, RATE_HZ, subtype=FORMATS[ending], format=ending.upper())
    assert abs(len(load(path)) - len(sound)) < 3000  # lossy formats add some
    cut_in_half(path)
    with pytest.raises(DsoundsError, match=rf"recording .*a\.{ending} (is cut short|cannot be)"):
        load(path)
    capfd.readouterr()  # mpg123 warns by itself


def test_an_ogg_without_its_last_page(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.ogg", RNG.normal(size=9 * RATE_HZ) * 0.1, RATE_HZ)
    content = (tmp_path / "a.ogg").read_bytes()
    (tmp_path / "a.ogg").write_bytes(content[: content.rindex(b"OggS")])
    with pytest.raises(DsoundsError, match="the page that ends an Ogg stream is missing"):
        load(tmp_path / "a.ogg")


@pytest.mark.parametrize("share", [0.9, 0.999])
def test_an_ogg_whose_last_page_is_cut(share: float, tmp_path: Path) -> None:
    """Of few bytes a second, so that the last page is a tenth of the file."""
    path = tmp_path / "a.ogg"
    soundfile.write(path, np.tile(TONE, 9), RATE_HZ)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DsoundsError, match="the page that ends an Ogg stream is missing"):
        load(path)


def wav(data_bytes: int, more: bytes = b"") -> bytes:
    """A WAV file of the tone whose header promises so many bytes of sound."""
    pcm = (32767 * TONE).astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    data = struct.pack("<4sI", b"data", data_bytes) + pcm + more
    size = min(data_bytes + 36 + len(more), 0xFFFFFFFF)
    return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + form + data


@pytest.mark.parametrize("promised", [0xFFFFFFFF, 0x7FFFF000, 2 * RATE_HZ, 2 * RATE_HZ + 8])
def test_headers_of_pipes_promise_nothing_and_a_few_bytes_are_padding(
    promised: int, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").write_bytes(wav(promised))
    assert len(load(tmp_path / "a.wav")) == RATE_HZ


@pytest.mark.parametrize(
    ("promised", "message"),
    [(2 * RATE_HZ + 100, "promises 32,100 bytes of sound, 32,000 are there"), (0, "no sound is")],
)
def test_headers_that_promise_more_or_nothing(promised: int, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(promised))
    with pytest.raises(DsoundsError, match=message):
        load(tmp_path / "a.wav")


def test_text_after_the_sound_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(2 * RATE_HZ, struct.pack("<4sI", b"LIST", 90) + b"INFO"))
    assert len(load(tmp_path / "a.wav")) == RATE_HZ


def test_recordings_shorter_than_a_clip_are_named(tmp_path: Path) -> None:
    done = imported(tmp_path, {"a.wav": TONE, "short.wav": TONE[:-1], "none.wav": TONE[:0]})
    assert done.short_files == ("short.wav", "none.wav")
    assert "shorter than a clip: short.wav, none.wav" in done.summary()
    with pytest.raises(DsoundsError, match=r"shorter than a clip: short\.wav$"):
        import_recordings(
            [Recording(tmp_path / "short.wav", "short.wav", {"x": "1"})], tmp_path / "d", ALL
        )
