"""soundfonts/sinusoids.sf2: what FluidSynth plays is what the labels say.

Labels are checked on rendered notes by least squares and spectra, which did not make them.
Tolerances are about twice what was measured with FluidSynth 2.3.1.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.hashing import file_sha256
from dsounds.soundfonts import SINUSOIDS, catalogue, find_font
from dsounds.synth.music.schedule import Voice
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import NoteKey, render_note
from dsounds.synth.sinusoids.font import build
from dsounds.synth.sinusoids.generators import Generator
from dsounds.synth.sinusoids.timbres import BAND_HZ, Timbre, additive, frequency, partials
from dsounds.synth.sinusoids.tones import (  # fmt: skip
    BALANCES_DB,
    FORMANTS_HZ,
    HNRS_DB,
    INHARMONICITIES,
    TILTS_DB,
    envelope,
    pitches,
    voice,
)
from dsounds.synth.sinusoids.waves import TUNING_CENTS, sounding_pitch

RATE = 16_000
NEARLY_A_SINE = Timbre(-12.0, -24.0)


@pytest.fixture(scope="module")
def toy():
    with Font(find_font("sinusoids")) as font:
        yield font


def play(font: Font, timbre: Timbre, pitch: int) -> np.ndarray:
    """A second of a note that is held."""
    return render_note(font, voice(timbre), NoteKey(0, pitch, 127, RATE), RATE).astype(float)


def fit(sound: np.ndarray, hz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes of sines of the given frequencies by least squares, and what is left."""
    turns = np.exp(2j * np.pi * np.outer(np.arange(len(sound)), hz) / RATE)
    waves = np.concatenate([turns.real, turns.imag], axis=1)
    found = np.linalg.solve(waves.T @ waves, waves.T @ sound)
    return np.hypot(*found.reshape(2, -1)), sound - waves @ found


def steady(sound: np.ndarray) -> np.ndarray:
    return sound[2_000:12_000]


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10((sound**2).mean()))


def tuned_hz(sound: np.ndarray, hz: float) -> float:
    """Frequency of the partial near `hz`, from its phase half a second later."""
    window = np.hanning(6_000) * np.exp(-2j * np.pi * hz * np.arange(6_000) / RATE)
    early, late = (sound[at : at + 6_000] @ window for at in (1_000, 9_000))
    turned = late / early * np.exp(-2j * np.pi * hz / 2)
    return float(hz + np.angle(turned) / np.pi)


def random_timbres(count: int, seed: int) -> list[tuple[Timbre, int]]:
    """Timbres of all kinds without noise, each with a pitch of its own."""
    rng, out = np.random.default_rng(seed), []
    for kind in range(count):
        timbre = Timbre(
            float(rng.choice(TILTS_DB)),
            float(rng.choice(BALANCES_DB)),
            float(rng.choice(FORMANTS_HZ)) if kind % 3 == 1 else 0.0,
            float(rng.choice(INHARMONICITIES)) if kind % 3 == 2 else None,
        )
        out.append((timbre, int(rng.choice(pitches(timbre)))))
    return out


def test_the_font_is_made_again_byte_for_byte() -> None:
    assert build().to_bytes() == find_font("sinusoids").read_bytes()
    assert file_sha256(find_font("sinusoids")) == SINUSOIDS.sha256
    assert find_font("sinusoids").stat().st_size < 4e6


def test_the_embedded_font_needs_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSOUNDS_SOUNDFONT", "/nowhere.sf3")
    assert find_font("sinusoids").name == "sinusoids.sf2"


def test_an_independent_reader_finds_every_preset() -> None:
    sf2parse = pytest.importorskip("sf2utils.sf2parse")
    with find_font("sinusoids").open("rb") as file:
        presets = {(p.bank, p.preset): p for p in sf2parse.Sf2File(file).presets[:-1]}
    assert set(presets) == {(b, p) for b in (*range(6), *range(8, 14)) for p in range(125)}
    for timbre, name, layers in (
        (Timbre(0.0), "t0 b0 f0", 1),
        (Timbre(-9.0, -18.0, 1_000.0, None, 6.0), "t-9 b-18 f1000 h6", 2),
        (Timbre(-12.0, -24.0, 0.0, 0.008, 30.0), "t-12 b-24 B8 h30", 2),
    ):
        place = voice(timbre)
        preset = presets[place.bank, place.program]
        assert (preset.name, len(preset.bags)) == (name, layers)


