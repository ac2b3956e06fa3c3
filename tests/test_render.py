"""Sound: the two renderers agree, clips do not depend on each other, pitches are right."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsounds.soundfonts import DsoundsError, find_font
from dsounds.synth import listen, melody, pcm
from dsounds.synth.fluid import Font, Player, to_block
from dsounds.synth.render import DirectRenderer, NoteRenderer, render_float, render_pcm
from dsounds.synth.table import NoteTable, build_table, note_codes, render_note

CLIP = melody.CLIP_SAMPLES
INSTRUMENTS = {
    "violin": 40, "trumpet": 56, "piano": 0, "nylon guitar": 24,
    "flute": 73, "organ": 19, "clarinet": 71, "strings": 48,
}  # fmt: skip


def random_notes(count: int, seed: int, tonic: int = 0, octave: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, melody.SIZES, (count, 9))
    classes[:, 0], classes[:, 1] = tonic, octave
    return melody.notes(melody.slots(classes))


def note_renderer(font: Font, notes: np.ndarray, programs: np.ndarray) -> NoteRenderer:
    return NoteRenderer(build_table(font, note_codes(notes, programs).ravel(), CLIP), CLIP)


@pytest.mark.parametrize("program", INSTRUMENTS.values(), ids=INSTRUMENTS)
def test_sum_of_notes_equals_fluidsynths_own_render(font: Font, program: int) -> None:
    notes = np.concatenate([random_notes(2, program), random_notes(1, program + 1, 7, 1)])
    programs = np.full(3, program)
    direct = render_float(DirectRenderer(font, CLIP), notes, programs)
    summed = render_float(note_renderer(font, notes, programs), notes, programs)
    peak = np.abs(direct).max(axis=1)
    assert (np.abs(direct - summed).max(axis=1) <= 1e-6 * peak).all()
    assert (peak > 0.01).all()


# Layers of these presets are panned apart. FluidSynth hands a voice on with the last gains of its
# buffers, so where a voice of one layer is used again for another, gains glide over one block.
SHARES_VOICES = {5, 88, 100}


@pytest.mark.slow
@pytest.mark.parametrize("program", range(128))
def test_every_program_equals_fluidsynths_own_render(font: Font, program: int) -> None:
    notes, programs = random_notes(4, program), np.full(4, program)
    try:
        renderer = note_renderer(font, notes, programs)
    except DsoundsError as error:
        assert "silent" in str(error)  # noqa: PT017
        assert program == 43
        return
    direct = render_float(DirectRenderer(font, CLIP), notes, programs)
    error = np.abs(direct - render_float(renderer, notes, programs))
    error /= np.abs(direct).max(axis=1, keepdims=True)
    wrong = np.flatnonzero((error > 1e-6).any(axis=0))
    if program not in SHARES_VOICES:
        assert len(wrong) == 0
        return
    assert error.max() < 0.02
    onsets = np.unique(notes["onset_sample"])
    since = wrong - onsets[np.searchsorted(onsets, wrong, side="right") - 1]
    assert (since < 64).all()


def test_repeated_pitches_on_adjacent_slots(font: Font) -> None:
    # Chord I up then IV up, 0 2 4 | 3 5 7; bar 2 ends 4 2 0 after V: repeats between chords.
    classes = np.array([[0, 0, 0, 27, 0, 0, 1, 1, 0], [0, 0, 2, 0, 0, 0, 0, 1, 1]])
    pitches = melody.slots(classes)
    assert ((pitches[:, 1:] == pitches[:, :-1]) & (pitches[:, 1:] > 0)).any(axis=1)[1]
    notes, programs = melody.notes(pitches), np.array([0, 24])
    direct = render_float(DirectRenderer(font, CLIP), notes, programs)
    summed = render_float(note_renderer(font, notes, programs), notes, programs)
    assert np.abs(direct - summed).max() <= 1e-6 * np.abs(direct).max()


def test_a_clip_does_not_depend_on_the_clips_before(font: Font) -> None:
    notes, programs = random_notes(4, 5), np.array([0, 40, 14, 0])
    forward = render_float(DirectRenderer(font, CLIP), notes, programs)
    backward = render_float(DirectRenderer(font, CLIP), notes[::-1], programs[::-1])
    np.testing.assert_array_equal(forward, backward[::-1])


def test_another_process_renders_the_same_bits(font: Font) -> None:
    code = (
        "import hashlib; from dsounds.soundfonts import find_font;"
        "from dsounds.synth.fluid import Font; from dsounds.synth.table import render_note;"
        "row = render_note(Font(find_font()), (40, 67, 100, 3968), 64000);"
        "print(hashlib.sha256(row.tobytes()).hexdigest())"
    )
    import hashlib

    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    row = render_note(font, (40, 67, 100, 3968), CLIP)
    assert there.stdout.strip() == hashlib.sha256(row.tobytes()).hexdigest()


def test_attacks_have_no_artificial_fade(font: Font, monkeypatch: pytest.MonkeyPatch) -> None:
    key = (0, 72, 100, 4032)
    row = render_note(font, key, CLIP)
    monkeypatch.setattr(Player, "prime", lambda *_: None)
    faded = render_note(font, key, CLIP)  # a voice's first use fades in over one block
    assert np.abs(row[:64] - faded[:64]).max() > 5e-4
    assert np.abs(row[1:8]).mean() > 2 * np.abs(faded[1:8]).mean()
    np.testing.assert_allclose(row[64:], faded[64:], atol=1e-6)


def test_a_failure_while_playing_leaves_the_font_usable(font: Font) -> None:
    before = render_note(font, (40, 60, 100, 4032), CLIP)
    for _ in range(20):
        with suppress(KeyboardInterrupt), font.player(40) as player:
            player.note_on(60, 100)
            raise KeyboardInterrupt
    np.testing.assert_array_equal(render_note(font, (40, 60, 100, 4032), CLIP), before)


@pytest.mark.parametrize(("program", "pitch"), [(40, 69), (56, 60), (73, 84), (0, 64), (24, 67)])
def test_notes_have_their_pitch(font: Font, program: int, pitch: int) -> None:
    row = render_note(font, (program, pitch, 100, 16_000), CLIP)
    notes = np.array([(0, 16_000, pitch, 100)], melody.NOTE)
    assert listen.note_pitches(row, notes)[0] == pytest.approx(pitch, abs=0.25)


def test_clips_start_where_the_schedule_says(font: Font) -> None:
    notes = random_notes(6, 11)
    programs = np.full(6, 0)
    for sound, schedule in zip(
        render_float(note_renderer(font, notes, programs), notes, programs), notes, strict=True
    ):
        true = schedule["onset_sample"] / 16_000
        heard = listen.onset_times(sound / np.abs(sound).max())
        nearest = np.abs(heard[:, None] - true).min(axis=0)
        assert (nearest < 0.05).mean() == 1


def test_a_silent_preset_is_an_error_that_names_preset_and_pitch(font: Font) -> None:
    with pytest.raises(DsoundsError, match=r"preset 43 \(contrabass\).*silent at pitch 84 \(C6\)"):
        build_table(font, note_codes(random_notes(1, 0, 0, 2), np.array([43])).ravel(), CLIP)


def test_a_missing_preset_is_an_error(font: Font) -> None:
    with pytest.raises(DsoundsError, match="no preset for program 5, bank 77"), font.player(5, 77):
        pass


def test_a_damaged_font_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sf3"
    broken.write_bytes(find_font().read_bytes()[:100_000])
    with pytest.raises(DsoundsError, match="not a SoundFont"):
        Font(broken)


def test_table_round_trip(font: Font, tmp_path: Path) -> None:
    notes, programs = random_notes(3, 2), np.array([40, 56, 40])
    renderer = note_renderer(font, notes, programs)
    renderer.table.save(tmp_path)
    again = NoteRenderer(NoteTable.load(tmp_path), CLIP)
    for a, b in zip(
        render_pcm(renderer, notes, programs), render_pcm(again, notes, programs), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(KeyError, match="no row for"):
        render_float(again, notes, np.array([40, 56, 41]))


@given(
    hnp.arrays(np.float32, 64, elements=st.floats(-4, 4, width=32)).filter(
        lambda sound: np.abs(sound).max() > 1e-3
    )
)
def test_normalise(sound: np.ndarray) -> None:
    out = np.empty(64, np.int16)
    peak = pcm.normalise(sound.copy(), out)
    assert peak == np.abs(sound).max()
    assert np.abs(out.astype(int)).max() == 32_767
    np.testing.assert_allclose(pcm.to_float(out), sound / peak, atol=0.51 / 32_767)


def test_normalise_leaves_silence() -> None:
    out = np.ones(8, np.int16)
    assert pcm.normalise(np.zeros(8, np.float32), out) == 0
    assert not out.any()


@given(st.integers(0, 10**6))
def test_events_act_at_the_next_block(sample: int) -> None:
    assert to_block(sample) % 64 == 0
    assert 0 <= to_block(sample) - sample < 64
