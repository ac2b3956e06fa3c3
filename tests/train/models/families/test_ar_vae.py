"""AR-VAE: its term by loops, its attributes of a corpus, and dimensions that rise with them."""

from dataclasses import replace
from math import tanh
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from dsounds.datasets import Corpus, open_corpus
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.fitting.data import Known
from dsounds.train.fitting.run import load_run, train, train_on_corpus
from dsounds.train.models.clips.clip_attributes import attribute_extras
from dsounds.train.models.families.ar_vae import attribute_term
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.registry import ATTRIBUTES, FAMILIES
from dsounds.train.settings.presets import configure


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def by_loops(v: torch.Tensor, a: torch.Tensor, delta: float) -> float:
    """Eq 7's third term, written out: the mean over pairs, the sum over dimensions."""
    total, n = 0.0, len(v)
    for k in range(v.shape[1]):
        for i in range(n):
            for j in range(n):
                code, value = float(v[i, k] - v[j, k]), float(a[i, k] - a[j, k])
                total += abs(tanh(delta * code) - sign(value)) / n**2
    return total


@pytest.mark.parametrize("delta", [1.0, 10.0])
def test_the_term_is_that_of_eq_7(delta: float) -> None:
    v = torch.tensor([[0.1, -2.0], [0.4, 0.3], [-1.0, 0.3], [0.4, 1.0]])
    a = torch.tensor([[3.0, 0.5], [1.0, 0.5], [1.0, -0.5], [0.0, 2.5]])
    assert float(attribute_term(v, a, delta)) == pytest.approx(by_loops(v, a, delta), rel=1e-5)


def test_the_term_of_codes_in_order_is_0_of_reversed_ones_2_a_pair() -> None:
    order = torch.arange(5.0)[:, None]
    assert float(attribute_term(100 * order, order, 1.0)) == pytest.approx(0.0, abs=1e-6)
    # of 25 pairs 5 are of a clip with itself
    assert float(attribute_term(-100 * order, order, 1.0)) == pytest.approx(2 * 20 / 25)


def test_a_free_dimension_has_no_term() -> None:
    family = FAMILIES.load("ar-vae")
    config = configure("ar-vae", v_dim=3, attributes=("free", "tilt"))
    model = family.new_model(config.model, DataShape(6, 8))
    x = torch.randn(5, 8, 6, generator=torch.Generator().manual_seed(0))
    found = []
    for first in (0.0, 1.0):
        values = torch.stack([first * torch.arange(5.0), torch.arange(5.0)], dim=1)
        batch = Batch(x, torch.arange(5), extras={"attributes": values})
        draw = torch.Generator().manual_seed(1)
        terms = family.compute(model, batch, config.objective, family.stages[0], draw)
        found.append(terms["attributes"].item())
    assert found[0] == found[1] > 0


def attributes_of(corpus: Corpus, *names: str, **changes) -> np.ndarray:
    extras = attribute_extras(corpus, configure("ar-vae", attributes=names, **changes))
    return extras["attributes"][np.arange(len(corpus))]


def test_attributes_are_classes_and_measures_of_the_clips(small: Corpus) -> None:
    found = attributes_of(small, "octave", "free", "depth", "rhythm_bar1")
    assert found.dtype == np.float32
    assert (found[:, 1] == 0).all()
    for k, name in ((0, "octave"), (3, "rhythm_bar1")):
        assert found[:, k].tolist() == small.classes[:, small.space.column(name)].tolist()
    x = torch.from_numpy(log_mel(small.audio(slice(None))))
    depth = ATTRIBUTES.load("depth").measure(x, LogMelSettings())
    np.testing.assert_allclose(found[:, 2], depth, rtol=1e-5)


def test_all_static_factors_have_a_dimension_where_none_is_named(small: Corpus) -> None:
    assert attributes_of(small).tolist() == attributes_of(small, "octave", "instrument").tolist()


def test_clips_that_are_rendered_as_they_are_needed_have_the_same(small: Corpus) -> None:
    names = ("instrument", "brightness")
    on_demand = open_corpus(small.manifest.typed_recipe())
    extras = attribute_extras(on_demand, configure("ar-vae", attributes=names))["attributes"]
    assert not isinstance(extras, np.ndarray)
    some = np.array([7, 3])
    np.testing.assert_allclose(extras[some], attributes_of(small, *names)[some], rtol=1e-3)


@pytest.mark.parametrize(
    ("names", "v_dim", "said"),
    [
        (("dept",), 4, "unknown attribute 'dept', did you mean 'depth'"),
        (("tonic",), 4, "octave, instrument"),  # it does not vary
        (("depth", "free", "free", "depth"), 4, "depth 2 times"),
        (("octave", "depth"), 1, "v_dim is 1: 2 or more are needed"),
    ],
)
def test_wrong_attributes_are_refused_in_one_line(
    small: Corpus, small_folder: Path, tmp_path: Path, names: tuple[str, ...], v_dim: int, said: str
) -> None:
    config = configure("ar-vae", str(small_folder), attributes=names, v_dim=v_dim)
    with pytest.raises(DsoundsError, match=said) as error:
        train_on_corpus(config, tmp_path / "run")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_dimensions_rise_with_their_attributes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    place, level = rng.integers(0, 5, 96), rng.random(96)  # a factor, and something measured
    bands = np.arange(10)
    peaks = 4 * np.exp(-0.5 * (bands - 1 - 2 * place[:, None]) ** 2) + 3 * level[:, None]
    x = np.repeat(peaks[:, None], 8, axis=1) + 0.1 * rng.standard_normal((96, 8, 10))
    names = ("a", "free", "b")
    values = np.stack([place, np.zeros(96), level], axis=1).astype(np.float32)
    sizes = {
        "frame_hidden": (8, 4),
        "clip_hidden": 16,
        "v_dim": 4,
        "batch_size": 8,
        "save_every": 20,
    }
    config = configure("ar-vae", attributes=names, epochs=20, gamma=100.0, threads=1, **sizes)
    known = Known(extras={"attributes": values})
    train(config, x.astype(np.float32), np.arange(64), np.arange(64, 96), tmp_path, known)
    with torch.no_grad():
        v = load_run(tmp_path).model.encode(torch.from_numpy(x[64:]).float()).v_mean
    for k in (0, 2):
        assert spearmanr(v[:, k], values[64:, k])[0] > 0.9


def test_the_settings_are_kept(small: Corpus, small_folder: Path, tmp_path: Path) -> None:
    config = configure("ar-vae", str(small_folder), attributes=("octave", "depth"), epochs=1)
    config = replace(config, training=replace(config.training, threads=1))
    train_on_corpus(config, tmp_path / "run")
    assert load_run(tmp_path / "run").config.objective == config.objective
