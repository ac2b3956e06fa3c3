"""What is added to the presets of sinusoids.sf2 while they play: levels, envelopes, LFOs.

Measured on rendered notes by Hilbert envelopes and instantaneous frequency. Tolerances are about
twice what was measured with FluidSynth 2.3.1.
"""

from math import inf

import numpy as np
import pytest
from scipy.signal import hilbert

from dsounds.errors import DsoundsError
from dsounds.soundfonts import find_font
from dsounds.synth.music.schedule import NOTE, Schedule
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import NoteKey, build_table, codes_in, render_note
from dsounds.synth.rendering.render import DirectRenderer, NoteRenderer, render_float
from dsounds.synth.sinusoids.timbres import Timbre, frequency
from dsounds.synth.sinusoids.tones import STEADY, Motion, voice

RATE = 16_000
NEARLY_A_SINE = Timbre(-12.0, -24.0)


@pytest.fixture(scope="module")
def toy():
    with Font(find_font("sinusoids")) as font:
        yield font


def play(
    font: Font, pitch: int, motion: Motion = STEADY, level_db: float = 0,
    samples: int = RATE, velocity: int = 127,
) -> np.ndarray:  # fmt: skip
    """A note that is held as long as it is heard."""
    one = voice(NEARLY_A_SINE, motion, level_db)
    return render_note(font, one, NoteKey(0, pitch, velocity, samples), samples).astype(float)


def loudness_db(sound: np.ndarray) -> float:
    return float(10 * np.log10((sound[2_000:12_000] ** 2).mean()))


@pytest.mark.parametrize("db", [-6.0, -20.0, -40.0])
def test_levels(toy: Font, db: float) -> None:
    loud, soft = (loudness_db(play(toy, 60, level_db=level)) for level in (0, db))
    assert soft - loud == pytest.approx(db, abs=0.01)


def test_velocity_is_level(toy: Font) -> None:
    loud, soft = (loudness_db(play(toy, 60, velocity=v)) for v in (127, 64))
    assert loud - soft == pytest.approx(40 * np.log10(127 / 64), abs=0.1)


def smooth(values: np.ndarray, over: int = 64) -> np.ndarray:
    return np.convolve(values, np.ones(over) / over, "same")


def contour(sound: np.ndarray) -> np.ndarray:
    """Amplitude over time."""
    return smooth(np.abs(hilbert(sound)))


def rate_hz(curve: np.ndarray) -> float:
    """Frequency of what is strongest in a curve."""
    spectrum = np.abs(np.fft.rfft((curve - curve.mean()) * np.hanning(len(curve)), 1 << 19))
    return float(spectrum.argmax() * RATE / (1 << 19))


@pytest.mark.parametrize("seconds", [0.004, 0.02, 0.1, 0.5])
def test_attack(toy: Font, seconds: float) -> None:
    shape = contour(play(toy, 84, Motion(attack_s=seconds)))
    half = np.argmax(shape > np.median(shape[12_000:15_000]) / 2) / RATE
    assert 2 * half == pytest.approx(seconds, abs=0.002)


@pytest.mark.parametrize("seconds", [0.2, 1.0, 4.0])
def test_decay(toy: Font, seconds: float) -> None:
    shape = contour(play(toy, 84, Motion(decay_s=seconds)))
    inside = slice(800, int(min(0.6 * seconds, 0.9) * RATE))
    time = np.arange(len(shape))[inside] / RATE
    slope = np.polyfit(time, 20 * np.log10(shape[inside]), 1)[0]
    assert -60 / slope == pytest.approx(seconds, rel=0.01)


@pytest.mark.parametrize(("cents", "hz"), [(12, 5), (50, 3), (50, 8), (100, 5)])
def test_vibrato(toy: Font, cents: float, hz: float) -> None:
    motion = Motion(vibrato_cents=cents, vibrato_hz=hz)
    sound = play(toy, 72, motion, samples=2 * RATE)
    spectrum, lines = np.fft.fft(sound), np.fft.fftfreq(2 * RATE, 1 / RATE)
    spectrum[np.abs(lines / frequency(72) - 1) > 0.4] = 0  # the first partial, positive side
    turned = np.diff(np.unwrap(np.angle(np.fft.ifft(spectrum)))) / (2 * np.pi)
    curve = smooth(1_200 * np.log2(np.maximum(turned, 1e-3) * RATE / frequency(72)))[1_000:-1_000]
    assert rate_hz(curve) == pytest.approx(hz, abs=0.05)
    assert np.ptp(curve) / 2 == pytest.approx(cents, rel=0.06)
    assert curve.mean() == pytest.approx(0, abs=2.5)


@pytest.mark.parametrize(("db", "hz"), [(2, 5), (6, 3), (6, 8), (12, 5)])
def test_tremolo(toy: Font, db: float, hz: float) -> None:
    motion = Motion(tremolo_db=db, tremolo_hz=hz)
    curve, peak = (
        20 * np.log10(contour(play(toy, 84, one, samples=2 * RATE))[1_600:-1_600])
        for one in (motion, STEADY)
    )
    assert rate_hz(curve) == pytest.approx(hz, abs=0.05)
    assert np.ptp(curve) == pytest.approx(db, rel=0.06)
    assert curve.max() == pytest.approx(peak.max(), abs=0.4)


def test_motions_do_not_disturb_each_other(toy: Font) -> None:
    motion = Motion(attack_s=0.1, decay_s=2.0, vibrato_cents=50, vibrato_hz=5)
    shape = contour(play(toy, 84, motion))
    assert np.argmax(shape) / RATE == pytest.approx(0.1, abs=0.01)
    time = np.arange(2_400, 15_000) / RATE
    assert np.polyfit(time, 20 * np.log10(shape[2_400:15_000]), 1)[0] == pytest.approx(
        -30, rel=0.02
    )


def test_sum_of_notes_equals_fluidsynths_own_render(toy: Font) -> None:
    timbres = (Timbre(hnr_db=12.0), Timbre(inharmonicity=0.004, hnr_db=12.0))
    voices = tuple(voice(one, Motion(vibrato_cents=50, tremolo_db=6)) for one in timbres)
    notes = np.zeros((2, 4), NOTE)
    notes["onset_sample"] = np.arange(4) * 4_032
    notes["offset_sample"] = notes["onset_sample"] + 3_968
    notes["pitch"], notes["velocity"] = [60, 60, 67, 64], 100
    schedule = Schedule.plain(notes, np.arange(2))
    table = build_table(toy, voices, codes_in(schedule), RATE + 4_096)
    summed = render_float(NoteRenderer(table, RATE + 4_096), schedule)
    direct = render_float(DirectRenderer(toy, voices, RATE + 4_096), schedule)
    assert np.abs(summed - direct).max() <= 2e-6 * np.abs(direct).max()


def test_what_cannot_be_played() -> None:
    with pytest.raises(DsoundsError, match="level_db is 3"):
        voice(Timbre(), level_db=3)
    for wrong in ({"attack_s": 0.001}, {"decay_s": 0}, {"vibrato_hz": inf}, {"tremolo_db": -1}):
        with pytest.raises(DsoundsError, match=rf"{next(iter(wrong))} is .* is allowed"):
            Motion(**wrong)


def test_generators_are_in_order_and_none_is_added_to_a_steady_tone() -> None:
    assert voice(Timbre()).generators == ()
    moved = voice(Timbre(), Motion(attack_s=0.1, decay_s=1, vibrato_cents=50, tremolo_db=6), -6)
    assert [number for number, _ in moved.generators] == [6, 13, 22, 24, 34, 36, 37, 48]
