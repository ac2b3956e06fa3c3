"""Onsets in log-mel: on steps that are written down, and on real clips."""

import mir_eval
import numpy as np
import pytest

from dsounds.datasets import Corpus
from dsounds.synth.features import log_mel
from dsounds.train.scores.sound.onset_detection import energy_flux, onset_times
from dsounds.train.scores.sound.onset_f1 import onset_f1

FRAME_S = 0.016
SILENCE = float(np.log(1e-5))


def notes(*starts: int, frames: int = 100, length: int = 12) -> np.ndarray:
    """Notes in bands of their own, which come up within three frames, as a window brings them."""
    x = np.full((frames, 20), SILENCE)
    for k, start in enumerate(starts):
        bands = slice(4 * k, 4 * k + 4)
        for step, level in enumerate((-6.0, -3.0, 0.0)):
            x[start + step : start + length, bands] = level
    return x


def test_onsets_are_where_notes_come_up() -> None:
    found = onset_times(notes(10, 30, 42, 70), FRAME_S, SILENCE)
    np.testing.assert_allclose(found, np.array([10, 30, 42, 70]) * FRAME_S, atol=0.02)


def test_a_note_at_the_beginning_is_found() -> None:
    found = onset_times(notes(0, 30), FRAME_S, SILENCE)
    assert len(found) == 2
    assert found[0] == pytest.approx(0, abs=0.02)


def test_levels_and_the_order_of_bands_do_not_matter() -> None:
    x = notes(10, 30, 42, 70)
    expected = onset_times(x, FRAME_S, SILENCE)
    np.testing.assert_array_equal(onset_times(x - 3.0, FRAME_S, SILENCE), expected)
    np.testing.assert_array_equal(onset_times(x[:, ::-1], FRAME_S, SILENCE), expected)


def test_silence_and_a_fall_have_no_onsets() -> None:
    assert not len(onset_times(np.full((50, 20), SILENCE), FRAME_S, SILENCE))
    held = np.zeros((50, 20))
    held[25:] = SILENCE
    assert onset_times(held, FRAME_S, SILENCE) == pytest.approx([0.0], abs=0.03)


def test_what_is_far_below_the_loudest_is_not_heard() -> None:
    x = notes(10, 40)
    quiet = np.where(x[:, 4:8] > SILENCE, x[:, 4:8] - 10.0, SILENCE)
    x[:, 4:8] = quiet
    assert onset_times(x, FRAME_S, SILENCE) == pytest.approx([10 * FRAME_S], abs=0.02)


def test_the_flux_is_the_equation_written_out() -> None:
    x = np.random.default_rng(0).normal(0, 5, (30, 6))
    assert x.max() - 8.0 > SILENCE
    rise, lead = 3, 5
    found = energy_flux(x, rise, lead, SILENCE)
    y = np.maximum(np.vstack([np.full((lead, 6), -100.0), x]), x.max() - 8.0)
    for t in range(lead + 30):
        before = y[t - rise] if t >= rise else y[t]
        expected = np.mean([max(0.0, a - b) for a, b in zip(y[t], before, strict=True)])
        assert found[t] == pytest.approx(expected)


def test_onsets_of_real_clips_are_found(small: Corpus) -> None:
    clips = np.arange(12)
    x = log_mel(small.audio(clips))
    played = [notes["onset_sample"][notes["velocity"] > 0] / 16_000 for notes in small.notes(clips)]
    found = [
        onset_f1(np.sort(t), onset_times(one, FRAME_S, SILENCE))
        for t, one in zip(played, x, strict=True)
    ]
    assert np.mean(found) > 0.9


def test_f1_is_that_of_mir_eval() -> None:
    true, heard = np.array([0.0, 0.5, 1.0, 1.5]), np.array([0.04, 0.46, 1.06, 2.0, 2.5])
    assert onset_f1(true, heard) == pytest.approx(2 * 2 / (4 + 5))  # two of both are near
    assert onset_f1(true, heard) == mir_eval.onset.f_measure(true, heard, window=0.05)[0]
    assert onset_f1(true, np.zeros(0)) == 0
    assert np.isnan(onset_f1(np.zeros(0), heard))
