"""Sound: the two renderers agree, clips do not depend on each other, pitches are right."""

import importlib.util
import subprocess
import sys
from contextlib import suppress
from ctypes import byref, c_int
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsounds.datasets.checking import trackers
from dsounds.errors import DsoundsError
from dsounds.soundfonts import find_font
from dsounds.synth.music import melody
from dsounds.synth.music.schedule import NOTE, Schedule, Voice
from dsounds.synth.rendering import fluidsynth, pcm
from dsounds.synth.rendering.fluidsynth import Font, Player, to_block
from dsounds.synth.rendering.note_table import NoteKey, build_table, codes_in, render_note
from dsounds.synth.rendering.render import DirectRenderer, NoteRenderer, render_float, render_pcm

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


VOICES = tuple(Voice(program) for program in range(128))


def note_renderer(font: Font, schedule: Schedule) -> NoteRenderer:
    return NoteRenderer(build_table(font, VOICES, codes_in(schedule), CLIP), CLIP)


def direct_renderer(font: Font) -> DirectRenderer:
    return DirectRenderer(font, VOICES, CLIP)


@pytest.mark.parametrize("program", INSTRUMENTS.values(), ids=INSTRUMENTS)
def test_sum_of_notes_equals_fluidsynths_own_render(font: Font, program: int) -> None:
    notes = np.concatenate([random_notes(2, program), random_notes(1, program + 1, 7, 1)])
    schedule = Schedule.plain(notes, np.full(3, program))
    direct = render_float(direct_renderer(font), schedule)
    summed = render_float(note_renderer(font, schedule), schedule)
    peak = np.abs(direct).max(axis=1)
    assert (np.abs(direct - summed).max(axis=1) <= 1e-6 * peak).all()
    assert (peak > 0.01).all()


# Layers of these presets are panned apart. FluidSynth hands a voice on with the last gains of its
# buffers, so where a voice of one layer is used again for another, gains glide over one block.
SHARES_VOICES = {5, 88, 100}


@pytest.mark.slow
@pytest.mark.parametrize("program", range(128))
def test_every_program_equals_fluidsynths_own_render(font: Font, program: int) -> None:
    notes = random_notes(4, program)
    schedule = Schedule.plain(notes, np.full(4, program))
    renderer = note_renderer(font, schedule)
    if len(renderer.table.silent(renderer.table.codes)):
        assert program == 43
        return
    direct = render_float(direct_renderer(font), schedule)
    error = np.abs(direct - render_float(renderer, schedule))
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
    schedule = Schedule.plain(melody.notes(pitches), np.array([0, 24]))
    direct = render_float(direct_renderer(font), schedule)
    summed = render_float(note_renderer(font, schedule), schedule)
    assert np.abs(direct - summed).max() <= 1e-6 * np.abs(direct).max()


def test_a_clip_does_not_depend_on_the_clips_before(font: Font) -> None:
    schedule = Schedule.plain(random_notes(4, 5), np.array([0, 40, 14, 0]))
    forward = render_float(direct_renderer(font), schedule)
    backward = render_float(direct_renderer(font), schedule[::-1])
    np.testing.assert_array_equal(forward, backward[::-1])


@pytest.mark.process
def test_another_process_renders_the_same_bits(font: Font) -> None:
    code = (
        "import hashlib; from dsounds.soundfonts import find_font;"
        "from dsounds.synth.rendering.fluidsynth import Font;"
        "from dsounds.synth.music.schedule import Voice;"
        "from dsounds.synth.rendering.note_table import NoteKey, render_note;"
        "row = render_note(Font(find_font()), Voice(40), NoteKey(0, 67, 100, 3968), 64000);"
        "print(hashlib.sha256(row.tobytes()).hexdigest())"
    )
    import hashlib

    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    row = render_note(font, Voice(40), NoteKey(0, 67, 100, 3968), CLIP)
    assert there.stdout.strip() == hashlib.sha256(row.tobytes()).hexdigest()


