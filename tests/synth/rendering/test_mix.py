"""Clips in machine code have the bits of the plain NumPy path, wherever they are rendered."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsounds.errors import DsoundsError
from dsounds.synth.music import melody
from dsounds.synth.music.schedule import NOTE, Schedule, Voice
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.gain_curves import Move, clips_by_move
from dsounds.synth.rendering.note_table import NoteTable, build_table, codes_in, note_codes
from dsounds.synth.rendering.render import NoteRenderer, Renderer, render_pcm

CLIP = 1_000  # no multiple of a vector's width: the ends of loops count too
RISES = (-12.0, 0.0, 6.0)


def random_schedule(rng: np.random.Generator, clips: int, voices: int, moving: bool) -> Schedule:
    """Notes at any time, some of them none, some cut by the clip's end, chords among them."""
    notes = np.zeros((clips, 7), NOTE)
    notes["onset_sample"] = np.sort(rng.integers(0, CLIP + 100, notes.shape))
    notes["offset_sample"] = notes["onset_sample"] + rng.integers(1, 400, notes.shape)
    notes["pitch"] = rng.integers(58, 63, notes.shape)
    notes["velocity"] = rng.choice([0, 64, 127], notes.shape)
    level_db, rise_db = rng.uniform(-40, 0, clips), np.zeros(clips)
    if moving:
        rise_db = rng.choice(RISES, clips)
    return Schedule(notes, rng.integers(0, 3, (clips, voices)), level_db, rise_db)


def random_table(rng: np.random.Generator, schedule: Schedule) -> NoteTable:
    """Rows of noise, of any length; every fifth is silent, and some samples belong to no row."""
    codes = codes_in(schedule)
    lengths = rng.integers(1, 900, len(codes)) * (np.arange(len(codes)) % 5 > 0)
    stops = np.cumsum(lengths + 3)
    samples = rng.standard_normal(int(stops.max(initial=0)) + 3).astype(np.float32)
    return NoteTable(samples, codes, stops - lengths, stops)


def assert_same_bits(renderer: NoteRenderer, schedule: Schedule) -> None:
    clips, peaks = render_pcm(renderer, schedule)
    plain, plain_peaks = np.empty_like(clips), np.empty_like(peaks)
    Renderer.clips(renderer, schedule, plain, plain_peaks)
    np.testing.assert_array_equal(clips, plain)
    np.testing.assert_array_equal(peaks.view(np.int32), plain_peaks.view(np.int32))


@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([1, 2]), st.booleans())
def test_the_bits_of_numpy(seed: int, clips: int, voices: int, moving: bool) -> None:
    rng = np.random.default_rng(seed)
    schedule = random_schedule(rng, clips, voices, moving)
    schedule.notes["velocity"][0, 0] = 100
    assert_same_bits(NoteRenderer(random_table(rng, schedule), CLIP), schedule)


@pytest.mark.parametrize("voices", [1, 2])
@pytest.mark.parametrize("samples", [4095, 4096, 4097, 9_500])
def test_the_bits_of_clips_of_several_parts(samples: int, voices: int) -> None:
    """Parts of 4,096 samples are added up one after the other; notes lie across their ends."""
    rng = np.random.default_rng(samples)
    schedule = random_schedule(rng, 12, voices, voices == 2)
    length = schedule.notes["offset_sample"] - schedule.notes["onset_sample"]
    schedule.notes["onset_sample"] *= 9
    schedule.notes["offset_sample"] = schedule.notes["onset_sample"] + length
    assert_same_bits(NoteRenderer(random_table(rng, schedule), samples), schedule)


@pytest.mark.parametrize("clip_samples", [1, 7, 63, 64, 65, 4_099])
def test_clips_of_any_length(clip_samples: int) -> None:
    rng = np.random.default_rng(0)
    schedule = random_schedule(rng, 4, 2, True)
    schedule.notes["onset_sample"] //= 4
    assert_same_bits(NoteRenderer(random_table(rng, schedule), clip_samples), schedule)


