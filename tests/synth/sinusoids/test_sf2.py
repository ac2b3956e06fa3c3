"""The SoundFont writer: what sf2utils reads back, what FluidSynth plays, what is refused."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.datasets.checking.trackers import note_pitches
from dsounds.errors import DsoundsError
from dsounds.synth.music.schedule import NOTE, Voice
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import NoteKey, render_note
from dsounds.synth.sinusoids.generators import Generator, rate_cents, timecents
from dsounds.synth.sinusoids.sf2 import Instrument, Preset, Sample, SoundFont, Zone

CYCLE = np.round(20_000 * np.sin(2 * np.pi * np.arange(116) / 100)).astype(np.int16)
A4 = Sample("A4", CYCLE, 44_000, 69, (8, 108))
LOUD = Zone(0, keys=(0, 69))
SOFT = Zone(0, {Generator.ATTENUATION: 100}, (70, 127))
TONE = Instrument("tone", (Zone(None, {Generator.LOOPS: 1, Generator.ATTACK: -8_400}), LOUD, SOFT))
FONT = SoundFont(
    "small",
    [A4],
    [TONE],
    [
        Preset("far", 3, 7, (Zone(0),)),
        Preset("near", 0, 0, (Zone(0, {Generator.ATTENUATION: 25}),)),
    ],
    "for a test",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sf2") / "small.sf2"
    file.write_bytes(FONT.to_bytes())
    return file


def test_an_independent_reader_finds_what_was_written(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sf2parse = pytest.importorskip("sf2utils.sf2parse")
    with path.open("rb") as file, caplog.at_level(logging.WARNING):
        read = sf2parse.Sf2File(file)
        sample, end = read.samples
        points = np.frombuffer(sample.raw_sample_data, "<i2")
        presets = [(preset.name, preset.bank, preset.preset) for preset in read.presets[:-1]]
        tone = read.presets[1].bags[0].instrument
    assert not caplog.records
    assert (read.info.bank_name, read.info.comments, read.info.tool) == (
        "small", "for a test", "dsounds",
    )  # fmt: skip
    assert presets == [("near", 0, 0), ("far", 3, 7)]
    assert read.presets[0].bags[0].gens[Generator.ATTENUATION].short == 25
    np.testing.assert_array_equal(points, CYCLE)
    assert (sample.name, sample.start_loop, sample.end_loop) == ("A4", 8, 108)
    assert (sample.sample_rate, sample.original_pitch, sample.pitch_correction) == (44_000, 69, 0)
    assert (end.name, tone.name) == ("EOS", "tone")
    common, loud, soft = tone.bags
    assert {n: gen.short for n, gen in common.gens.items()} == {34: -8_400, 54: 1}
    assert (list(loud.key_range), list(soft.key_range)) == ([0, 69], [70, 127])
    assert list(soft.gens) == [Generator.KEY_RANGE, Generator.ATTENUATION, Generator.SAMPLE]
    assert loud.sample.name == soft.sample.name == "A4"


def test_fluidsynth_plays_it_in_tune(path: Path) -> None:
    with Font(path) as font:
        assert [font.preset_name(0), font.preset_name(7, 3)] == ["near", "far"]
        for pitch in (57, 69, 81):
            row = render_note(font, Voice(7, 3), NoteKey(0, pitch, 100, 16_000), 16_000)
            notes = np.array([(0, 16_000, pitch, 100)], NOTE)
            assert note_pitches(row, notes)[0] == pytest.approx(pitch, abs=0.05)


def test_fluidsynth_takes_four_tenths_of_an_attenuation(path: Path) -> None:
    def level_db(voice: Voice, pitch: int) -> float:
        row = render_note(font, voice, NoteKey(0, pitch, 127, 16_000), 16_000)
        return float(10 * np.log10((row[4_000:12_000] ** 2).mean()))

    with Font(path) as font:
        near, far = Voice(0), Voice(7, 3)
        assert level_db(far, 69) - level_db(near, 69) == pytest.approx(0.4 * 2.5, abs=0.01)
        assert level_db(far, 69) - level_db(far, 70) == pytest.approx(0.4 * 10, abs=0.02)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert FONT.to_bytes() == FONT.to_bytes()
    assert len(FONT.to_bytes()) % 2 == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": CYCLE.astype(float)}, "int16"),
        ({"loop": (7, 108)}, "8 before"),
        ({"loop": (8, 109)}, "8 after"),
        ({"loop": (8, 39)}, "32 points"),
        ({"rate_hz": 64_000}, "rate_hz is 64000: 400 to 50000"),
        ({"key": 128}, "key is 128"),
        ({"correction_cents": 100}, "correction_cents"),
        ({"name": "a name of twenty one"}, "1 to 19 ASCII"),
        ({"name": "é"}, "ASCII"),
    ],
)
def test_bad_samples_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DsoundsError, match=message):
        replace(FONT, samples=[replace(A4, **change)])


@pytest.mark.parametrize(
    ("zones", "message"),
    [
        ((), "no zone that plays"),
        ((Zone(None),), "no zone that plays"),
        ((LOUD, Zone(None)), "zone 1 has no target"),
        ((Zone(1),), "target 1, which does not exist"),
        ((Zone(0, keys=(70, 60)),), "no range"),
        ((Zone(0, {Generator.ATTENUATION: -1}),), "ATTENUATION -1: integers from 0 to 1440"),
        ((Zone(0, {Generator.ATTACK: 0.5}),), "integers"),  # type: ignore[dict-item]
        ((Zone(0, {Generator.SAMPLE: 0}),), "cannot be set"),
    ],
)
def test_bad_zones_are_refused(zones: tuple[Zone, ...], message: str) -> None:
    with pytest.raises(DsoundsError, match=message):
        replace(FONT, instruments=[Instrument("tone", zones)])


def test_bad_presets_are_refused() -> None:
    one = Preset("one", 0, 5, (Zone(0),))
    with pytest.raises(DsoundsError, match=r"'two' has bank 0, program 5: .* each pair once"):
        replace(FONT, presets=[one, replace(one, name="two")])
    with pytest.raises(DsoundsError, match="bank 129"):
        replace(FONT, presets=[replace(one, bank=129)])
    with pytest.raises(DsoundsError, match="a sample, an instrument and a preset"):
        replace(FONT, presets=[])
    lower = Zone(0, {Generator.ATTACK: -20_000})  # relative to the instrument's: may be lower
    assert replace(FONT, presets=[replace(one, zones=(lower,))]).to_bytes()


def test_more_zones_than_the_format_holds() -> None:
    with pytest.raises(DsoundsError, match="65,535 are allowed"):
        replace(FONT, instruments=[Instrument("tone", (LOUD,) * 40_000)]).to_bytes()


def test_units() -> None:
    assert [timecents(1), timecents(0.5)] == [0, -1_200]
    assert rate_cents(8.1757989156 / 2) == -1_200
    for wrong in (timecents, rate_cents):
        with pytest.raises(DsoundsError, match="above 0"):
            wrong(0)
