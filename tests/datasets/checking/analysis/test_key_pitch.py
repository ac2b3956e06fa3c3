"""What one note sounds like beside its key, of sounds whose partials are known."""

import numpy as np
import pytest

from dsounds.datasets.checking.analysis.key_pitch import KeyPitch, key_pitch

KEY_HZ, RATE_HZ, SAMPLES = 440.0, 16_000, 5_600


def sound(partials: dict[float, float], seed: int = 0) -> np.ndarray:
    """Sines at multiples of the key, each with its level in dB."""
    time_s = np.arange(SAMPLES) / RATE_HZ
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(partials))
    return sum(
        10 ** (db / 20) * np.sin(2 * np.pi * KEY_HZ * ratio * time_s + phi)
        for (ratio, db), phi in zip(partials.items(), phase, strict=True)
    )


def heard(partials: dict[float, float]) -> KeyPitch:
    found = key_pitch(sound(partials), KEY_HZ)
    assert found
    return found


@pytest.mark.parametrize("octave", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("cents", [-22, 0, 17])
def test_a_harmonic_tone(octave: int, cents: float) -> None:
    ratio = 2.0 ** (octave + cents / 1200)
    found = heard({k * ratio: -3.0 * k for k in range(1, 9) if k * ratio * KEY_HZ < 7_000})
    assert found.octaves == octave
    assert found.line_cents == pytest.approx(cents, abs=1)
    assert found.period_cents == pytest.approx(cents, abs=1)


def test_a_fundamental_that_is_weaker_than_its_octave() -> None:
    assert heard({1: -25, 2: 0, 3: -6, 4: -3, 5: -9}).octaves == 0


@pytest.mark.parametrize("trace_db", [-40, -25])
def test_a_trace_an_octave_below_is_none(trace_db: float) -> None:
    assert heard({0.5: trace_db, 1: 0, 2: -6, 3: -9}).octaves == 0


def test_drawbars_two_octaves_below_the_key() -> None:
    found = heard({0.25: -1, 0.5: 0, 1: -5, 1.5: -15, 2: -15, 4: -23})
    assert (found.octaves, found.period_cents) == (-2, pytest.approx(0, abs=1))


def test_two_tones_have_no_period_where_nothing_sounds() -> None:
    """A fifth repeats itself an octave below, a fourth two octaves below: no partial is there."""
    fifth, fourth = {1: 0, 1.5: -3, 2: -6, 3: -9}, {0.75: 0, 1: -3, 1.5: -8, 2: -8}
    for tones in (fifth, fourth):
        found = heard(tones)
        assert (found.octaves, found.period_cents) == (0, None)


def test_a_bar_has_a_line_and_no_period() -> None:
    found = heard({1: -11, 2.756: -12, 5.404: 0, 8.933: -6})  # Euler's free bar
    assert (found.octaves, found.period_cents) == (0, None)
    assert found.line_cents == pytest.approx(0, abs=1)


def test_a_stiff_string_repeats_itself_sooner_than_its_first_partial() -> None:
    """The period is a compromise of all partials: that is what a listener's ear tunes to."""
    stiff = {k * np.sqrt((1 + 8e-4 * k**2) / (1 + 8e-4)): -2.0 * k for k in range(1, 8)}
    found = heard(stiff)
    assert found.line_cents == pytest.approx(0, abs=1)
    assert found.period_cents is not None
    assert 3 < found.period_cents < 30


def test_partials_between_octaves_are_nothing() -> None:
    assert key_pitch(sound({1.3: 0, 2.6: -3, 0.65: -6}), KEY_HZ) is None


def test_noise_agrees_on_no_octave() -> None:
    rng = np.random.default_rng(1)
    found = [key_pitch(rng.normal(size=SAMPLES), 261.6 * 2 ** (k / 6)) for k in range(18)]
    octaves = [one.octaves for one in found if one]
    assert max((octaves.count(one) for one in set(octaves)), default=0) < 12
    assert not any(one and one.period_cents is not None for one in found)


@pytest.mark.parametrize("nothing", [np.zeros(SAMPLES), np.ones(100), np.empty(0)])
def test_silence_and_what_is_too_short(nothing: np.ndarray) -> None:
    assert key_pitch(nothing, KEY_HZ) is None
