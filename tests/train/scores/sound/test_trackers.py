"""Trackers on tones whose pitch is known; those that are not installed are skipped."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.scores.sound import tracker
from dsounds.train.scores.sound.crepe import weighted_mean
from dsounds.train.scores.sound.tracker import TRACKERS, Track, track, tracker_module

RATE_HZ = 16_000
SLOW = ("torchcrepe-full",)
NAMES = [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in TRACKERS.names]
each_tracker = pytest.mark.parametrize("name", NAMES)


def tone(*pitches_hz: float, length_s: float = 0.4, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Tones with five partials, one after the other."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    tones = [sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 6)) for f in pitches_hz]
    return (np.concatenate(tones) / 3).astype(np.float32)


def read(name: str, sound: np.ndarray, rate_hz: int = RATE_HZ) -> Track:
    row = TRACKERS.load(name)
    if not row.installed:
        pytest.skip(f"{row.package} is not installed")
    return track(name, sound, rate_hz)


@each_tracker
def test_it_reads_the_pitch_of_tones_and_when_they_change(name: str) -> None:
    found = read(name, tone(220.0, 330.0))
    assert found.times_s.shape == found.f0_hz.shape
    assert (np.diff(found.times_s) > 0).all()
    assert found.times_s[0] == 0
    assert found.times_s[-1] == pytest.approx(0.8, abs=0.02)
    for start, f0_hz in ((0.0, 220.0), (0.4, 330.0)):
        inside = (found.times_s > start + 0.1) & (found.times_s < start + 0.3)
        cents = 1200 * np.log2(np.abs(found.f0_hz[inside]) / f0_hz)
        assert np.abs(cents).max() < 20
    # It changes within 40 ms of the step.
    near_330 = np.abs(1200 * np.log2(np.abs(found.f0_hz) / 330.0)) < 50
    assert found.times_s[near_330].min() == pytest.approx(0.4, abs=0.04)


@each_tracker
def test_it_reads_the_same_again(name: str) -> None:
    sound = tone(440.0, length_s=0.3)
    np.testing.assert_array_equal(read(name, sound).f0_hz, read(name, sound).f0_hz)


@pytest.mark.parametrize("name", ["yin", "pyin", "swift-f0", "torchcrepe-tiny"])
def test_it_reads_a_sound_of_another_rate(name: str) -> None:
    found = read(name, tone(440.0, rate_hz=22_050), 22_050)
    assert found.times_s[-1] == pytest.approx(0.4, abs=0.02)
    middle = np.abs(found.f0_hz[len(found.f0_hz) // 3 : -len(found.f0_hz) // 3])
    assert np.abs(1200 * np.log2(middle / 440.0)).max() < 20


@pytest.mark.parametrize("name", ["pyin", "swift-f0"])
def test_what_is_not_voiced_has_a_negative_reading(name: str) -> None:
    noise = np.random.default_rng(0).normal(0, 0.2, RATE_HZ // 2).astype(np.float32)
    assert (read(name, noise).f0_hz < 0).mean() > 0.8
    assert (read(name, tone(440.0)).f0_hz > 0).mean() > 0.7


@each_tracker
def test_it_reads_low_and_high_tones_of_its_range(name: str) -> None:
    row = TRACKERS.load(name)
    for f0_hz in (1.1 * row.lowest_hz, 0.7 * row.highest_hz):
        inside = np.abs(read(name, tone(f0_hz, length_s=0.3)).f0_hz[5:-5])
        assert abs(1200 * np.log2(np.median(inside) / f0_hz)) < 50


def test_crepe_takes_the_mean_of_the_bins_around_the_greatest() -> None:
    """The equation written out; bins outside of the range have -inf."""
    rng = np.random.default_rng(0)
    activations = rng.random((1, 360, 5))
    activations[:, :40] = activations[:, 300:] = -np.inf
    activations[0, 41, 0] = activations[0, 298, 1] = activations[0, 150, 2] = 2.0
    bins, f0_hz = weighted_mean(torch.from_numpy(activations))
    for frame in range(5):
        greatest = int(np.argmax(activations[0, :, frame]))
        assert bins[0, frame] == greatest
        near = [
            k for k in range(greatest - 4, greatest + 5) if np.isfinite(activations[0, k, frame])
        ]
        weights = np.array([activations[0, k, frame] for k in near])
        cents = weights @ (20.0 * np.array(near) + 1997.3794084376191) / weights.sum()
        assert float(f0_hz[0, frame]) == pytest.approx(10 * 2 ** (cents / 1200), rel=1e-6)


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(TRACKERS.load("swift-f0"), module="no_such_module_of_pitch")
    monkeypatch.setattr(TRACKERS, "load", lambda name: row)
    with pytest.raises(DsoundsError) as caught:
        track("swift-f0", tone(440.0), RATE_HZ)
    assert str(caught.value) == (
        "the tracker swift-f0 needs the package swift-f0, which is not installed: "
        "pip install 'dsounds[trackers]'"
    )


def test_bad_input_is_refused() -> None:
    with pytest.raises(DsoundsError, match="unknown tracker 'pying', did you mean 'pyin'"):
        track("pying", tone(440.0), RATE_HZ)
    with pytest.raises(DsoundsError, match=r"a sound of shape \(2, 100\) was given: \(samples,\)"):
        track("yin", np.zeros((2, 100)), RATE_HZ)
    with pytest.raises(DsoundsError, match=r"a sound of shape \(0,\)"):
        track("yin", np.zeros(0), RATE_HZ)
    with pytest.raises(DsoundsError, match="the sound has values that are not finite"):
        track("yin", np.array([0.0, np.nan]), RATE_HZ)


def test_a_module_that_cannot_be_loaded_is_stood_in_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As torchaudio, which raises OSError beside a torch that it was not built for."""
    imported = tracker.import_module
    seen: list[bool] = []

    def without(name: str) -> object:
        if name == "torchaudio":
            raise OSError("could not load this library")
        seen.append("torchaudio" in sys.modules)
        return imported(name)

    monkeypatch.delitem(sys.modules, "torchaudio", raising=False)
    monkeypatch.setattr(tracker, "import_module", without)
    assert tracker_module("librosa").__name__ == "librosa"
    assert seen == [True]
    assert "torchaudio" not in sys.modules


def test_a_reading_that_is_not_a_number_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Track(np.arange(2) / 100, np.array([np.nan, 440.0]))
    row = replace(TRACKERS.load("yin"), track=lambda sound, rate_hz: given)
    monkeypatch.setattr(TRACKERS, "load", lambda name: row)
    assert track("yin", tone(440.0), RATE_HZ).f0_hz.tolist() == [0.0, 440.0]
