"""Clips and log-mel spectrograms made by torch equal those made by NumPy."""

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.synth import features
from dsounds.synth.features import LogMelSettings
from dsounds.synth.music import melody
from dsounds.synth.music.schedule import NOTE, Schedule, Voice
from dsounds.synth.rendering import torch_renderer
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import NoteTable, build_table, codes_in, note_codes
from dsounds.synth.rendering.pcm import to_float
from dsounds.synth.rendering.render import NoteRenderer, render_float, render_pcm
from dsounds.synth.rendering.torch_renderer import DeviceRenderer

CLIP = 4_000  # no multiple of 64
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def random_schedule(seed: int, clips: int, voices: int, moving: bool) -> Schedule:
    """Notes on any block, some of them none, some cut by the clip's end, chords among them."""
    rng = np.random.default_rng(seed)
    notes = np.zeros((clips, 7), NOTE)
    notes["onset_sample"] = np.sort(64 * rng.integers(0, CLIP // 64 + 3, notes.shape))
    notes["onset_sample"][:, 0] = 0
    notes["offset_sample"] = notes["onset_sample"] + 64 * rng.integers(1, 9, notes.shape)
    notes["pitch"] = rng.integers(58, 63, notes.shape)
    notes["velocity"] = rng.choice([0, 64, 127], notes.shape)
    notes["velocity"][:, 0] = 100
    rise_db = rng.choice([-12.0, 0.0, 6.0], clips) * moving
    return Schedule(notes, rng.integers(0, 3, (clips, voices)), rng.uniform(-40, 0, clips), rise_db)


def random_table(schedule: Schedule) -> NoteTable:
    """Rows of noise, of any length; every fifth is silent, and some samples belong to no row."""
    rng = np.random.default_rng(0)
    codes = codes_in(schedule)
    lengths = rng.integers(1, 2_000, len(codes)) * (np.arange(len(codes)) % 5 > 0)
    stops = np.cumsum(lengths + 3)
    return NoteTable(
        rng.standard_normal(int(stops[-1]) + 3).astype(np.float32), codes, stops - lengths, stops
    )


def assert_equal_sound(
    table: NoteTable, schedule: Schedule, clip_samples: int, place: str
) -> torch.Tensor:
    """Returns the clips as the device rounds them."""
    there, here = DeviceRenderer(table, place), NoteRenderer(table, clip_samples)
    pcm, peaks = render_pcm(here, schedule)
    sounds = render_float(here, schedule)
    assert (
        np.abs(there.sounds(schedule, clip_samples).cpu().numpy() - sounds).max(axis=1)
        <= 1e-6 * peaks
    ).all()
    level = 10 ** (schedule.level_db[:, None] / 20)
    scaled = sounds / np.maximum(peaks, 1e-9)[:, None] * level
    clips = there.clips(schedule, clip_samples)
    assert clips.dtype == torch.float32
    assert clips.device.type == place
    assert (np.abs(clips.cpu().numpy() - scaled) <= 1e-6 * level).all()
    rounded = there.clips(schedule, clip_samples, rounded=True)
    if place == "cpu":
        np.testing.assert_array_equal(rounded.numpy(), to_float(pcm))
    np.testing.assert_allclose(rounded.cpu().numpy(), to_float(pcm), atol=1.01 / 32_767)
    return rounded


@pytest.mark.parametrize("place", DEVICES)
@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("voices", [1, 2])
def test_sound_equals_numpys(voices: int, moving: bool, place: str) -> None:
    for seed in range(10):
        schedule = random_schedule(seed, 9, voices, moving)
        assert_equal_sound(random_table(schedule), schedule, CLIP, place)


@pytest.mark.parametrize("place", DEVICES)
def test_sound_and_log_mel_with_a_soundfont(font: Font, place: str) -> None:
    rng = np.random.default_rng(5)
    notes = melody.notes(melody.slots(rng.integers(0, melody.SIZES, (6, 9)) * [0, *[1] * 8]))
    schedule = Schedule(
        notes, rng.integers(0, 2, (6, 2)), np.linspace(-20, 0, 6), np.repeat([0.0, 9.0], 3)
    )
    table = build_table(font, [Voice(40), Voice(56)], codes_in(schedule), melody.CLIP_SAMPLES)
    clips = assert_equal_sound(table, schedule, melody.CLIP_SAMPLES, place)
    ours, theirs = (
        torch_renderer.log_mel(clips).cpu().numpy(),
        features.log_mel(clips.cpu().numpy()),
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert np.abs(ours - theirs).mean() < 1e-5


@pytest.mark.parametrize("place", DEVICES)
@pytest.mark.parametrize(
    "settings",
    [
        LogMelSettings(),
        LogMelSettings(bands=20, window_samples=512, hop_samples=160, floor=1e-3),
        LogMelSettings(padding="reflect"),
    ],
)
def test_log_mel_has_the_power_of_features(settings: LogMelSettings, place: str) -> None:
    rng = np.random.default_rng(0)
    # Quiet, so that what the logarithm rounds is small: 2e-7 of the power.
    sound = (0.002 * rng.standard_normal((5, 9_000))).astype(np.float32)
    ours = torch_renderer.log_mel(torch.from_numpy(sound).to(place), settings).cpu().numpy()
    theirs = features.log_mel(sound, settings)
    assert ours.shape == theirs.shape == (5, settings.frames(9_000), settings.bands)
    power = np.exp(theirs.astype(np.float64))
    assert np.abs(np.exp(ours.astype(np.float64)) - power).max() <= 1e-6 * power.max()


def test_clips_do_not_depend_on_their_batch() -> None:
    schedule = random_schedule(1, 12, 2, True)
    renderer = DeviceRenderer(random_table(schedule))
    whole = renderer.clips(schedule, CLIP)
    for clip in range(12):
        one = renderer.clips(schedule[clip : clip + 1], CLIP)
        assert torch.equal(one[0], whole[clip])
        assert torch.equal(torch_renderer.log_mel(one)[0], torch_renderer.log_mel(whole)[clip])
    assert torch.equal(renderer.clips(schedule, CLIP), whole)
    assert renderer.clips(schedule[:0], CLIP).shape == (0, CLIP)


def test_silence_stays_silence() -> None:
    notes = np.array([[(0, 64, 60, 100)]], NOTE)
    schedule = Schedule.plain(notes, np.zeros(1))
    empty = np.zeros(1, np.int64)
    table = NoteTable(np.empty(0, np.float32), note_codes(schedule).ravel(), empty, empty)
    clips = DeviceRenderer(table).clips(schedule, CLIP)
    assert not clips.any()
    assert torch_renderer.log_mel(clips).isfinite().all()


def test_missing_notes_and_onsets_between_blocks_are_errors() -> None:
    schedule = random_schedule(2, 4, 1, False)
    renderer = DeviceRenderer(random_table(schedule))
    other = random_schedule(3, 4, 1, False)
    other.notes["pitch"] = 90
    with pytest.raises(KeyError, match="no row for"):
        renderer.clips(other, CLIP)
    schedule.notes["onset_sample"][1, 0] = 1
    with pytest.raises(DsoundsError, match="multiple of 64"):
        renderer.clips(schedule, CLIP)
