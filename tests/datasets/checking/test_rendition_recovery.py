"""What is heard of how melodies are played, and what verify says that it could not measure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import Corpus, DMelodies, generate, load_recipe, open_corpus
from dsounds.datasets.checking.label_recovery import Recovered, hear, understood
from dsounds.datasets.checking.performance import Performance
from dsounds.datasets.checking.rendition_recovery import recover_rendition
from dsounds.datasets.checking.summary import verdict
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.recipes.rendition import ROWS

# Few melodies, so that few notes are rendered; short ones.
FEW = DMelodies(
    rhythms_bar1=("xx.xx.xx",),
    rhythms_bar2=("xx.xx.xx", ".xxxxxx."),
    rest_at_ends=True,
    tempos=(240,),
    instruments=("violin", "trumpet"),
)


def heard(corpus: Corpus, clips: int = 12) -> dict[str, float]:
    found = recover_rendition(corpus, np.arange(min(clips, len(corpus))))
    return {one.factor.name: one.accuracy for one in found}


@pytest.mark.parametrize(
    "own",
    [
        {"velocities": (50, 110)},
        pytest.param({"tempos": (160, 240)}, marks=pytest.mark.slow),  # many notes to render
        {"crossfade": True},
        {"crescendos": (-12, 0, 12)},
        {"levels": (-12, -6, 0)},
        {"brightnesses": (-4800, -2400)},
        {"attacks": (0, 8400)},
        {"vibratos": (0, 100)},
        {"tunings": (-40, 40)},
    ],
    ids=lambda own: next(iter(own)),
)
def test_a_factor_is_heard(own: dict) -> None:
    """On one instrument: to tell instruments apart is another thing."""
    both = ("violin", "trumpet") if "crossfade" in own else ("trumpet",)
    corpus = open_corpus(replace(FEW, **own, instruments=both))
    assert heard(corpus)[ROWS[next(iter(own))].name] == 1


def test_what_is_not_told_apart_is_not_measured() -> None:
    found = heard(open_corpus(replace(FEW, crescendos=(0, 0.01), levels=(-6, 0))))
    assert found == {"instrument": 1, "level": 1}


def test_a_space_with_fewer_clips_than_examples() -> None:
    own = {"directions": ("up",), "rhythms_bar2": ("xx.xx.xx",), "levels": (-6, 0)}
    corpus = open_corpus(replace(FEW, instruments=("violin",), **own))
    assert len(corpus.space) == 2
    assert heard(corpus) == {"level": 1}


def test_tempo_is_measured_in_beats_a_minute() -> None:
    for tempo in (100, 240):
        corpus = open_corpus(replace(FEW, tempos=(tempo,), instruments=("trumpet",), count=2))
        for sound, notes in zip(corpus.audio([0, 1]), corpus.notes([0, 1]), strict=True):
            assert Performance(sound, notes).tempo_bpm == pytest.approx(tempo, rel=0.03)


def test_wrong_labels_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = open_corpus(replace(FEW, levels=(-12, 0)))
    clips = np.arange(len(corpus))
    classes, values = corpus.labels(clips)
    column = corpus.space.column("level")
    classes[:, column] = 1 - classes[:, column]
    monkeypatch.setattr(corpus, "labels", lambda _: (classes, values))
    wrong = {one.factor.name: one for one in recover_rendition(corpus, clips)}
    assert wrong["level"].accuracy == 0
    assert not wrong["level"].confirmed
    assert wrong["instrument"].confirmed


@pytest.mark.parametrize(
    "own",
    [
        {"tunings": (60,)},  # another note is nearer
        {"vibratos": (1200,)},
        {"instruments": ("glockenspiel",)},  # the tracker hears other partials
        {"instruments": ("orchestral harp",)},  # strings sound on
    ],
    ids=lambda own: next(iter(own)),
)
def test_what_the_tracker_does_not_understand_is_not_judged(own: dict, tmp_path: Path) -> None:
    recipe = replace(FEW, **{"instruments": ("trumpet",), "count": 4} | own)
    findings = verify(generate(recipe, tmp_path / "c", progress=False), sample=1)
    assert (findings.problems, findings.by_notes) == ([], [])
    assert findings.unmeasured["tonic"] == "the tracker is not sure of the pitches"


def test_transposed_labels_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = open_corpus(replace(FEW, count=2, instruments=("trumpet",)))
    clips, notes = np.arange(2), corpus.notes([0, 1])
    assert understood(corpus, clips).tolist() == [0, 1]
    assert not hear(corpus, clips)[0].refuted
    notes["pitch"] += 3
    monkeypatch.setattr(corpus, "notes", lambda _: notes)
    assert hear(corpus, clips)[0].refuted


@pytest.mark.parametrize(
    ("clips", "wrong", "refuted"),
    [(1, 1, False), (2, 2, False), (3, 3, True), (32, 8, False), (32, 16, True), (32, 32, True)],
)
def test_few_clips_refute_nothing(clips: int, wrong: int, refuted: bool) -> None:
    factor = DMelodies(levels=(-6, 0)).space.factor("level")
    counts = np.array([[clips - wrong, wrong, 0], [0, 0, 0]])
    assert Recovered(factor, counts, needed=0.75).refuted == refuted


def test_too_few_clips_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(FEW, instruments=("trumpet",), levels=(-12, 0), count=4)
    folder = generate(recipe, tmp_path / "c", progress=False)
    factor = recipe.space.factor("level")
    doubtful = Recovered(factor, np.array([[0, 1, 0], [0, 0, 0]]), needed=0.75)
    monkeypatch.setattr("dsounds.datasets.checking.verify.recover_rendition", lambda *_: [doubtful])
    findings = verify(folder, sample=1)
    assert findings.problems == []
    assert findings.unmeasured["level"] == "too few clips were measured to tell"


def test_verify_says_what_it_did_not_measure(tmp_path: Path) -> None:
    recipe = replace(FEW, instruments=("trumpet",), crescendos=(0, 0.01), tunings=(10,), count=8)
    findings = verify(generate(recipe, tmp_path / "c", progress=False))
    assert findings.problems == []
    assert findings.unmeasured == {
        "instrument": "there is only one value",
        "tempo": "there is only one value",
        "crescendo": "the values do not sound apart in examples",
        "tuning": "there is only one value",
    }
    assert set(findings.by_notes) == set(recipe.melodies.names)
    assert verdict(findings).endswith(
        "\n\nsound, but not measured: instrument, tempo, crescendo, tuning"
    )


def test_a_factor_without_a_measurement_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = generate(replace(FEW, levels=(-6, 0), count=8), tmp_path / "c", progress=False)
    monkeypatch.setitem(ROWS, "levels", replace(ROWS["levels"], measure=None))
    findings = verify(folder)
    assert findings.unmeasured["level"] == "no measurement is known"
    assert "level" in verdict(findings).splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("dmelodies-expressive", {"level", "brightness", "attack", "vibrato", "tuning"}),
        ("expression", {"instrument", "velocity", "tempo"}),
        ("moving", {"instrument", "instrument_to", "crescendo"}),
        ("octaves", {"instrument"}),
    ],
)
def test_factors_of_the_named_recipes_are_heard(name: str, factors: set[str]) -> None:
    found = heard(open_corpus(load_recipe(name)), 32)
    assert set(found) >= factors
    assert min(found.values()) >= 0.9