def test_attacks_have_no_artificial_fade(font: Font, monkeypatch: pytest.MonkeyPatch) -> None:
    key = NoteKey(0, 72, 100, 4032)
    row = render_note(font, Voice(0), key, CLIP)
    monkeypatch.setattr(Player, "prime", lambda *_: None)
    faded = render_note(font, Voice(0), key, CLIP)  # a voice's first use fades in over one block
    assert np.abs(row[:64] - faded[:64]).max() > 5e-4
    assert np.abs(row[1:8]).mean() > 2 * np.abs(faded[1:8]).mean()
    np.testing.assert_allclose(row[64:], faded[64:], atol=1e-6)


def test_a_player_selects_its_own_preset_alone(font: Font) -> None:
    """Any other would have its samples decoded: a second for the piano of an SF3 font."""
    with font.player(Voice(40)) as player:
        found = [selected(player, channel) for channel in range(16)]
    assert found == [(1, 40), *[(0, 0)] * 15]  # no SoundFont has the number 0


def selected(player: Player, channel: int) -> tuple[int, int]:
    """Return the numbers of the SoundFont and the program of a channel."""
    font, bank, program = c_int(), c_int(), c_int()
    place = player._synth, channel, byref(font), byref(bank), byref(program)
    assert fluidsynth.binding().fluid_synth_get_program(*place) == 0
    return font.value, program.value


def test_a_failure_while_playing_leaves_the_font_usable(font: Font) -> None:
    key = NoteKey(0, 60, 100, 4032)
    before = render_note(font, Voice(40), key, CLIP)
    for _ in range(20):
        with suppress(KeyboardInterrupt), font.player(Voice(40)) as player:
            player.note_on(60, 100)
            raise KeyboardInterrupt
    np.testing.assert_array_equal(render_note(font, Voice(40), key, CLIP), before)


@pytest.mark.parametrize(("program", "pitch"), [(40, 69), (56, 60), (73, 84), (0, 64), (24, 67)])
def test_notes_have_their_pitch(font: Font, program: int, pitch: int) -> None:
    row = render_note(font, Voice(program), NoteKey(0, pitch, 100, 16_000), CLIP)
    notes = np.array([(0, 16_000, pitch, 100)], NOTE)
    assert trackers.note_pitches(row, notes)[0] == pytest.approx(pitch, abs=0.25)


def test_clips_start_where_the_schedule_says(font: Font) -> None:
    notes = random_notes(6, 11)
    schedule = Schedule.plain(notes, np.zeros(6))
    for sound, own in zip(
        render_float(note_renderer(font, schedule), schedule), notes, strict=True
    ):
        true = own["onset_sample"] / 16_000
        heard = trackers.onset_times(sound / np.abs(sound).max())
        nearest = np.abs(heard[:, None] - true).min(axis=0)
        assert (nearest < 0.05).mean() == 1


def test_a_silent_note_has_an_empty_row(font: Font) -> None:
    schedule = Schedule.plain(random_notes(1, 0, 0, 2), [43])
    table = build_table(font, VOICES, codes_in(schedule), CLIP)
    np.testing.assert_array_equal(table.silent(table.codes), table.codes)


def test_a_missing_preset_is_an_error(font: Font) -> None:
    with (
        pytest.raises(DsoundsError, match="no preset for program 5, bank 77"),
        font.player(Voice(5, 77)),
    ):
        pass


def test_a_damaged_font_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sf3"
    broken.write_bytes(find_font().read_bytes()[:100_000])
    with pytest.raises(DsoundsError, match="not a SoundFont"):
        Font(broken)


def test_a_note_that_the_table_lacks(font: Font) -> None:
    notes = random_notes(3, 2)
    renderer = note_renderer(font, Schedule.plain(notes, [40, 56, 40]))
    with pytest.raises(KeyError, match=r"no row for NoteKey\(voice=41"):
        render_float(renderer, Schedule.plain(notes, [40, 56, 41]))


MOVING = {"fade": ([[40, 56]], 0.0), "rise": ([[40]], 12.0), "both": ([[24, 73]], -9.0)}


@pytest.mark.parametrize(("voices", "rise_db"), MOVING.values(), ids=MOVING)
def test_renderers_agree_where_something_moves(font: Font, voices: list, rise_db: float) -> None:
    notes, rises = random_notes(1, 3), np.array([rise_db])
    schedule = Schedule(notes, np.array(voices), np.zeros(1), rises)
    direct = render_float(direct_renderer(font), schedule)
    summed = render_float(note_renderer(font, schedule), schedule)
    assert np.abs(direct - summed).max() <= 2e-6 * np.abs(direct).max()
    assert np.abs(direct).max() > 0.01


