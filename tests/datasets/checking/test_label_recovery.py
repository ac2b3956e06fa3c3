"""Corpora of sinusoids: the same path as melodies; phrases; settings that make no corpus."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import generate, load_recipe, open_corpus
from dsounds.datasets.checking.label_recovery import Heard, recover
from dsounds.datasets.checking.summary import verdict
from dsounds.datasets.checking.verify import Findings, verify
from dsounds.datasets.recipes import registry
from dsounds.datasets.recipes.sinusoids import Sinusoids
from dsounds.errors import DsoundsError
from dsounds.synth.music.phrases import CONTOURS, phrase_notes, steps
from dsounds.synth.rendering.fluidsynth import Font

LEVELS = [f"sinusoids-{level}" for level in (1, 2, 3, 4)]


@pytest.mark.process
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n[-1] in "234" else n for n in LEVELS]
)
def test_shards_and_on_demand_are_one_corpus(name: str, tmp_path: Path) -> None:
    recipe = replace(load_recipe(name), count=12)
    one = open_corpus(generate(recipe, tmp_path / "1", shard_size=5, progress=False))
    two = open_corpus(generate(recipe, tmp_path / "2", workers=2, shard_size=7, progress=False))
    virtual = open_corpus(recipe)
    every = np.arange(12)
    np.testing.assert_array_equal(one.pcm(every), virtual.pcm(every))
    np.testing.assert_array_equal(one.pcm(every), two.pcm(every))
    np.testing.assert_array_equal(one.pcm([7]), virtual.pcm([7]))
    assert one.id == two.id == virtual.id
    assert not verify(tmp_path / "1", sample=4).problems
    assert registry.from_dict(registry.to_dict(recipe.canonical())) == recipe.canonical()


def test_no_other_soundfont_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSOUNDS_SOUNDFONT", str(tmp_path / "none.sf3"))
    assert open_corpus(load_recipe("sinusoids-1")).audio([0]).any()


def test_level_is_the_root_mean_square() -> None:
    corpus = open_corpus(load_recipe("sinusoids-1"))
    clips = np.random.default_rng(0).choice(len(corpus), 100, replace=False)
    steady = corpus.audio(clips)[:, 2000:12_000].astype(float)
    level = corpus.values[clips, corpus.space.column("level")]
    assert np.abs(10 * np.log10((steady**2).mean(axis=1)) - level).max() < 0.25


@pytest.mark.parametrize("name", LEVELS[:3])
def test_nothing_is_louder_than_full_scale(name: str) -> None:
    recipe = load_recipe(name)
    loud = replace(recipe, levels=(max(recipe.levels),), count=150)
    assert np.abs(open_corpus(loud).audio(slice(0, 150))).max() < 0.95


def test_the_whole_space_of_tones() -> None:
    corpus = open_corpus(replace(load_recipe("sinusoids-1"), sampling="all"))
    assert len(corpus) == len(corpus.space) == 19 * 5**4
    assert np.array_equal(corpus.index, np.arange(len(corpus)))
    assert corpus.audio([len(corpus) - 1]).any()


def test_contours() -> None:
    shapes = {name: steps(n, 5).tolist() for n, name in enumerate(CONTOURS)}
    assert shapes == {
        "rising": [0, 1, 2, 3, 4], "falling": [4, 3, 2, 1, 0], "arch": [0, 1, 2, 1, 0],
        "valley": [2, 1, 0, 1, 2], "zigzag": [0, 1, 0, 1, 0],
    }  # fmt: skip
    for notes in range(4, 13):  # from 4 notes on, no two contours are one
        assert len({tuple(steps(n, notes)) for n in range(len(CONTOURS))}) == len(CONTOURS)


def test_phrases_have_their_notes() -> None:
    count, contour = np.array([4, 8]), np.array([0, 2])
    notes = phrase_notes(np.array([50, 60]), count, contour, np.array([2.0, 4.5]), 127, 8)
    assert notes["pitch"][0, :4].tolist() == [50, 51, 52, 53]
    assert notes["pitch"][1].tolist() == [60, 61, 62, 63, 63, 62, 61, 60]
    assert (notes["velocity"][0] > 0).tolist() == [True] * 4 + [False] * 4
    assert (notes["onset_sample"] % 64 == 0).all()
    late = notes["onset_sample"][1] - np.arange(8) * 16_000 / 4.5
    assert ((late >= -1e-6) & (late < 64)).all()


def test_a_phrase_in_frames_and_as_midi() -> None:
    corpus = open_corpus(load_recipe("sinusoids-4"))
    for clip in (0, 1, 2):
        values = dict(zip(corpus.space.names, corpus.values[clip], strict=True))
        frames, midi = corpus.frames([clip]), corpus.midi(clip).instruments[0]
        assert frames.note[0].max() + 1 == values["notes"] == len(midi.notes)
        starts = np.diff([note.start for note in midi.notes])
        np.testing.assert_allclose(starts, 1 / values["density"], atol=0.005)
        assert min(note.pitch for note in midi.notes) == values["pitch"]


def test_a_crescendo_rises_over_the_phrase() -> None:
    one = {"notes": (8,), "contours": ("zigzag",), "count": 50}
    corpus = open_corpus(replace(load_recipe("sinusoids-4"), **one))
    values = corpus.values
    for clip in np.flatnonzero(values[:, corpus.space.column("crescendo")] != 0)[:6]:
        notes, sound = corpus.notes([clip])[0], corpus.audio([clip])[0].astype(float)
        levels = [
            10 * np.log10((sound[n["onset_sample"] + 500 : n["offset_sample"] - 64] ** 2).mean())
            for n in notes[:7:6]  # the first and the seventh, of one pitch
        ]
        rise = values[clip, corpus.space.column("crescendo")] * 6 / 8
        assert levels[1] - levels[0] == pytest.approx(rise, abs=0.3)


def test_phrases_do_not_leak_between_parts() -> None:
    recipe = replace(load_recipe("sinusoids-4"), count=2000)
    phrase = recipe.positions(np.arange(2000)) // recipe.renditions
    part = recipe.parts("melody")
    assert not set(phrase[part == 0]) & set(phrase[part == 1])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"pitches": (20,)}, "20 of pitches is not allowed: 36 to 96"),
        ({"tilts": (-5,)}, "-5 of tilts is not allowed: 0, -3"),
        ({"levels": (-3.0,)}, "-3.0 of levels is not allowed"),
        ({"formants": (500,), "inharmonicities": (0.001,)}, "cannot both be given"),
        ({"formants": (500,), "pitches": (40,)}, "this timbre has MIDI pitches 48 to 84"),
        ({"vibrato_depths": (20,)}, "vibrato needs both"),
        ({"notes": (3,)}, "3 of notes is not allowed: 4 to 12"),
        ({"notes": (8,), "pitches": (48,), "seconds": 1.0}, "the longest phrase takes 2 s"),
        ({"contours": ("up",), "notes": (4,), "seconds": 4.0}, "contour has no value 'up'"),
        ({"contours": ("up",)}, "contour has no value 'up'"),
        ({"seconds": 0.0}, "seconds is 0.0"),
        ({"count": 10**6}, "space has only"),
    ],
)
def test_settings_that_make_no_corpus(settings: dict, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        Sinusoids(**{"count": 1} | settings)


def test_a_font_without_the_presets_is_named(font: Font) -> None:
    recipe = replace(load_recipe("sinusoids-1"), soundfont=str(font.path), count=4)
    with pytest.raises(DsoundsError, match=r"has no preset for program|is silent"):
        open_corpus(recipe).audio(slice(0, 4))


@pytest.mark.parametrize("name", LEVELS)
def test_every_factor_is_heard(name: str) -> None:
    corpus = open_corpus(load_recipe(name))
    found = recover(corpus, np.arange(12 if name == "sinusoids-4" else 24))
    assert [one.factor for one in found] == list(corpus.space.factors)
    assert {one.factor.name: one.accuracy for one in found} == dict.fromkeys(corpus.space.names, 1)


def test_levels_and_decays_of_phrases_are_heard() -> None:
    own = {"levels": (-40, -30, -20), "decays": (0.6, 2.4, 60), "densities": (2, 7), "count": 12}
    corpus = open_corpus(replace(load_recipe("sinusoids-4"), **own, attacks=(0.008,)))
    found = recover(corpus, np.arange(12))
    heard = [name for name in corpus.space.names if name != "attack"]
    assert {one.factor.name: one.accuracy for one in found} == dict.fromkeys(heard, 1)


@pytest.mark.parametrize(
    "own",
    [
        {"vibrato_rates": (5,), "vibrato_depths": (25, 200)},
        {"tremolos": (3, 12)},
        {"attacks": (0.008, 0.128)},
        {"densities": (4, 10)},
        {"decays": (0.3, 60)},
    ],
    ids=lambda own: next(iter(own)),
)
def test_phrases_whose_notes_waver_or_are_short_are_not_judged(own: dict, tmp_path: Path) -> None:
    recipe = replace(load_recipe("sinusoids-4"), count=4, **own)
    findings = verify(generate(recipe, tmp_path / "c", progress=False))
    assert (findings.problems, findings.recovered) == ([], [])
    assert tuple(findings.unmeasured) == recipe.space.names
    lines = verdict(findings).splitlines()
    listed = ", ".join(recipe.space.names)
    assert f"  not measured, as notes are too short or not steady: {listed}" in lines
    assert lines[-1] == f"sound, but not measured: {listed}"


@pytest.mark.parametrize(("recall", "told"), [(0.3, True), (0.95, False)])
def test_a_low_recall_of_onsets_is_explained(recall: float, told: bool) -> None:
    found = Findings(heard=[Heard("pad", 3, 1.0, 1.0, 1.0, recall), Heard("piano", 3, 1, 1, 1, 1)])
    assert ("instruments that rise slowly" in verdict(found)) == told


@pytest.mark.slow
@pytest.mark.parametrize("name", LEVELS)
def test_every_factor_is_heard_in_many_clips(name: str) -> None:
    corpus = open_corpus(load_recipe(name))
    for one in recover(corpus, np.arange(300)):
        assert one.accuracy >= 0.99, one.factor.name


def test_wrong_labels_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = open_corpus(load_recipe("sinusoids-1"))
    clips = np.arange(10)
    shifted = corpus.labels(clips + 10)
    monkeypatch.setattr(corpus, "labels", lambda _: shifted)
    found = {one.factor.name: one.accuracy for one in recover(corpus, clips)}
    assert found["pitch"] < 0.5
    assert found["tilt"] < 0.9