def test_pitches_are_right_within_a_cent(toy: Font) -> None:
    for pitch in range(36, 97):
        found = tuned_hz(play(toy, Timbre(-6.0, -12.0), pitch), frequency(pitch))
        assert abs(1_200 * np.log2(found / frequency(pitch))) < TUNING_CENTS
    for timbre, pitch in random_timbres(24, 1):
        found = tuned_hz(play(toy, timbre, pitch), frequency(pitch))
        assert abs(1_200 * np.log2(found / frequency(pitch))) < TUNING_CENTS


def test_a_note_equals_its_additive_synthesis(toy: Font) -> None:
    # Within 1 % of the peak at the ends, where FluidSynth's filter swings in and out, 0.3 % within.
    timbres = random_timbres(36, 2)
    for timbre, pitch in (one for one in timbres if one[0].inharmonicity is None):
        key = NoteKey(0, pitch, 127, RATE)
        played = render_note(toy, voice(timbre), key, 2 * RATE).astype(float)
        shape = envelope(RATE)[: len(played)]
        summed = shape * additive(timbre, sounding_pitch(pitch), len(shape))
        error = np.abs(played / np.abs(played).max() - summed / np.abs(summed).max())
        assert abs(len(played) - len(envelope(RATE))) <= 2
        assert error.max() < 0.012
        assert error[192:-512].max() < 0.003


def test_nothing_aliases(toy: Font) -> None:
    for pitch in range(36, 97, 3):
        hz = frequency(sounding_pitch(pitch)) * np.arange(1, int(BAND_HZ / frequency(pitch)) + 1)
        found, rest = fit(steady(play(toy, Timbre(0.0), pitch)), hz)
        lines = np.abs(np.fft.rfft(rest * np.hanning(len(rest)))) * 4 / len(rest)
        assert 20 * np.log10(lines.max() / found.max()) < -85


@pytest.mark.parametrize("cents", [37, -50])
def test_little_aliases_where_the_pitch_is_bent(toy: Font, cents: float) -> None:
    for tilt, most in ((0.0, -54), (-6.0, -70)):
        for pitch in (36, 60, 88):
            place = voice(Timbre(tilt))
            bent = Voice(place.program, place.bank, ((int(Generator.FINE_TUNE), cents),))
            sound = render_note(toy, bent, NoteKey(0, pitch, 127, RATE), RATE).astype(float)
            k = np.arange(1, int(BAND_HZ / frequency(pitch)) + 1)
            found, rest = fit(steady(sound), k * frequency(sounding_pitch(pitch) + cents / 100))
            lines = np.abs(np.fft.rfft(rest * np.hanning(len(rest)))) * 4 / len(rest)
            assert 20 * np.log10(lines.max() / found.max()) < most


def test_partials_have_their_levels_and_frequencies(toy: Font) -> None:
    for timbre, pitch in random_timbres(30, 3):
        harmonic = timbre.inharmonicity is None
        own = partials(timbre, sounding_pitch(pitch) if harmonic else pitch)
        found, rest = fit(steady(play(toy, timbre, pitch)), own.frequency_hz)
        assert (rest**2).sum() < 10**-3.5 * found @ found / 2 * len(rest)
        audible = own.amplitude > own.amplitude.max() / 300
        off = 20 * np.log10(found / own.amplitude)[audible]
        assert np.ptp(off) < (0.05 if harmonic else 0.3)


def test_tilt_and_balance_by_regression(toy: Font) -> None:
    for tilt in TILTS_DB:
        for balance in BALANCES_DB:
            own = partials(Timbre(tilt, balance), sounding_pitch(55))
            found, _ = fit(steady(play(toy, Timbre(tilt, balance), 55)), own.frequency_hz)
            k = np.arange(1, len(found) + 1)
            terms = np.stack([np.ones(len(k)), np.log2(k), k % 2 == 0], axis=1)
            _, slope, even = np.linalg.lstsq(terms, 20 * np.log10(found), rcond=None)[0]
            assert slope == pytest.approx(tilt, abs=0.02)
            assert even == pytest.approx(balance, abs=0.05)


