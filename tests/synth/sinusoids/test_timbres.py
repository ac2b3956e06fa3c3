"""Timbres in NumPy: partials have the levels and frequencies that their definition says."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsounds.errors import DsoundsError
from dsounds.synth.sinusoids.timbres import (
    BAND_HZ,
    Timbre,
    additive,
    frequency,
    noise_spectrum,
    partials,
)

PITCH = st.integers(36, 96)


def levels(timbre: Timbre, pitch: float) -> np.ndarray:
    return 20 * np.log10(partials(timbre, pitch).amplitude)


@given(PITCH, st.floats(-15, 0), st.floats(-30, 0))
def test_tilt_and_balance(pitch: int, tilt: float, balance: float) -> None:
    level = levels(Timbre(tilt, balance), pitch)
    assert len(level) >= 3
    assert level[2] - level[0] == pytest.approx(tilt * np.log2(3))
    assert level[1] - level[0] == pytest.approx(tilt + balance)


@given(PITCH, st.floats(-15, 0), st.floats(-30, 0), st.sampled_from([None, 0.0, 0.004]))
def test_partials_are_in_the_band_and_their_power_is_1(
    pitch: int, tilt: float, balance: float, inharmonicity: float | None
) -> None:
    own = partials(Timbre(tilt, balance, inharmonicity=inharmonicity), pitch)
    assert own.frequency_hz[0] == pytest.approx(frequency(pitch))
    assert (np.diff(own.frequency_hz) > 0).all()
    assert own.frequency_hz[-1] <= BAND_HZ
    assert (own.amplitude**2).sum() / 2 == pytest.approx(1)


def test_a_formant_raises_what_is_near_it() -> None:
    plain, formed = (levels(Timbre(-6, formant_hz=hz), 36) for hz in (0, 1_000))
    raised = formed - plain
    hz = partials(Timbre(), 36).frequency_hz
    at = [raised[np.abs(hz - centre).argmin()] - raised[-1] for centre in (1_000, 1_414, 4_000)]
    assert at == pytest.approx([18, 9, 0], abs=1)


def test_stiff_strings() -> None:
    b, k = 0.004, np.arange(1, 17)
    own = partials(Timbre(inharmonicity=b), 36)
    assert len(own.frequency_hz) == 16
    hz = frequency(36) * k * np.sqrt((1 + b * k**2) / (1 + b))
    np.testing.assert_allclose(own.frequency_hz, hz)
    even = partials(Timbre(inharmonicity=0.0), 36)
    np.testing.assert_allclose(even.frequency_hz, frequency(36) * k)
    np.testing.assert_array_equal(even.phase, own.phase)


def test_additive_synthesis_has_the_partials_that_it_should() -> None:
    pitch = 69 + 12 * np.log2(500 / 440)  # whole cycles in a second
    timbre = Timbre(-3, -12, 2_000)
    sound = additive(timbre, pitch, 16_000)
    spectrum = np.fft.rfft(sound) / 8_000
    own = partials(timbre, pitch)
    lines = np.rint(own.frequency_hz).astype(int)
    np.testing.assert_allclose(spectrum[lines], own.amplitude * np.exp(1j * own.phase), atol=1e-9)
    np.testing.assert_allclose(np.delete(spectrum, lines), 0, atol=1e-9)
    assert sound.std() == pytest.approx(1)


def test_peaks_are_low() -> None:
    for pitch, tilt, balance in product((36, 60, 84), (0, -6, -12), (0, -12, -24)):
        assert np.abs(additive(Timbre(tilt, balance), pitch, 4_000)).max() < 3.1


def test_noise_is_white_up_to_the_band() -> None:
    spectrum = noise_spectrum(64_000, 32_000)
    hz = np.arange(32_001) / 2
    inside = (hz >= 20) & (hz <= BAND_HZ)
    assert np.ptp(np.abs(spectrum[inside])) < 1e-9
    assert not spectrum[~inside].any()
    wave = np.fft.irfft(spectrum)
    assert wave.std() == pytest.approx(1)
    assert np.abs(wave).max() < 5
    first, second = wave[:32_000], wave[32_000:]
    assert abs((first * second).mean()) < 0.02


@pytest.mark.parametrize(
    "wrong", [{"formant_hz": -1.0}, {"inharmonicity": -0.1}, {"hnr_db": -float("inf")}]
)
def test_impossible_timbres(wrong: dict[str, float]) -> None:
    with pytest.raises(DsoundsError):
        Timbre(**wrong)
