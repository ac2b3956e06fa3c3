"""Frame-level truth: from the schedule, on any grid, and as librosa hears it."""

import mir_eval
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsounds.datasets import Corpus, DMelodies, load_recipe, open_corpus
from dsounds.datasets.checking.trackers import onset_times
from dsounds.datasets.reading.frames import FrameGrid, frame_truth, level_db
from dsounds.errors import DsoundsError
from dsounds.synth.locked_librosa import librosa
from dsounds.synth.music.schedule import NOTE, Schedule

EVERY = np.arange(40)
SAMPLES = 64_000

grids = st.builds(
    FrameGrid, st.integers(50, 2000), st.sampled_from([400, 512, 2048, 4095]), st.booleans()
)


@given(grids)
def test_frames_follow_the_schedule(small: Corpus, grid: FrameGrid) -> None:
    frames, clip = small.frames([7], grid), 7
    notes = small.notes([clip])[0]
    for frame, centre in enumerate(grid.centres(SAMPLES)):
        held = [k for k, n in enumerate(notes) if n["onset_sample"] <= centre < n["offset_sample"]]
        note = notes[held[0]] if held else None
        assert frames.note[0, frame] == (held[0] if held else -1)
        assert frames.rest[0, frame] == (not held)
        assert frames.pitch[0, frame] == (note["pitch"] if held else 0)
        hz = librosa.midi_to_hz(note["pitch"]) if held else 0
        assert frames.f0_hz[0, frame] == pytest.approx(hz)
        length = note["offset_sample"] - note["onset_sample"] if held else 1
        true = (centre - note["onset_sample"]) / length if held else -1
        assert frames.position[0, frame] == pytest.approx(true)


@given(grids)
def test_onsets_and_offsets_are_the_first_frames_after_them(small: Corpus, grid: FrameGrid) -> None:
    frames, notes = small.frames([3], grid), small.notes([3])[0]
    centres = grid.centres(SAMPLES)
    for flags, field in ((frames.onset, "onset_sample"), (frames.offset, "offset_sample")):
        first = {int(np.argmax(centres >= time)) for time in notes[field] if time <= centres[-1]}
        assert set(np.flatnonzero(flags[0])) == first


@pytest.mark.parametrize("hop", [160, 256, 1000])
@pytest.mark.parametrize("window", [512, 2048])
@pytest.mark.parametrize("centred", [True, False])
def test_grids_are_librosas(hop: int, window: int, centred: bool) -> None:
    grid = FrameGrid(hop, window, centred)
    sound = np.random.default_rng(0).normal(size=SAMPLES).astype(np.float32)
    theirs = librosa.feature.rms(
        y=sound, frame_length=window, hop_length=hop, center=centred, pad_mode="constant"
    )[0]
    np.testing.assert_allclose(level_db(sound[None], grid)[0], 20 * np.log10(theirs), atol=1e-4)
    assert len(grid.centres(SAMPLES)) == len(theirs)


def test_silence_has_a_floor() -> None:
    assert (level_db(np.zeros((1, 4096), np.float32)) == -120).all()


def test_a_clip_shorter_than_a_window_has_no_whole_one() -> None:
    assert len(FrameGrid(256, 2048, centred=False).starts(1000)) == 0
    with pytest.raises(DsoundsError, match="hop_samples is 0: 1 or more"):
        FrameGrid(0, 2048)


def test_a_tail_is_a_rest_with_sound(small: Corpus) -> None:
    frames, levels = small.frames(EVERY), small.levels(EVERY, FrameGrid(256, 256))
    after = frames.rest[:, 1:] & frames.offset[:, 1:]  # a rest has just begun: the release sounds
    assert after.any()
    assert np.median(levels[:, 1:][after]) > -40
    assert levels[~frames.rest].mean() > levels[frames.rest].mean() + 10


def test_notes_of_velocity_0_are_none() -> None:
    notes = np.array([[(0, 8000, 60, 90), (16_000, 24_000, 64, 0)]], NOTE)
    frames = frame_truth(Schedule.plain(notes, [0]), SAMPLES)
    assert set(frames.pitch[0]) == {0, 60}
    assert frames.onset.sum() == frames.offset.sum() == 1


