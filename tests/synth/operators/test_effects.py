"""Labels after an operator are true of the sound, or NaN: what rows say, and what is measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import Corpus, DMelodies, load_recipe, open_corpus
from dsounds.datasets.factors.space import Factor, FactorSpace
from dsounds.datasets.reading.transform import apply, changed_values
from dsounds.datasets.recipes import rendition, sinusoid_factors
from dsounds.datasets.recipes.melodies import MELODIES
from dsounds.synth import operators as package
from dsounds.synth.operators import (  # fmt: skip
    AddNoise,
    Dereverberate,
    Gain,
    HighPass,
    LowPass,
    Mix,
    Normalise,
    Operator,
    Reverberate,
    Shelf,
    SoundOperator,
    Stretch,
    Tilt,
    Transpose,
    Velocity,
)
from dsounds.synth.operators import effects as of
from dsounds.synth.operators.effects import FACTORS, Effects, key

RATE = 16_000
NAN = np.nan
FIRST = np.arange(24)


def tones() -> Corpus:
    return open_corpus(replace(load_recipe("sinusoids-1"), count=48, seed=3))


def phrases(**own: object) -> Corpus:
    recipe = load_recipe("sinusoids-4")
    return open_corpus(replace(recipe, notes=(4, 5), densities=(3.125, 4), count=24, **own))


def values_of(corpus: Corpus, name: str, values: np.ndarray) -> np.ndarray:
    return values[:, corpus.space.column(name)]


def rms_db(sound: np.ndarray) -> np.ndarray:
    """Of a tone of a second, held from the end of its attack to 0.9 s."""
    steady = sound[:, 2000:12_000].astype(np.float64)
    return 10 * np.log10(np.mean(steady**2, axis=1))


# the table


def test_every_factor_of_every_recipe_is_in_the_table() -> None:
    """A new factor is NaN after every operator until somebody has thought about it."""
    rows = (*rendition.ROWS.values(), *sinusoid_factors.ROWS.values())
    known = {key(row.name, row.unit) for row in rows}
    known |= {key(factor.name, factor.unit) for factor in MELODIES.factors}
    known.add(key("instrument", DMelodies().instrument.unit))
    assert known == set(FACTORS)
    assert len(set(FACTORS)) == len(FACTORS)


def concrete() -> list[type[Operator]]:
    found = [getattr(package, name) for name in package.__all__]
    abstract = (Operator, SoundOperator, package.ScheduleOperator)
    return [one for one in found if isinstance(one, type) and issubclass(one, Operator)
            and one not in abstract]  # fmt: skip


@pytest.mark.parametrize("operator", concrete(), ids=lambda one: one.__name__)
def test_every_operator_has_a_row_of_its_own(operator: type[Operator]) -> None:
    assert any("effects" in vars(parent) for parent in operator.__mro__[: -len(Operator.__mro__)])


@dataclass(frozen=True)
class Distort(SoundOperator):
    """An operator of a user, without a row."""

    changes = ()

    @property
    def inverse(self) -> "Distort":
        return self

    def one(self, sound: np.ndarray, row: int, clip: int) -> np.ndarray:
        return np.tanh(sound)


def space_of(*names: tuple[str, str]) -> FactorSpace:
    return FactorSpace([Factor(n, "static", (0, 1, 2), ("0", "1", "2"), u) for n, u in names])


def test_what_no_row_names_is_not_known() -> None:
    space = space_of(("pitch", "MIDI pitch"), ("level", "dB"), ("rasp", "dB"), ("level2", ""))
    values = np.ones((2, 4))
    for operator, expected in (
        (Transpose(5), [6, 1, NAN, NAN]), (Gain(-3), [1, -2, NAN, NAN]),
        (Normalise(-1), [1, -1, NAN, NAN]), (Shelf(1000, 3), [1, NAN, NAN, NAN]),
        (Distort(), [NAN, NAN, NAN, NAN]), (Mix(np.ones(3), 6), [NAN, NAN, NAN, NAN]),
    ):  # fmt: skip
        now = changed_values(space, values, operator)
        np.testing.assert_array_equal(now, [expected] * 2, operator.name)


@pytest.mark.parametrize(
    ("unit", "louder", "normalised"),
    [("dB", -5, -3), ("dB of full scale", -5, NAN), ("phon", NAN, NAN), ("", NAN, NAN)],
)
def test_one_name_in_another_unit_is_another_factor(
    unit: str, louder: float, normalised: float
) -> None:
    space = space_of(("level", unit))
    now = changed_values(space, np.ones((1, 1)), Gain(-6))
    np.testing.assert_array_equal(now, [[louder]])
    np.testing.assert_array_equal(changed_values(space, now, Normalise(-3)), [[normalised]])


def test_a_row_names_known_factors_once() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Effects(("loudness",))
    with pytest.raises(ValueError, match="twice"):
        Effects((of.PITCH,), {of.PITCH: of.plus("semitones")})


def test_the_table_of_the_docs_is_that_of_the_rows() -> None:
    shown = (Transpose, Velocity, Stretch, Gain, Normalise, AddNoise, Mix, LowPass, Shelf, Tilt,
             Reverberate)  # fmt: skip
    lines = of.table({one.__name__: one.effects for one in shown})
    page = (Path(__file__).parents[3] / "docs" / "sinusoids.md").read_text()
    _, _, rest = page.partition("<!-- effects table -->\n")
    assert rest.partition("\n\n")[0].splitlines() == lines
    assert HighPass.effects == LowPass.effects


# what is known in closed form


def test_a_peak_is_known_again_after_normalise() -> None:
    corpus = open_corpus(DMelodies(count=6, levels=(-12, 0)))
    for chain, peak_db in (
        (Normalise(-3) >> Gain(-6), -9), (LowPass(1000) >> Normalise(-3), -3),
        (Gain(2) >> Normalise(-1) >> Gain(-1) >> Gain(-2), -4),
    ):  # fmt: skip
        changed = apply(chain, corpus, range(6))
        np.testing.assert_allclose(values_of(corpus, "level", changed.values), peak_db)
        measured = 20 * np.log10(np.abs(changed.sound).max(axis=1))
        np.testing.assert_allclose(measured, peak_db, atol=1e-4)
    lost = apply(Normalise(-3) >> LowPass(1000), corpus, range(6))
    assert np.isnan(values_of(corpus, "level", lost.values)).all()


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_stretch_scales_the_crescendo_of_a_phrase(factor: float) -> None:
    corpus = phrases(contours=("zigzag",), crescendos=(-12, 12))
    changed = apply(Stretch(factor), corpus, range(8))
    label = values_of(corpus, "crescendo", changed.values)
    np.testing.assert_allclose(np.abs(label), 12 * factor)
    density = values_of(corpus, "density", changed.values)
    np.testing.assert_allclose(density, values_of(corpus, "density", corpus.values[:8]) / factor)
    assert changed.schedule is not None
    for sound, notes, rise, hz in zip(
        changed.sound, changed.schedule.notes, label, density, strict=True
    ):
        notes = notes[notes["velocity"] > 0]
        levels = [rms_db(np.tile(sound[a + 500 : b - 64], 20)[None])[0] for a, b in
                  zip(notes["onset_sample"], notes["offset_sample"], strict=True)]  # fmt: skip
        phrase_s = len(notes) / hz
        seconds = (notes[2]["onset_sample"] - notes[0]["onset_sample"]) / RATE  # of one pitch
        assert (levels[2] - levels[0]) / seconds * phrase_s == pytest.approx(rise, abs=0.7)


def test_a_stretch_keeps_the_crescendo_of_a_clip() -> None:
    corpus = open_corpus(DMelodies(count=4, crescendos=(-12, 12), tempos=(90, 120)))
    changed = apply(Stretch(0.8), corpus, range(4))
    for name, expected in (("crescendo", 1), ("tempo", 1 / 0.8)):
        true = values_of(corpus, name, corpus.values[:4]) * expected
        np.testing.assert_allclose(values_of(corpus, name, changed.values), true)


def test_attacks_may_be_cut_short() -> None:
    corpus = open_corpus(replace(load_recipe("sinusoids-2"), count=6))
    short = apply(Stretch(0.2), corpus, range(6)).values
    for name in corpus.space.names:
        assert np.isnan(values_of(corpus, name, short)).all() == (name in ("attack", "level"))
    steady = tones()
    np.testing.assert_array_equal(apply(Stretch(0.5), steady, FIRST).values, steady.values[FIRST])


@pytest.mark.parametrize("change", [-20, -60])
def test_the_level_follows_velocity(change: int) -> None:
    """Of tones by root mean square, of melodies by peak; a velocity beside it explains it."""
    corpus = tones()
    changed = apply(Velocity(change), corpus, FIRST)
    label = values_of(corpus, "level", changed.values)
    np.testing.assert_allclose(rms_db(changed.sound), label, atol=0.25)
    assert (label < values_of(corpus, "level", corpus.values[FIRST]) - 2).all()
    melodies = open_corpus(DMelodies(count=4, levels=(-12, -6)))
    changed = apply(Velocity(change), melodies, range(4))
    peak_db = 20 * np.log10(np.abs(changed.sound).max(axis=1))
    np.testing.assert_allclose(values_of(melodies, "level", changed.values), peak_db, atol=0.01)
    both = open_corpus(DMelodies(count=4, levels=(-12, -6), velocities=(80, 100)))
    level = values_of(both, "level", apply(Velocity(change), both, range(4)).values)
    np.testing.assert_array_equal(level, values_of(both, "level", both.values[:4]))
    level = values_of(both, "level", apply(Normalise(-3), both, range(4)).values)
    assert np.isnan(level).all()


def test_an_inverse_brings_the_values_back() -> None:
    corpus = tones()
    for operator in (AddNoise(20, 1), Shelf(500, 6), Reverberate(0.2, 0, 0.2), Tilt(2)):
        changed = apply(Gain(-3) >> operator >> operator.inverse, corpus, [0, 1])
        np.testing.assert_allclose(changed.sound, corpus.audio([0, 1]) * 10**-0.15, atol=1e-5)
        plain = apply(Gain(-3), corpus, [0, 1])
        np.testing.assert_array_equal(changed.values, plain.values, operator.name)
    other = apply(AddNoise(20, 1) >> AddNoise(20, 2).inverse, corpus, [0, 1])
    assert np.isnan(other.values).any()
    nested = Tilt(2) >> AddNoise(20, 1) >> AddNoise(20, 1).inverse >> Tilt(2).inverse
    np.testing.assert_array_equal(apply(nested, corpus, [0, 1]).values, corpus.values[:2])
    wet = apply(Reverberate(0.2, 0, 0.2) >> Dereverberate(0.2, 0, 0.1), corpus, [0, 1])
    assert np.isnan(wet.values).any()


# what is not known: how far the level moves depends on the clip, so its label is NaN


@pytest.mark.parametrize(
    ("make", "lowest", "highest"),
    [
        (lambda other: Tilt(3), -4, 5), (lambda other: Tilt(-6, 200), -18, 16),
        (lambda other: LowPass(1000), -9, 0), (lambda other: HighPass(1000), -19, 0),
        (lambda other: Shelf(1000, 5), 0, 5), (lambda other: AddNoise(0, 1), 2.8, 3.2),
        (lambda other: Mix(other, 6), 0.5, 1.5), (lambda other: Reverberate(), -1, 1),
    ],
    ids=["tilt", "dark", "low-pass", "high-pass", "shelf", "noise", "mix", "reverb"],
)  # fmt: skip
def test_levels_that_move_are_not_labelled(
    make: Callable[[np.ndarray], Operator], lowest: float, highest: float
) -> None:
    corpus = tones()
    operator = make(corpus.audio(FIRST + 24))
    changed = apply(operator, corpus, FIRST)
    moved = rms_db(changed.sound) - rms_db(corpus.audio(FIRST))
    assert lowest - 1 < moved.min() <= moved.max() < highest + 1
    assert np.abs(moved).max() > 0.1
    for name in ("level", "hnr"):
        assert np.isnan(values_of(corpus, name, changed.values)).all()
    tilted = values_of(corpus, "tilt", changed.values)
    if isinstance(operator, Tilt):
        true = values_of(corpus, "tilt", corpus.values[FIRST]) + operator.db_per_octave
        np.testing.assert_array_equal(tilted, true)
    else:
        assert np.isnan(tilted).all()


@pytest.mark.parametrize(
    ("operator", "known"),
    [
        (LowPass(1000), True), (LowPass(300), False), (HighPass(1000), True),
        (HighPass(3000), False), (AddNoise(25, 1), True), (AddNoise(10, 1), False),
        (Reverberate(), True), (Reverberate(0.5, 0, 0.2), False), (Reverberate(0.2, 0, 1), False),
    ],
)  # fmt: skip
def test_pitch_is_known_where_the_tone_is_left(operator: Operator, known: bool) -> None:
    corpus = tones()
    pitch = values_of(corpus, "pitch", changed_values(corpus.space, corpus.values, operator))
    true = values_of(corpus, "pitch", corpus.values)
    np.testing.assert_array_equal(pitch, true if known else np.full(len(true), NAN))


def test_noise_hides_the_softest_notes_first() -> None:
    corpus = phrases()
    now = changed_values(corpus.space, corpus.values, AddNoise(30, 1))
    crescendo = values_of(corpus, "crescendo", corpus.values)
    np.testing.assert_array_equal(np.isnan(values_of(corpus, "notes", now)), crescendo != 0)
