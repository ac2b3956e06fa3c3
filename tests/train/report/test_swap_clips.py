"""Swaps of a report: which pairs, and that each place shows the clip that it names."""

from pathlib import Path

import numpy as np
import torch

from dsounds.datasets import open_corpus
from dsounds.synth.features import log_mel, to_audio
from dsounds.synth.rendering.pcm import to_float, to_pcm
from dsounds.train.fitting.run_data import open_run_data
from dsounds.train.models.interface import Codes
from dsounds.train.report.swap_clips import choose_pairs, earlier_equals, swap
from dsounds.train.settings.presets import configure


def test_pairs_differ_in_a_static_factor_and_vary(corpus: Path) -> None:
    data = open_run_data(configure("dsae", str(corpus)))
    pairs = choose_pairs(data, 4, seed=1)
    instrument = open_corpus(corpus).classes[:, -1]
    assert all(instrument[i] != instrument[j] for i, j in pairs)
    assert {i for pair in pairs for i in pair} <= set(data.scored)
    assert instrument[pairs[0][0]] != instrument[pairs[1][0]]
    assert pairs == choose_pairs(data, 4, seed=1)


def test_equal_rows_are_counted() -> None:
    rows = np.array([[0, 1], [0, 0], [0, 1], [1, 0], [0, 1], [0, 0]])
    assert earlier_equals(rows).tolist() == [0, 0, 1, 0, 2, 1]
    many = np.random.default_rng(0).integers(0, 3, (100_000, 4))
    _, sizes = np.unique(many, axis=0, return_counts=True)
    assert earlier_equals(many).max() == sizes.max() - 1  # in milliseconds: none with every other


class MeanAndRest:
    """v is a clip's mean over time, z what is left of it."""

    def encode(self, x: torch.Tensor) -> Codes:
        v = x.mean(dim=1)
        z = x - v[:, None]
        return Codes(v, v, z, z)

    def decode(self, z: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return z + v[:, None]


def test_every_place_holds_the_clip_that_it_names(corpus: Path) -> None:
    """Each place is made again from the sound of i and j alone."""
    data, known = open_run_data(configure("dsae", str(corpus))), open_corpus(corpus)
    pair = choose_pairs(data, 1, seed=3)[0]
    found = swap(data, pair, [MeanAndRest()])
    x = [log_mel(known.audio([clip])[0], data.settings).astype(np.float64) for clip in pair]
    mean = [one.mean(axis=0) for one in x]
    z = [one - own for one, own in zip(x, mean, strict=True)]
    column = known.space.column("instrument")
    places = ((0, 0), (0, 1), (1, 0), (1, 1))  # whose melody or z, whose instrument or v
    for k, (melody, sound) in enumerate(places):
        values = known.values[[pair[melody]]]
        values[:, column] = known.values[pair[sound], column]
        truth = known.render(values)[0][0]
        np.testing.assert_array_equal(found.truth[k].pcm, truth)
        made = found.decoded[0][k]
        expected = z[melody] + mean[sound]
        np.testing.assert_allclose(made.x, expected, atol=1e-4)
        difference = made.x - log_mel(to_float(truth), data.settings)
        np.testing.assert_allclose(made.distance, np.square(difference).mean(), rtol=1e-4)
        rest = known.frames([pair[melody]]).rest[0].astype(bool)
        shown = next(iter(made.distances.values()))
        np.testing.assert_allclose(shown.rests, np.square(difference[rest]).mean(), rtol=1e-4)
        np.testing.assert_allclose(shown.held, np.square(difference[~rest]).mean(), rtol=1e-4)
        assert list(made.distances) == [["D"], ["swap", "resynthesis", "no swap"]][melody != sound]
        if melody != sound:
            true = log_mel(to_float(truth), data.settings)
            own = np.square(z[melody] + mean[melody] - true)
            np.testing.assert_allclose(made.distances["no swap"].whole, own.mean(), rtol=1e-4)
            np.testing.assert_allclose(made.distances["no swap"].held, own[~rest].mean(), rtol=1e-4)
            assert made.distances["resynthesis"].whole < 1e-6
        if k == 2:  # the local swap
            np.testing.assert_array_equal(made.pcm, to_pcm(to_audio(made.x, data.settings)))