@pytest.mark.parametrize("centre", FORMANTS_HZ[1:])
def test_formants_by_comparison(toy: Font, centre: float) -> None:
    hz = partials(Timbre(-6.0), sounding_pitch(48)).frequency_hz
    with_, without = (
        fit(steady(play(toy, Timbre(-6.0, formant_hz=formant), 48)), hz)[0]
        for formant in (centre, 0.0)
    )
    raised = 20 * np.log10(with_ / without)
    top = raised > raised.max() - 8
    a, b, _ = np.polyfit(np.log2(hz[top]), raised[top], 2)
    assert 2 ** (-b / (2 * a)) == pytest.approx(centre, rel=0.04)
    assert np.ptp(raised) == pytest.approx(18, abs=1)


@pytest.mark.parametrize("b", INHARMONICITIES)
def test_inharmonicity_from_frequencies(toy: Font, b: float) -> None:
    sound = play(toy, Timbre(-3.0, inharmonicity=b), 60)
    own = partials(Timbre(inharmonicity=b), 60).frequency_hz
    ratio = np.array([tuned_hz(sound, hz) for hz in own]) / frequency(60)
    k = np.arange(1, len(own) + 1)
    # (ratio / k)^2 = (1 + B k^2) / (1 + B): a line in k^2
    slope, offset = np.polyfit(k**2, (ratio / k) ** 2, 1)
    assert slope / offset == pytest.approx(b, abs=1e-6)


@pytest.mark.parametrize("hnr", HNRS_DB[1:])
def test_harmonics_to_noise_ratio(toy: Font, hnr: float) -> None:
    for timbre in (Timbre(-6.0, -6.0, hnr_db=hnr), Timbre(-3.0, inharmonicity=0.002, hnr_db=hnr)):
        own = partials(timbre, 72 if timbre.inharmonicity else sounding_pitch(72))
        sound = steady(play(toy, timbre, 72))
        found, rest = fit(sound, own.frequency_hz)
        assert 10 * np.log10(found @ found / 2 / (rest**2).mean()) == pytest.approx(hnr, abs=0.3)
        assert level_db(sound) == pytest.approx(level_db(steady(play(toy, Timbre(), 72))), abs=0.3)


def test_noise_differs_between_pitches(toy: Font) -> None:
    rests = []
    for pitch in (60, 61):
        hz = partials(Timbre(), sounding_pitch(pitch)).frequency_hz
        rests.append(fit(steady(play(toy, Timbre(hnr_db=6.0), pitch)), hz)[1])
    assert abs(np.corrcoef(rests)[0, 1]) < 0.1


def test_every_timbre_is_equally_loud_and_steady(toy: Font) -> None:
    levels = []
    for timbre, pitch in random_timbres(45, 4):
        sound = steady(play(toy, timbre, pitch))
        levels.append(level_db(sound))
        if timbre.inharmonicity is None:
            assert level_db(sound[:5_000]) == pytest.approx(level_db(sound[5_000:]), abs=0.1)
    assert np.ptp(levels) < 0.3


def test_timbres_that_the_font_lacks() -> None:
    with pytest.raises(DsoundsError, match=r"no tilt_db -5: 0, -3, -6, -9, -12 are there"):
        voice(Timbre(-5.0))
    with pytest.raises(DsoundsError, match="no formant"):
        voice(Timbre(formant_hz=500.0, inharmonicity=0.0))


def test_voices_are_numbered_as_documented() -> None:
    assert voice(Timbre(0.0)) == Voice(0)
    assert voice(Timbre(-6.0, -12.0, 1_000.0, hnr_db=18.0)) == Voice(62, 3)
    assert voice(Timbre(-12.0, -24.0, 0.0, 0.008, 6.0)) == Voice(124, 13)


def test_pitches_beyond_the_tables_are_silent(toy: Font) -> None:
    for timbre in (Timbre(), Timbre(formant_hz=500.0), Timbre(inharmonicity=0.0)):
        for pitch in (pitches(timbre)[0] - 1, pitches(timbre)[-1] + 1):
            key = NoteKey(0, pitch, 127, 640)
            assert not len(render_note(toy, voice(timbre), key, RATE))


def test_a_lost_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(SINUSOIDS, places=(str(tmp_path / "no.sf2"),))
    monkeypatch.setitem(catalogue.CATALOGUE, "sinusoids", lost)
    with pytest.raises(DsoundsError, match=r"not found .*; install dsounds again"):
        find_font("sinusoids")
