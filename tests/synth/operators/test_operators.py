"""Operators in sound: labels are exact, chains compose, what can be undone is undone."""

import json
from ctypes import c_double, c_void_p
from dataclasses import replace
from functools import reduce
from operator import rshift

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsounds.datasets import Corpus, DMelodies, open_corpus
from dsounds.datasets.reading.transform import apply
from dsounds.errors import DsoundsError
from dsounds.synth.music import melody
from dsounds.synth.music.schedule import Schedule, Voice
from dsounds.synth.operators import (  # fmt: skip
    AddNoise,
    Chain,
    Dereverberate,
    Gain,
    HighPass,
    LowPass,
    Mix,
    Normalise,
    Operator,
    Reverberate,
    Shelf,
    Stretch,
    Tilt,
    Transpose,
    Velocity,
    played,
)
from dsounds.synth.operators.reverb import reverberation, t60_s
from dsounds.synth.rendering import fluidsynth
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import build_table, codes_in, mono
from dsounds.synth.rendering.render import NoteRenderer, render_float

RATE = 16_000
SOUND = np.random.default_rng(0).uniform(-1, 1, (3, 4096)).astype(np.float32)
HUM = (0.5 * np.sin(2 * np.pi * 220 * np.arange(8000) / RATE)).astype(np.float32)[None]


def power_db(sound: np.ndarray) -> np.ndarray:
    return 10 * np.log10(np.mean(sound.astype(np.float64) ** 2, axis=-1))


