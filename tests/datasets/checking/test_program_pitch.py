"""The pitches of a SoundFont's programs: the stored table against its sound, and what it says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, load_recipe, open_corpus
from dsounds.datasets.checking.analysis.key_pitch import KeyPitch
from dsounds.datasets.checking.label_recovery import hear
from dsounds.datasets.checking.program_pitch import (
    KEYS,
    measure_pitches,
    program_pitch,
    row_of,
    table_lines,
)
from dsounds.datasets.checking.summary import summary, verdict
from dsounds.datasets.checking.trackers import note_pitches
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.storage.pitch_table import (
    PitchTable,
    known_pitches,
    table_path,
    write_pitches,
)
from dsounds.hashing import file_sha256
from dsounds.soundfonts import MUSESCORE_GENERAL, find_font
from dsounds.synth.music.midi import program_number
from dsounds.synth.music.schedule import NOTE, Voice
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import NoteKey, render_note
from dsounds.synth.sinusoids.generators import Generator
from dsounds.synth.sinusoids.sf2 import Instrument, Preset, Sample, SoundFont, Zone

TABLE = known_pitches(MUSESCORE_GENERAL.sha256)
assert TABLE is not None
FEW = DMelodies(
    count=2, rhythms_bar1=("xx.xx.xx",), rhythms_bar2=("xx.xx.xx",), rest_at_ends=True
)  # fmt: skip
EFFECTS = range(115, 128)  # woodblock to gunshot


@pytest.mark.parametrize("program", [9, 16, 31, 76, 122])
def test_a_row_of_the_stored_table_is_what_is_measured(font: Font, program: int) -> None:
    stored, again = TABLE.programs[program], program_pitch(font, program)
    assert (again.sound, again.name) == (stored.sound, stored.name)
    for name in ("octaves", "cents_4", "cents_5", "cents_6", "spread_cents"):
        assert getattr(again, name) == pytest.approx(getattr(stored, name), abs=0.06, nan_ok=True)


@pytest.mark.slow
def test_the_stored_table_is_what_is_measured_to_the_byte(tmp_path: Path) -> None:
    write_pitches(measure_pitches(find_font()), tmp_path / "again.csv")
    stored = table_path(MUSESCORE_GENERAL.sha256)
    assert (tmp_path / "again.csv").read_bytes() == stored.read_bytes()


def test_octaves_are_those_that_another_analysis_found() -> None:
    other = {
        row.name: row.octaves for row in TABLE.programs.values() if row.pitched and row.octaves
    }
    assert other == {
        "drawbar organ": -2,
        "percussive organ": -1,
        "rock organ": -1,
        "guitar harmonics": 2,
        "tubular bells": 1,
        "agogo": 1,
        "orchestra hit": -3,
    }
    kinds = {row.name for row in TABLE.programs.values() if row.sound == "inharmonic"}
    assert {"glockenspiel", "timpani", "tubular bells"} < kinds
    assert [row.program for row in TABLE.programs.values() if not row.pitched] == list(EFFECTS)


@pytest.mark.parametrize(
    ("instrument", "tolerance"),
    [
        ("drawbar organ", 5), ("percussive organ", 8), ("rock organ", 5), ("electric grand", 12),
        ("xylophone", 8), ("recorder", 12), ("blown bottle", 5), ("whistle", 5), ("tuba", 5),
    ],
)  # fmt: skip
def test_yin_hears_what_the_table_says(font: Font, instrument: str, tolerance: float) -> None:
    """YIN (librosa) shares nothing with the measurement; notes as in corpora, of other keys."""
    program = program_number(instrument)
    off = []
    for key in (61, 65, 69):
        sound = render_note(font, Voice(program), NoteKey(0, key, 90, 4_000), 16_000)
        said = key + TABLE.cents(Voice(program), np.array(key)) / 100
        around = round(float(said))
        notes = np.array([(0, 4_000, key, 90)], NOTE)
        off.append(100 * (note_pitches(sound, notes, around - 10, around + 10)[0] - said))
    assert np.abs(np.median(off)) < tolerance


def heard_keys(octave: int, *cents: float, periodic: bool = True) -> list:
    found = [KeyPitch(octave, one, one + 1 if periodic else None) for one in cents]
    return list(zip(KEYS, found, strict=False))


def test_a_row_from_keys() -> None:
    row = row_of(16, heard_keys(-1, *[0, 2, 4, 6, 8, 10], *[20] * 6, *[-30] * 6))
    assert (row.sound, row.octaves, row.name) == ("harmonic", -1, "drawbar organ")
    assert (row.cents_4, row.cents_5, row.cents_6) == (6, 21, -29)  # of periods
    assert row.spread_cents == np.quantile([5, 3, 1, 1, 3, 5, *[0] * 12], 0.9)
    row = row_of(9, heard_keys(0, *[0, 2, 4, 6, 8, 10], periodic=False))
    assert (row.sound, row.cents_4, row.cents_6) == ("inharmonic", 5, 5)  # lines; the nearest


def test_keys_that_do_not_agree() -> None:
    alike = heard_keys(0, *[3.0] * 12)
    others = [(key, KeyPitch(1, 3.0, 3.0)) for key in (84, 86, 88)]
    silent = [(key, None) for key in (90, 92, 94)]
    assert row_of(0, alike + others + silent).pitched  # 12 of 18
    assert not row_of(0, alike[:-1] + others + silent).pitched  # 11 of 17
    assert row_of(0, alike[:5]).pitched
    assert not row_of(0, silent).pitched
    assert not row_of(0, []).pitched
    scattered = heard_keys(0, *np.linspace(-60, 60, 18)[np.random.default_rng(0).permutation(18)])
    assert not row_of(0, scattered).pitched


def test_the_instruments_of_full_without_a_pitch_are_named() -> None:
    recipe = load_recipe("full")
    there = {TABLE.programs[voice.program].name for voice in recipe.voices} & {
        TABLE.programs[program].name for program in EFFECTS
    }
    assert len(there) == 13
    root = Path(__file__).parents[3]
    for text in ("datasets/recipes/full.toml", "docs/guide.md"):
        assert all(name in (root / text).read_text() for name in there), text


def test_frames_of_an_organ_an_effect_and_a_violin() -> None:
    corpus = open_corpus(replace(FEW, count=3, instruments=("16", "40", "126"), directions=("up",)))
    clips = np.arange(len(corpus))
    frames, programs = corpus.frames(clips), corpus.values[:, corpus.space.column("instrument")]
    held = ~frames.rest
    for n, program in enumerate(programs):
        keys = frames.pitch[n][held[n]]
        nominal, sounding = frames.f0_hz[n][held[n]], frames.f0_sounding_hz[n][held[n]]
        assert (keys >= 60).all()
        if program == 126:
            assert np.isnan(nominal).all()
            assert np.isnan(sounding).all()
        else:
            np.testing.assert_allclose(nominal, 440 * 2 ** ((keys - 69) / 12))
            cents = 1200 * np.log2(sounding / nominal)
            assert np.abs(cents + 2400 * (program == 16)).max() < 10
    assert set(programs) == {16, 40, 126}
    assert not frames.f0_sounding_hz[~held].any()
    assert not frames.f0_hz[~held].any()


def test_a_crossfade_sounds_like_the_louder_one() -> None:
    own = {"instruments": ("violin", "drawbar organ"), "directions": ("up",)}
    corpus = open_corpus(replace(FEW, **own, crossfade=True, sampling="all", count=None))
    values = corpus.values
    first, second = (values[:, corpus.space.column(f"instrument{end}")] for end in ("", "_to"))
    clip = np.flatnonzero((first == 40) & (second == 16))[:1]
    frames = corpus.frames(clip)
    held = ~frames.rest
    octaves = np.round(np.log2(frames.f0_sounding_hz[held] / frames.f0_hz[held]))
    middle = np.broadcast_to(np.arange(251) >= 125.5, (1, 251))[held]
    np.testing.assert_array_equal(octaves, np.where(middle, -2, 0))


def test_a_font_that_was_not_measured_has_nominal_pitches_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corpus = open_corpus(replace(FEW, instruments=("applause",)))
    monkeypatch.setitem(vars(corpus), "pitches", None)
    frames = corpus.frames([0])
    held = ~frames.rest
    assert np.isnan(frames.f0_sounding_hz[held]).all()
    np.testing.assert_allclose(frames.f0_hz[held], 440 * 2 ** ((frames.pitch[held] - 69) / 12))
    assert "nominal" not in summary(corpus)


def test_verify_hears_an_organ_where_it_sounds_and_no_pitch_of_an_effect(tmp_path: Path) -> None:
    organ = open_corpus(replace(FEW, instruments=("drawbar organ",)))
    (heard,) = hear(organ, np.arange(2))
    assert heard.octave == 1
    assert heard.confirmed
    recipe = replace(FEW, instruments=("applause",))
    findings = verify(generate(recipe, tmp_path / "c", progress=False), sample=2)
    assert findings.problems == []
    assert findings.unmeasured["tonic"] == "the instruments have no pitch"
    assert "applause" in (line := verdict(findings).split("\n")[3])
    assert line.endswith("no pitch")
    assert "nan" not in line


def test_inspect_names_what_does_not_sound_at_its_keys() -> None:
    told = summary(open_corpus(replace(FEW, count=4, instruments=("16", "18", "40", "126"))))
    assert "pitch and f0 of notes are nominal" in told
    assert "2 octaves below its keys: drawbar organ" in told
    assert "1 octave below its keys: rock organ" in told
    assert "without a pitch: applause" in told
    assert "nominal" not in summary(open_corpus(FEW))


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A SoundFont of one program, 16, that sounds an octave and 20 cents above its keys."""
    points = np.arange(3_200)
    data = np.round(9_000 * np.sin(2 * np.pi * points / 40)).astype(np.int16)  # 800 Hz at 32 kHz
    key = 69 + 12 * np.log2(800 / 440) - 12.2
    correction = round(100 * (key - round(key)))
    sample = Sample("sine", data, 32_000, round(key), (400, 2_000), -correction)
    zone = Zone(0, {Generator.LOOPS: 1})
    font = SoundFont(
        "own", [sample], [Instrument("own", (zone,))], [Preset("own", 0, 16, (Zone(0),))]
    )
    (tmp_path / "own.sf2").write_bytes(font.to_bytes())
    return tmp_path / "own.sf2"


