"""True views of motion: the same melody, another instrument."""

import numpy as np
import pytest

from dsounds.datasets import Corpus, DMelodies, open_corpus
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.models.contrast import true_views as module
from dsounds.train.models.contrast.true_views import TrueViews, true_views
from dsounds.train.settings.presets import configure

SETTINGS = LogMelSettings()


def test_a_view_is_the_clip_with_other_static_factors(small: Corpus) -> None:
    views = TrueViews(small, SETTINGS, seed=0)
    clips = np.array([0, 7, 39])
    statics = [factor.name for factor in small.space.varying("static")]
    assert views.factors == statics
    columns = [small.space.column(name) for name in statics]
    assert (views.classes != small.classes[:, columns]).any(axis=1).all()
    combinations = {tuple(row) for row in small.classes[:, columns].tolist()}
    assert {tuple(row) for row in views.classes.tolist()} <= combinations
    found = views[clips]
    assert found.shape == (3, *views.shape[1:])
    assert found.dtype == np.float32
    changed = {name: views.classes[clips, k] for k, name in enumerate(statics)}
    np.testing.assert_array_equal(
        found, log_mel(small.counterfactual(clips, classes=changed), SETTINGS)
    )


def test_a_view_has_the_rhythm_of_its_clip(small: Corpus) -> None:
    """The energy of a view goes up and down as that of its clip, more than as any other's."""
    views = TrueViews(small, SETTINGS, seed=0)
    x, view = log_mel(small.audio(slice(None)), SETTINGS), views[:]
    energy, others = (part.max(axis=-1) for part in (view, x))
    alike = np.corrcoef(energy, others)[: len(x), len(x) :]
    assert (alike.argmax(axis=1) == np.arange(len(x))).mean() > 0.8
    assert (np.abs(x - view).mean(axis=(1, 2)) > 0.1).all()


def test_partners_come_from_the_seed(small: Corpus) -> None:
    first, again, other = (TrueViews(small, SETTINGS, seed).classes for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_views_are_held_or_rendered_to_the_same_values(
    small: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = true_views(small, SETTINGS, 0)
    assert isinstance(held, np.ndarray)
    monkeypatch.setattr(module, "HELD_CLIPS", 39)
    monkeypatch.setattr(module, "_CHUNK_CLIPS", 3)
    lazy = true_views(small, SETTINGS, 0)
    assert isinstance(lazy, TrueViews)
    rows = np.array([5, 0, 31, 5])
    np.testing.assert_array_equal(lazy[rows], held[rows])
    assert len(lazy) == len(held) == 40
    assert lazy.shape == held.shape


def test_of_a_corpus_without_a_folder_they_are_rendered(small_recipe: DMelodies) -> None:
    corpus = open_corpus(small_recipe)
    assert isinstance(true_views(corpus, SETTINGS, 0), TrueViews)


def test_only_the_true_views_are_made_beforehand(small: Corpus) -> None:
    for motion, names in (("true", {"motion"}), ("both", set()), ("none", set())):
        config = configure("c-dsvae", motion=motion)
        assert config.row.extras is not None
        assert set(config.row.extras(small, config)) == names


def test_a_corpus_of_one_sound_has_none() -> None:
    corpus = open_corpus(DMelodies(count=4, instruments=("violin",), octaves=(4,)))
    with pytest.raises(DsoundsError, match=r"no static factor of the clips of .* varies"):
        TrueViews(corpus, SETTINGS, 0)