def test_a_crossfade_begins_as_one_voice_and_ends_as_the_other(font: Font) -> None:
    notes, nothing = random_notes(1, 3), np.zeros(1)
    fade = Schedule(notes, np.array([[40, 56]]), nothing, nothing)
    renderer = note_renderer(font, fade)
    moved = render_float(renderer, fade)[0]
    from_, to = (render_float(renderer, Schedule.plain(notes, [voice]))[0] for voice in (40, 56))
    u = np.arange(CLIP) / CLIP
    expected = np.cos(np.pi * u / 2) * from_ + np.sin(np.pi * u / 2) * to
    np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_a_crossfade_to_the_same_voice_is_none(font: Font) -> None:
    notes, nothing = random_notes(1, 3), np.zeros(1)
    same = Schedule(notes, np.array([[40, 40]]), nothing, nothing)
    plain = Schedule.plain(notes, [40])
    renderer = note_renderer(font, plain)
    np.testing.assert_array_equal(render_float(renderer, same), render_float(renderer, plain))
    np.testing.assert_array_equal(
        render_float(direct_renderer(font), same), render_float(direct_renderer(font), plain)
    )


def test_a_crescendo_rises_evenly_in_decibels(font: Font) -> None:
    notes = random_notes(1, 3)
    rising = Schedule(notes, np.array([[40]]), np.zeros(1), np.array([12.0]))
    renderer = note_renderer(font, rising)
    sound, even = (render_float(renderer, one)[0] for one in (rising, Schedule.plain(notes, [40])))
    raised_db = 12 * np.arange(CLIP) / CLIP
    np.testing.assert_allclose(sound, even * 10 ** (raised_db / 20), atol=1e-6)


def test_generators_change_the_voice(font: Font) -> None:
    key = NoteKey(0, 72, 100, 16_000)
    plain = render_note(font, Voice(73), key, CLIP)
    softer = render_note(font, Voice(73, generators=((48, 100.0),)), key, CLIP)  # 10 dB
    level = [np.sqrt((row[4000:12_000].astype(float) ** 2).mean()) for row in (plain, softer)]
    assert 20 * np.log10(level[0] / level[1]) == pytest.approx(10, abs=0.1)


def test_slower_melodies_last_longer(font: Font) -> None:
    pitches = melody.slots(np.zeros((1, 9), int))
    slow, fast = (melody.notes(pitches, 80, tempo) for tempo in (90, 150))
    assert (slow["velocity"] == 80).all()
    starts = 16_000 * 60 / 2 * np.nonzero(pitches[0])[0]
    for notes, tempo in ((slow, 90), (fast, 150)):
        late = notes["onset_sample"][0] - starts / tempo
        assert ((late > -1e-3) & (late < 64)).all()
        assert (notes["onset_sample"] % 64 == 0).all()


def test_level_scales_the_finished_clip(font: Font) -> None:
    notes = random_notes(2, 4)
    schedule = Schedule(notes, np.array([[40], [40]]), np.array([0.0, -20.0]), np.zeros(2))
    clips, peaks = render_pcm(note_renderer(font, schedule), schedule)
    assert np.abs(clips.astype(int)).max(axis=1).tolist() == [32_767, 3_277]
    assert (peaks > 0.01).all()


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


@pytest.mark.parametrize("first", ["soundfile", "dsounds"])
def test_the_font_is_not_decoded_by_the_library_of_soundfile(first: str) -> None:
    """Its samples would differ in their last bits, under the same id."""
    code = (
        f"import {first}, soundfile\n"
        "from pathlib import Path\n"
        "from dsounds.errors import DsoundsError\n"
        "from dsounds.synth.rendering import fluidsynth\n"
        "try:\n"
        "    fluidsynth._check_decoder(Path('some.sf2'))\n"
        "    fluidsynth._check_decoder(Path('some.sf3'))\n"
        "except DsoundsError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    bundled = importlib.util.find_spec("_soundfile_data") is not None
    wrong = first == "soundfile" and bundled and sys.platform == "linux"
    assert ("some.sf3 cannot be rendered to the byte" in done.stdout) == wrong