def test_the_bits_of_numpy_with_a_soundfont(font: Font) -> None:
    rng = np.random.default_rng(5)
    notes = melody.notes(melody.slots(rng.integers(0, melody.SIZES, (12, 9)) * [0, *[1] * 8]))
    schedule = Schedule(
        notes, rng.integers(0, 2, (12, 2)), np.linspace(-20, 0, 12), np.repeat(RISES, 4)
    )
    plain = Schedule.plain(notes, schedule.voices[:, 0])
    codes = np.union1d(codes_in(schedule), codes_in(plain))
    table = build_table(font, [Voice(40), Voice(56)], codes, melody.CLIP_SAMPLES)
    for played in (plain, schedule):
        assert_same_bits(NoteRenderer(table, melody.CLIP_SAMPLES), played)


def test_silence_stays_silence() -> None:
    notes = np.array([[(0, 64, 60, 100)]], NOTE)
    schedule = Schedule.plain(notes, np.zeros(1))
    empty = np.zeros(1, np.int64)
    table = NoteTable(np.empty(0, np.float32), note_codes(schedule).ravel(), empty, empty)
    clips, peaks = render_pcm(NoteRenderer(table, CLIP), schedule)
    assert not clips.any()
    assert peaks.tolist() == [0]


def test_peaks_are_at_their_levels() -> None:
    rng = np.random.default_rng(1)
    schedule = random_schedule(rng, 20, 2, True)
    clips, peaks = render_pcm(NoteRenderer(random_table(rng, schedule), CLIP), schedule)
    wanted = 32_767 * 10 ** (schedule.level_db / 20) * (peaks > 0)
    np.testing.assert_allclose(np.abs(clips.astype(int)).max(axis=1), wanted, atol=0.51)


def test_clips_by_move() -> None:
    schedule = random_schedule(np.random.default_rng(2), 30, 2, True)
    found = clips_by_move(schedule)
    assert sorted(np.concatenate(list(found.values()))) == list(range(30))
    for move, clips in found.items():
        assert move.still == (move == Move(False, 0.0))
        for clip in clips:
            assert move.rise_db == schedule.rise_db[clip]
            assert move.fades == (schedule.voices[clip, 0] != schedule.voices[clip, 1])


def test_out_has_the_shape_and_type_of_the_clips() -> None:
    rng = np.random.default_rng(3)
    schedule = random_schedule(rng, 6, 1, False)
    renderer = NoteRenderer(random_table(rng, schedule), CLIP)
    for shape, dtype in (((6, CLIP + 1), np.int16), ((5, CLIP), np.int16), ((6, CLIP), np.float32)):
        with pytest.raises(DsoundsError, match=r"out must be \(6, 1000\) int16"):
            render_pcm(renderer, schedule, np.empty(shape, dtype))


@pytest.mark.process
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_with_a_memory_map_render_the_same(start: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    schedule = random_schedule(rng, 8, 2, True)
    table = random_table(rng, schedule)
    here = render_pcm(NoteRenderer(table, CLIP), schedule)
    table.samples.tofile(tmp_path / "samples")
    mapped = np.memmap(tmp_path / "samples", np.float32, "r")
    renderer = NoteRenderer(NoteTable(mapped, table.codes, table.starts, table.stops), CLIP)
    with multiprocessing.get_context(start).Pool(1) as pool:
        there = pool.apply(render_pcm, (renderer, schedule))
    for ours, theirs in zip(render_pcm(renderer, schedule) + there, here + here, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.process
def test_numba_is_imported_only_to_render() -> None:
    code = "import dsounds, dsounds.synth.rendering.render, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_folder_for_compiled_code_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError("cannot cache function '_render': no locator available")

    rng = np.random.default_rng(6)
    schedule = random_schedule(rng, 1, 1, False)
    renderer = NoteRenderer(random_table(rng, schedule), CLIP)
    monkeypatch.setattr("numba.njit", refuse)
    monkeypatch.delitem(sys.modules, "dsounds.synth.rendering.mix", raising=False)
    monkeypatch.delattr(sys.modules["dsounds.synth.rendering"], "mix", raising=False)
    with pytest.raises(DsoundsError, match="NUMBA_CACHE_DIR"):
        render_pcm(renderer, schedule)
