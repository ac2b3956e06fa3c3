"""Swaps with three targets: which clips are targets, what is swapped, what it is compared with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.image import imread
from torch import Tensor

from dsounds.datasets import Corpus
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.experiments import three_targets
from dsounds.train.experiments.results import Result
from dsounds.train.experiments.three_targets import choose, draw_targets, swaps
from dsounds.train.experiments.variant import Variant
from dsounds.train.fitting.checkpoints import LoadedRun
from dsounds.train.fitting.run_data import RunData, parts_of
from dsounds.train.models.interface import Codes
from dsounds.train.settings.presets import configure

FACTORS = ("instrument", "octave")


class Mean:
    """v is the mean spectrum of a clip, z what is left; decoding adds them."""

    def encode(self, x: Tensor) -> Codes:
        v = x.mean(dim=1)
        return Codes(v, torch.zeros_like(v), x - v[:, None], torch.zeros_like(x))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + v[:, None]


@pytest.fixture(scope="module")
def data(small: Corpus) -> RunData:
    """All clips of the small corpus are scored, so that there are targets."""
    return replace(parts_of(small, LogMelSettings()), scored=np.arange(len(small)))


def labels(data: RunData, clips: list[int], names: tuple[str, ...]) -> np.ndarray:
    return data.corpus.labels(np.array(clips))[0][:, [data.corpus.space.column(n) for n in names]]


@pytest.mark.parametrize("seed", range(4))
def test_a_target_differs_in_its_factors_alone_and_in_its_melody(data: RunData, seed: int) -> None:
    source, targets = choose(data, FACTORS, seed)
    rows = labels(data, [source, *targets], FACTORS)
    assert (rows[1:] != rows[0]).tolist() == [[True, False], [False, True], [True, True]]
    melody = tuple(factor.name for factor in data.corpus.space.varying("dynamic"))
    melodies = labels(data, [source, *targets], melody)
    assert (melodies[1:] != melodies[0]).any(axis=1).all()


def test_without_such_clips_that_is_said(data: RunData) -> None:
    source, targets = choose(data, FACTORS)
    few = replace(data, scored=np.array([source, *targets[:2]]))
    with pytest.raises(DsoundsError, match="no scored clip has targets that differ in instrument"):
        choose(few, FACTORS)


def test_a_swap_takes_v_of_the_target_and_z_of_the_source(data: RunData) -> None:
    source, targets = choose(data, FACTORS)
    made = swaps(Mean(), data, source, targets)
    x = np.asarray(data.x[[source, *targets]])
    wanted = x[0] - x[0].mean(axis=0) + x[1:].mean(axis=1)[:, None]
    assert np.allclose(made.swapped, wanted, atol=1e-4)
    for k, target in enumerate(targets):
        instrument, octave = labels(data, [target], FACTORS)[0]
        static = {"instrument": instrument, "octave": octave}
        sound = data.corpus.counterfactual([source], classes=static)
        truth = log_mel(sound, data.settings)[0]
        assert np.allclose(made.truth[k], truth, atol=1e-4)
        assert made.distance[k] == pytest.approx(np.square(wanted[k] - truth).mean(), rel=1e-3)
        assert made.unswapped[k] == pytest.approx(np.square(x[0] - truth).mean(), rel=1e-3)
    assert np.array_equal(made.original, x[0])


def test_the_picture_is_drawn_from_a_run(
    data: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = LoadedRun(configure(), Mean(), 1, 1, tmp_path, True)
    monkeypatch.setattr(three_targets, "load_run", lambda folder: loaded)
    monkeypatch.setattr(three_targets, "open_run_data", lambda config: data)
    draw_targets(Result(Variant("ts-dsae"), 0, None), FACTORS, tmp_path / "figure.png")
    assert imread(tmp_path / "figure.png").std() > 0.1