def test_the_command_measures_a_foreign_font_once(
    foreign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["soundfont", str(foreign)]) == 0
    stored = table_path(file_sha256(foreign))
    assert str(stored) in capsys.readouterr().out
    found = known_pitches(file_sha256(foreign))
    assert found is not None
    assert list(found.programs) == [16]
    row = found.programs[16]
    assert (row.octaves, row.sound) == (1, "harmonic")
    assert row.cents_4 == pytest.approx(20, abs=2)

    out = tmp_path / "table.csv"
    assert main(["soundfont", str(foreign), "--out", str(out)]) == 0  # it is not measured again
    assert out.read_bytes() == stored.read_bytes()
    assert main(["soundfont", str(foreign), "--out", str(out)]) == 0  # its own may be replaced
    out.write_text("mine\n")
    assert main(["soundfont", str(foreign), "--out", str(out)]) == 2
    assert out.read_text() == "mine\n"

    stored.write_bytes(stored.read_bytes().replace(b"16,", b"17,"))
    capsys.readouterr()
    assert main(["soundfont", str(foreign)]) == 2
    told = capsys.readouterr().err.strip()
    assert "damaged" in told
    assert "\n" not in told
    assert main(["soundfont", str(foreign), "--measure"]) == 0
    assert main(["soundfont", str(foreign)]) == 0


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["soundfont"]) == 0
    out = capsys.readouterr().out
    (organ,) = (line for line in out.splitlines() if "drawbar organ" in line)
    assert organ.split()[3:5] == ["harmonic", "-2"]
    assert sum("without a pitch" in line for line in out.splitlines()) == 13
    assert main(["soundfont", "sinusoids"]) == 0
    assert capsys.readouterr().out == "every preset sounds as its keys say\n"
    assert main(["soundfont", "sinusoids", "--measure"]) == 2
    assert "there is no table of it" in capsys.readouterr().err
    assert table_lines(PitchTable("", {}, in_tune=True)) == ["every preset sounds as its keys say"]
