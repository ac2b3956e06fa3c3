"""Raw pitch accuracy against mir_eval and by hand."""

import mir_eval
import numpy as np
import pytest

from dsounds.train.scores.data.melody import Melody
from dsounds.train.scores.sound.pitch_accuracy import pitch_accuracy, right_readings
from dsounds.train.scores.sound.tracker import Track

FRAME_S = 0.016
# Two notes with a rest between them and after them; frames 0 to 49.
F0_HZ = np.repeat([220.0, 0.0, 330.0, 440.0, 0.0], 10)
ONSETS_S, OFFSETS_S = np.array([0.0, 0.32, 0.48]), np.array([0.16, 0.48, 0.64])
MELODY = Melody(F0_HZ[None], FRAME_S, (ONSETS_S,), (OFFSETS_S,))
TIMES_S = np.arange(50) * FRAME_S


def accuracy(f0_hz: np.ndarray, times_s: np.ndarray = TIMES_S) -> tuple[float, float]:
    found = pitch_accuracy(Track(times_s, f0_hz), MELODY, 0)
    return found.whole, found.steady


def test_it_is_the_figure_of_mir_eval() -> None:
    """mir_eval 0.8: readings of 0 Hz, negative ones, ones near the tolerance."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth = rng.choice([0.0, 220.0, 440.0, 587.3], 200)
        read = np.where(truth > 0, truth, 300.0) * 2 ** (rng.normal(0, 50, 200) / 1200)
        read *= rng.choice([1.0, -1.0, 0.0, 2.0], 200)
        times = np.arange(200) * FRAME_S
        arrays = mir_eval.melody.to_cent_voicing(times, truth, times, read)
        expected = mir_eval.melody.raw_pitch_accuracy(*arrays)
        assert right_readings(read, truth)[truth > 0].mean() == pytest.approx(expected, abs=1e-12)
        assert 0.2 < expected < 0.8


def test_a_reading_less_than_50_cents_away_is_right() -> None:
    cents = np.array([49.9, -49.9, 50.1, -50.1])
    assert right_readings(2 ** (cents / 1200), np.ones(4)).tolist() == [True, True, False, False]


def test_a_reading_as_far_as_the_tolerance_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """An octave is exactly 1200 cents in floating point, 50 cents are not always 50."""
    module = "dsounds.train.scores.sound.pitch_accuracy.TOLERANCE_CENTS"
    monkeypatch.setattr(module, 1200.0)
    read = np.array([880.0, 879.0, 220.0, 221.0])
    assert right_readings(read, np.full(4, 440.0)).tolist() == [False, True, False, True]


def test_a_reading_of_0_is_wrong_and_a_negative_one_counts() -> None:
    read = np.array([440.0, -440.0, 0.0, -880.0])
    assert right_readings(read, np.full(4, 440.0)).tolist() == [True, True, False, False]
    assert not right_readings(np.array([440.0, 0.0]), np.zeros(2)).any()


def test_rests_do_not_count() -> None:
    assert accuracy(np.where(F0_HZ > 0, F0_HZ, 1000.0)) == (1.0, 1.0)
    assert accuracy(np.where(F0_HZ == 440.0, F0_HZ, 0.0))[0] == pytest.approx(1 / 3)
    assert accuracy(np.zeros(50)) == (0.0, 0.0)
    silent = Melody(np.zeros((1, 50)), FRAME_S, (np.zeros(0),), (np.zeros(0),))
    found = pitch_accuracy(Track(TIMES_S, F0_HZ), silent, 0)
    assert np.isnan([found.whole, found.steady]).all()


def test_steady_frames_lie_farther_than_50_ms_from_beginnings_and_ends() -> None:
    """Of each note of ten frames those at 64, 80 and 96 ms count; its last one at 144 ms does not.

    All readings are wrong but those of one frame.
    """
    for frame, steady in ((3, 0.0), (4, 1 / 9), (6, 1 / 9), (7, 0.0), (23, 0.0), (24, 1 / 9)):
        read = np.zeros(50)
        read[frame] = F0_HZ[frame]
        assert accuracy(read) == pytest.approx((1 / 30, steady))


def test_the_truth_is_that_of_the_nearest_frame_without_glides() -> None:
    """A tracker with another grid reads the frame that is nearest, on either side of a step."""
    times = np.array([29.49, 29.51, 28.51, 39.49]) * FRAME_S
    read = np.array([330.0, 440.0, 330.0, 440.0])
    assert accuracy(read, times)[0] == 1.0
    assert accuracy(np.array([440.0, 330.0, 440.0, 330.0]), times)[0] == 0.0
    assert accuracy(np.full(4, 381.0), times)[0] == 0.0  # on the glide from one to the other


def test_a_reading_after_the_last_frame_is_that_of_the_last_frame() -> None:
    melody = Melody(np.full((1, 10), 440.0), FRAME_S, (np.zeros(1),), (np.full(1, 0.16),))
    found = pitch_accuracy(Track(np.array([0.5, -0.1]), np.full(2, 440.0)), melody, 0)
    assert found.whole == 1.0