def test_what_moves() -> None:
    recipe = DMelodies(
        sampling="all", crossfade=True, crescendos=(-6.0, 6.0),
        rhythms_bar1=("xxxxxx..",), rhythms_bar2=("..xxxxxx",), directions=("up",),
    )  # fmt: skip
    corpus = open_corpus(recipe)
    frames, values = corpus.frames(np.arange(len(corpus))), corpus.values
    u = np.arange(251) * 256 / SAMPLES
    for n in range(len(corpus)):
        start, to, rise = values[n, -3:]
        share = np.sin(np.pi * u / 2) ** 2 if start != to else np.zeros(251)
        np.testing.assert_allclose(frames.moved[n], share, atol=1e-12)
        np.testing.assert_allclose(frames.rise_db[n], rise * u)


def test_a_crescendo_rises_no_further_after_the_last_note() -> None:
    """It is the gain of the held frames, and after them what it was where the last note ended."""
    corpus = open_corpus(load_recipe("sinusoids-4"))
    column = corpus.space.column("crescendo")
    clips = np.flatnonzero(corpus.values[:, column] != 0)[:60]
    frames, values = corpus.frames(clips, FrameGrid(64, 512)), corpus.values[clips]
    own = dict(zip(corpus.space.names, values.T, strict=True))
    seconds = np.arange(frames.rise_db.shape[1]) * 64 / 16_000
    phrase_s = own["notes"] / own["density"]
    true = (
        own["crescendo"][:, None] * seconds / phrase_s[:, None]
    )  # the label is that of the phrase
    held = ~frames.rest
    np.testing.assert_allclose(frames.rise_db[held], true[held], atol=1e-9)
    assert (np.abs(frames.rise_db) <= np.abs(own["crescendo"])[:, None]).all()
    for n, note in enumerate(frames.note):
        last = np.flatnonzero(note >= 0)[-1]
        after = frames.rise_db[n, last + 1 :]
        assert len(after) > 50
        assert np.ptp(after) == 0
        assert after[0] == pytest.approx(true[n, last], abs=0.1)


def test_a_clip_without_notes_does_not_rise() -> None:
    notes = np.zeros((1, 2), NOTE)
    still = Schedule(notes, np.zeros((1, 1), np.int64), np.zeros(1), np.array([12.0]))
    assert not frame_truth(still, SAMPLES).rise_db.any()


def heard_corpus(instrument: str) -> Corpus:
    return open_corpus(DMelodies(count=4, instruments=(instrument,), octaves=(5,), seed=1))


@pytest.mark.parametrize("instrument", ["violin", "flute", "trumpet", "clarinet"])
def test_a_pitch_tracker_hears_the_f0_of_frames(instrument: str) -> None:
    corpus = heard_corpus(instrument)
    frames = corpus.frames(slice(0, 4), FrameGrid(256, 1024))
    sure = (frames.position > 0.35) & (frames.position < 0.85)  # attack and the tail before it
    for n, sound in enumerate(corpus.audio(slice(0, 4))):
        heard = librosa.yin(
            sound, fmin=200, fmax=2000, sr=16_000, frame_length=1024, hop_length=256,
            trough_threshold=0.3,
        )  # fmt: skip
        cents = 1200 * np.log2(heard[sure[n]] / frames.f0_hz[n, sure[n]])
        assert (np.abs(cents) < 50).mean() > 0.95


# Instruments whose attacks are sharp: a detector of spectral flux misses half of a violin's.
@pytest.mark.parametrize("instrument", ["trumpet", "acoustic grand piano", "vibraphone", "24"])
def test_a_detector_hears_the_onsets_of_frames(instrument: str) -> None:
    corpus = heard_corpus(instrument)
    frames = corpus.frames(slice(0, 4))
    for n, sound in enumerate(corpus.audio(slice(0, 4))):
        true = np.flatnonzero(frames.onset[n]) * 256 / 16_000
        f, _, _ = mir_eval.onset.f_measure(true, onset_times(sound), window=0.05)
        assert f > 0.95