def error(found: np.ndarray, true: np.ndarray) -> float:
    """Largest difference, in peaks of the true sound."""
    return float(np.abs(found - true).max() / np.abs(true).max())


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Melodies of which some are transpositions of others, louder ones, and faster ones."""
    recipe = DMelodies(
        count=12, tonics=("C", "D", "B"), octaves=(4, 5), velocities=(60, 100), tempos=(120, 150)
    )
    return open_corpus(recipe)


gains = st.builds(Gain, st.floats(-40, 40))
tilts = st.builds(Tilt, st.floats(-6, 6), st.floats(100, 4000))
shelves = st.builds(
    Shelf, st.floats(100, 6000), st.floats(-12, 12), st.sampled_from(["low", "high"])
)
noises = st.builds(
    AddNoise, st.floats(0, 60), st.integers(0, 9), st.sampled_from(["white", "pink"])
)


@given(st.lists(st.one_of(gains, tilts, shelves, noises), max_size=3))
@settings(max_examples=40)
def test_inverses_undo(operators: list[Operator]) -> None:
    chain = reduce(rshift, operators, Chain())
    there = chain(SOUND)
    assert there.dtype == np.float32
    lost = max(1.0, np.abs(there).max())  # float32 rounds at the scale of the loudest stage
    assert error(chain.inverse(there), SOUND) <= 1e-4 * lost
    assert chain.inverse.inverse.labels == chain.labels


@pytest.mark.parametrize(
    ("operator", "tolerance"),
    [
        (Gain(-6), 1e-6), (Gain(40), 1e-6), (Tilt(-6), 1e-5), (Tilt(6, 300), 1e-5),
        (Shelf(2000, 12), 1e-6), (Shelf(300, -12, "low"), 1e-6), (AddNoise(20, 1), 1e-6),
        (AddNoise(0, 2, "pink"), 1e-6), (Mix(SOUND[::-1].copy(), 3), 1e-6),
        (Mix(SOUND[0], 0), 1e-6), (Reverberate(), 1e-5), (Reverberate(0.9, 0.5, 0.3), 1e-5),
    ],
)  # fmt: skip
def test_how_exactly_each_is_undone(operator: Operator, tolerance: float) -> None:
    sound = np.tile(SOUND, (1, 3))[:, : 4096 if isinstance(operator, Mix) else None]
    there = operator(sound)
    assert error(there, sound) > 0.01
    assert error(operator.inverse(there), sound) <= tolerance
    assert operator.invertible


@pytest.mark.parametrize(
    "operator",
    [LowPass(1000), HighPass(1000), Normalise(), AddNoise(-1, 0), Mix(HUM[0], -3.0), Stretch(0.5)],
)
def test_what_cannot_be_undone_says_so(operator: Operator) -> None:
    with pytest.raises(DsoundsError, match="has no inverse"):
        _ = operator.inverse
    assert not operator.invertible


@given(st.floats(-20, 60), st.sampled_from(["white", "pink"]), st.integers(0, 99))
@settings(max_examples=25)
def test_noise_has_its_ratio(snr_db: float, colour: str, seed: int) -> None:
    sound = np.concatenate([HUM, 0.01 * HUM])
    noise = AddNoise(snr_db, seed, colour)(sound).astype(np.float64) - sound
    np.testing.assert_allclose(power_db(sound) - power_db(noise), snr_db, atol=1e-3)


def test_noise_depends_on_seed_and_clip_alone() -> None:
    noise = AddNoise(10, seed=5)
    together = noise(SOUND, [7, 3, 4])
    np.testing.assert_array_equal(noise(SOUND[[2, 0]], [4, 7]), together[[2, 0]])
    assert error(noise(SOUND, [7, 3, 5])[2], together[2]) > 0.1
    assert error(AddNoise(10, seed=6)(SOUND, [7, 3, 4]), together) > 0.1
    spectra = [
        np.abs(np.fft.rfft(AddNoise(0, 1, colour)(np.ones((1, 32_000))) - 1)[0, 1:]) ** 2
        for colour in ("white", "pink")
    ]
    fall_db = [10 * np.log10(one[200:400].mean() / one[6400:12_800].mean()) for one in spectra]
    assert fall_db == pytest.approx([0, 10 * np.log10(32)], abs=1)


@pytest.mark.parametrize(
    "operator",
    [LowPass(1500), HighPass(300, 2), Shelf(1000, 9), Shelf(1000, -9, "low"), Tilt(-3), Tilt(6)],
)
def test_filters_have_their_response(operator: LowPass) -> None:
    impulse = np.zeros((1, RATE))
    impulse[0, 100] = 1
    spectrum = 20 * np.log10(np.abs(np.fft.rfft(operator(impulse)[0].astype(np.float64))))
    heard = operator.response_db(np.arange(1, 8000)) > -60
    np.testing.assert_allclose(
        spectrum[1:8000][heard], operator.response_db(np.arange(1, 8000))[heard], atol=0.01
    )


def test_responses_at_known_points() -> None:
    assert LowPass(1000).response_db(1000) == pytest.approx(-3.0103, abs=1e-4)
    assert LowPass(100, 3).response_db(800) == pytest.approx(-6.0206 * 3 * 3, abs=0.7)
    assert HighPass(1000).response_db([0, 8000]) == pytest.approx([-1000, 0], abs=1e-6)
    assert Shelf(1000, 12).response_db([0, 1000, 8000]) == pytest.approx([0, 6, 12], abs=1e-6)
    assert Tilt(-3).response_db([[500, 1000], [4000, 1]]).tolist()[0] == [3, 0]
    assert Tilt(-3).response_db(1) == Tilt(-3).response_db(20)


@given(gains, st.one_of(tilts, shelves, noises))
@settings(max_examples=25)
def test_a_gain_commutes(gain: Gain, other: Operator) -> None:
    assert error((gain >> other)(SOUND), (other >> gain)(SOUND)) <= 1e-5


def test_order_matters_where_it_should() -> None:
    noise, low = AddNoise(0, 1), LowPass(500)
    assert error((noise >> low)(HUM), (low >> noise)(HUM)) > 0.1
    assert Gain(3) >> (Gain(1) >> noise) == (Gain(3) >> Gain(1)) >> noise
    with pytest.raises(DsoundsError, match="Transpose acts on notes and cannot follow Gain"):
        Gain(1) >> Transpose(2)


def test_labels_are_plain_and_exact() -> None:
    chain = Transpose(3) >> Gain(-6) >> AddNoise(np.float64(20), seed=1) >> LowPass(2000)
    assert json.loads(json.dumps(chain.labels)) == chain.labels
    changes = [change for label in chain.labels for change in label["changes"]]
    assert changes[0] == {"label": "pitch_semitones", "how": "by", "amount": 3}
    assert changes[1] == {"label": "level_db", "how": "by", "amount": -6}
    assert changes[2] == {"label": "snr_db", "how": "to", "amount": 20}
    assert [label["invertible"] for label in chain.labels] == [True, True, True, False]
    removed = AddNoise(20, 1).inverse
    assert removed.changes[0].how == "from"
    assert removed.settings["addition"] == "AddNoise"


def test_peaks_are_kept_and_normalised() -> None:
    assert np.abs(Gain(20)(SOUND)).max() > 9
    loud = (Gain(20) >> Normalise(-6))(SOUND)
    np.testing.assert_allclose(20 * np.log10(np.abs(loud).max(axis=1)), -6, atol=1e-5)


def test_reverb_is_fluidsynths_own(font: Font) -> None:
    room, damping = 0.1, 0.3
    library = fluidsynth.binding()._fl

    def play(wet: bool) -> np.ndarray:
        with font.player(Voice(40, generators=((16, 1000.0),)), polyphony=4, pitch=64) as player:
            if wet:
                synth = c_void_p(player._synth)
                library.fluid_synth_set_reverb(synth, *map(c_double, (room, damping, 0, 1)))
                library.fluid_synth_reverb_on(synth, -1, 1)
            player.prime(4, 64)  # with the reverb, whose gains fade in too
            # Its delays swing once a second: the note comes as late in a second as in our synth.
            player.render(6 * RATE + 1024 - 256)
            player.note_on(64, 100)
            return mono(player.render(RATE))

    dry, wet = play(False), play(True)
    added = reverberation(dry, room, damping)
    assert np.abs(added).max() > 0.1 * np.abs(dry).max()
    assert error(added, wet - dry) <= 1e-3


def test_reverb_is_deterministic_linear_and_late() -> None:
    burst = np.zeros((2, 3 * RATE), np.float32)
    burst[:, :800] = np.random.default_rng(1).uniform(-1, 1, (2, 800))
    half, full = (Reverberate(0.3, 0.2, level)(burst) for level in (0.25, 0.5))
    np.testing.assert_array_equal(half[1:], Reverberate(0.3, 0.2, 0.25)(burst[1:]))
    np.testing.assert_allclose(2 * (half - burst), full - burst, atol=1e-6)
    np.testing.assert_array_equal(Reverberate(level=0.0)(burst), burst)
    np.testing.assert_allclose(half[:, :1000], burst[:, :1000], atol=1e-6)
    tails = [np.abs(Reverberate(0.3, 0.2, x)(burst)[:, RATE:]).max() for x in (0.1, 0.4, 1.0)]
    assert 1e-4 < tails[0] < tails[1] < tails[2]
    both = reverberation(burst.sum(axis=0), 0.3, 0.2)
    assert error(sum(reverberation(one, 0.3, 0.2) for one in burst), both) <= 1e-5


def test_reverberation_time_is_what_is_heard() -> None:
    change = {one.label: one.amount for one in Reverberate(0.5, 0.0, 0.2).changes}
    assert change == {"reverb_level": 0.2, "t60_s": t60_s(0.5, 0.0)}
    assert t60_s(0.1, 0) < t60_s(0.5, 0.6) < t60_s(0.5, 0) < t60_s(0.9, 0)
    with pytest.raises(DsoundsError, match="cannot be undone"):
        Dereverberate(1, 0, 1)(Reverberate(1, 0, 1)(np.tile(HUM, (1, 6))))


@pytest.mark.parametrize(("room_size", "damping"), [(0.2, 0.0), (0.5, 0.6), (0.9, 0.3), (1, 1)])
def test_in_the_time_t60_the_reverb_falls_by_60_db(room_size: float, damping: float) -> None:
    """By the power of quarters of a second, without backward integration and with another burst."""
    burst = np.zeros(12 * RATE)
    burst[:2000] = np.random.default_rng(5).standard_normal(2000)
    tail = reverberation(burst, room_size, damping)[RATE // 2 :]
    levels = power_db(tail[: len(tail) // 4000 * 4000].reshape(-1, 4000))
    fallen = np.interp(-60, (levels - levels[0])[::-1], np.arange(len(levels))[::-1] / 4)
    assert fallen == pytest.approx(t60_s(room_size, damping), rel=0.15)


def test_transposition_is_another_tonic(corpus: Corpus) -> None:
    clips = np.flatnonzero(corpus.values[:, 0] == 0)
    moved = apply(Transpose(2), corpus, clips)
    np.testing.assert_array_equal(moved.sound, corpus.counterfactual(clips, tonic="D"))
    assert set(moved.values[:, 0]) == {2}
    np.testing.assert_array_equal(moved.values[:, 1:], corpus.values[clips, 1:])
    np.testing.assert_array_equal(apply(Transpose(0), corpus, clips).sound, corpus.audio(clips))
    up = apply(Transpose(1), corpus, np.flatnonzero(corpus.values[:, 0] == 11))
    assert set(up.values[:, 0]) == {0}  # B to the C of the next octave
    assert set(up.values[:, 1]) <= {5, 6}
    with pytest.raises(DsoundsError, match=r"pitch of note 0 of clip 0 would be 1\d\d: 0 to 127"):
        apply(Transpose(90), corpus, clips)


def test_velocity_and_tempo_are_other_factors(corpus: Corpus) -> None:
    values = dict(zip(corpus.space.names, corpus.values.T, strict=True))
    soft = np.flatnonzero(values["velocity"] == 60)
    harder = apply(Velocity(40), corpus, soft)
    np.testing.assert_array_equal(harder.sound, corpus.counterfactual(soft, velocity="100"))
    louder = apply(Velocity(27), corpus, np.flatnonzero(values["velocity"] == 100))
    np.testing.assert_allclose(np.abs(louder.sound).max(axis=1), 1.27**2, rtol=1e-4)
    slow = np.flatnonzero(values["tempo"] == 120)
    faster = apply(Stretch(0.8), corpus, slow)
    true = corpus.schedule(corpus.space.values(_with(corpus, slow, tempo=1))).notes
    late = faster.schedule.notes["onset_sample"] - true["onset_sample"]
    assert np.abs(late).max() <= 64
    np.testing.assert_allclose(faster.values[:, corpus.space.column("tempo")], 150)
    with pytest.raises(DsoundsError, match=r"ends at sample .* after the clip"):
        apply(Stretch(1.5), corpus, slow)


def _with(corpus: Corpus, clips: np.ndarray, **classes: int) -> np.ndarray:
    out = corpus.classes[clips].copy()
    for name, value in classes.items():
        out[:, corpus.space.column(name)] = value
    return out


@given(st.integers(-20, 20), st.integers(-30, 20), st.floats(1, 4))
@settings(max_examples=30)
def test_notes_are_given_back(semitones: int, harder: int, factor: float) -> None:
    classes = np.random.default_rng(2).integers(0, melody.SIZES, (4, 9))
    schedule = Schedule.plain(melody.notes(melody.slots(classes)), np.zeros(4))
    chain = Transpose(semitones) >> Velocity(harder) >> Stretch(factor)
    again = chain.inverse.schedule(chain.schedule(schedule))
    np.testing.assert_array_equal(again.notes, schedule.notes)
    np.testing.assert_allclose(again.level_db, schedule.level_db, atol=1e-9)
    alike = replace(schedule, full_scale=0.1)  # where FluidSynth's own level is heard
    np.testing.assert_array_equal(Velocity(harder)(alike).level_db, 0)


def test_a_corpus_is_changed_with_its_labels(corpus: Corpus) -> None:
    chain = Transpose(-2) >> Gain(-6) >> AddNoise(20, seed=3)
    changed = apply(chain, corpus, [4, 1])
    np.testing.assert_array_equal(changed.sound[1:], apply(chain, corpus, [1]).sound)
    assert [set(one) for one in changed.labels] == [
        {"pitch_semitones"}, {"level_db", "rms_db", "peak"}, {"snr_db", "rms_db", "peak"}
    ]  # fmt: skip
    np.testing.assert_array_equal(changed.labels[2]["snr_db"], [20, 20])
    np.testing.assert_allclose(changed.labels[2]["rms_db"], power_db(changed.sound), atol=1e-9)
    plain = apply(Gain(-6), corpus, [4, 1])
    assert plain.schedule is None
    np.testing.assert_allclose(plain.sound, corpus.audio([4, 1]) * 10**-0.3, atol=1e-7)
    true = corpus.values[[4, 1]].copy()
    true[:, corpus.space.column("velocity")] = np.nan  # it is heard by its level
    np.testing.assert_array_equal(plain.values, true)


def test_levels_far_below_hearing_are_told(corpus: Corpus) -> None:
    levels = [one["rms_db"][0] for one in apply(Gain(-90) >> Gain(-90), corpus, [2]).labels]
    assert levels[1] == pytest.approx(levels[0] - 90, abs=1e-3)
    assert levels[1] < -170


def test_chains_render_schedules(font: Font) -> None:
    notes = melody.notes(melody.slots(np.zeros((1, 9), int)))
    schedule = Schedule.plain(notes, [0])
    chain = Transpose(5) >> Gain(-6)
    higher = chain.schedule(schedule)
    table = build_table(font, (Voice(40),), codes_in(higher), melody.CLIP_SAMPLES)
    renderer = NoteRenderer(table, melody.CLIP_SAMPLES)
    sound = render_float(renderer, higher)
    expected = sound / np.abs(sound).max() * 10**-0.3
    np.testing.assert_allclose(chain.render(renderer, schedule), expected, atol=2e-5)
    np.testing.assert_array_equal(
        Chain((Transpose(5),)).render(renderer, schedule), played(renderer, higher)
    )
    with pytest.raises(DsoundsError, match="Transpose acts on notes, not on sound"):
        chain(SOUND)
    with pytest.raises(DsoundsError, match="from notes to sound has no inverse"):
        _ = chain.inverse


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Gain("loud"), "db is 'loud': a number from -100 to 100 dB"),
        (lambda: Tilt(20), "db_per_octave is 20"),
        (lambda: LowPass(9000), "cutoff_hz is 9000"),
        (lambda: LowPass(100, 0), "order is 0: an integer from 1 to 16"),
        (lambda: AddNoise(3, -1), "seed is -1"),
        (lambda: AddNoise(3, 1, "blue"), "white and pink are allowed"),
        (lambda: Shelf(100, 3, "left"), "low and high are allowed"),
        (lambda: Reverberate(room_size=2), "room_size is 2: a number from 0 to 1 is needed"),
        (lambda: Transpose(0.5), "semitones is 0.5: an integer"),
        (lambda: Stretch(float("nan")), "factor is nan"),
        (lambda: Gain(1)(np.zeros((2, 3), np.int16)), "pcm.to_float"),
        (lambda: Gain(1)(np.zeros(3)), r"not on \(3,\)"),
        (lambda: Gain(1)(np.full((1, 3), np.nan)), "NaN"),
        (lambda: Gain(1)(SOUND, [1]), r"each of 3 clips is needed: got shape \(1,\)"),
        (lambda: AddNoise(3, 1)(np.zeros((1, 8))), "clip 0.* is silent"),
        (lambda: Normalise()(np.zeros((1, 8))), "clip 0 is silent"),
        (lambda: Mix(HUM[0])(SOUND), "one row for all clips"),
        (lambda: Mix(np.zeros(3, int)), "in floats"),
    ],
)
def test_what_is_refused(make, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        make()
