"""Measured attributes against NumPy on sounds that are known."""

import numpy as np
import pytest
import torch

from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.models.registry import ATTRIBUTES

RATE = 16000
BRIGHTNESS, DEPTH = (ATTRIBUTES.load(name).measure for name in ("brightness", "depth"))


def sines(*partials: tuple[float, float]) -> np.ndarray:
    """Return a second of sines of these frequencies and amplitudes, (samples,) float32."""
    time = np.arange(RATE) / RATE
    return sum(0.2 * a * np.sin(2 * np.pi * hz * time) for hz, a in partials).astype(np.float32)


def measured(measure, *sounds: np.ndarray, settings: LogMelSettings | None = None) -> np.ndarray:
    settings = settings or LogMelSettings()
    return measure(torch.from_numpy(log_mel(np.stack(sounds), settings)), settings).numpy()


def powers(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the power spectrum of a whole sound, and the frequencies of its bins."""
    window = np.hanning(len(sound))
    return np.abs(np.fft.rfft(sound * window)) ** 2, np.fft.rfftfreq(len(sound), 1 / RATE)


@pytest.mark.parametrize("hz", [130.0, 440.0, 1000.0, 3000.0])
def test_the_brightness_of_a_sine_is_its_frequency(hz: float) -> None:
    assert measured(BRIGHTNESS, sines((hz, 1))) == pytest.approx(hz, rel=0.02)


def test_brightness_is_the_centroid_of_the_spectrum() -> None:
    sound = sines((300, 1), (900, 0.7), (2500, 0.5), (5000, 0.3))
    power, hz = powers(sound)
    assert measured(BRIGHTNESS, sound) == pytest.approx((power @ hz) / power.sum(), rel=0.02)


def test_depth_is_the_ratio_of_powers_at_500_hz() -> None:
    sound = sines((200, 1), (350, 0.5), (900, 0.4), (4000, 0.1))
    power, hz = powers(sound)
    expected = 10 * np.log10(power[hz < 500].sum() / power[hz >= 500].sum())
    assert measured(DEPTH, sound) == pytest.approx(expected, abs=0.3)


def test_low_sounds_are_deep_and_high_ones_bright() -> None:
    sounds = [sines((hz, 1), (2 * hz, 0.5), (3 * hz, 0.25)) for hz in (150, 250, 600, 2000)]
    assert (np.diff(measured(DEPTH, *sounds[:3])) < 0).all()
    assert (np.diff(measured(BRIGHTNESS, *sounds)) > 0).all()


@pytest.mark.parametrize("measure", [BRIGHTNESS, DEPTH])
def test_level_and_features_do_not_matter(measure) -> None:
    sound = sines((200, 1), (1500, 1))
    one, soft = measured(measure, sound, 0.1 * sound)
    assert soft == pytest.approx(one, rel=0.01, abs=0.1)
    others = LogMelSettings(bands=128, hop_samples=512, floor=1e-7)
    assert measured(measure, sound, settings=others) == pytest.approx(one, rel=0.02, abs=0.3)


@pytest.mark.parametrize("measure", [BRIGHTNESS, DEPTH])
def test_silence_has_0(measure) -> None:
    assert measured(measure, np.zeros(RATE, np.float32)) == pytest.approx(0.0, abs=1e-3)
