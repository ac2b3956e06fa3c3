"""Swaps to see and to hear: which clip is which, what lies in the files, what the figure says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from matplotlib.image import imread
from torch import Tensor

from dsounds.datasets import Corpus
from dsounds.synth.features import LogMelSettings
from dsounds.synth.rendering.pcm import to_pcm
from dsounds.train.experiments import swap_examples
from dsounds.train.experiments.results import Result, Results
from dsounds.train.experiments.swap_examples import examples, panels, write_swaps
from dsounds.train.experiments.variant import Variant
from dsounds.train.fitting.checkpoints import LoadedRun
from dsounds.train.fitting.run_data import RunData, parts_of
from dsounds.train.models.interface import Codes
from dsounds.train.report import swap_clips
from dsounds.train.report.swap_clips import swap
from dsounds.train.settings.presets import configure

BT, TS, THIRD = (Variant(name, corpus="own") for name in ("bt-dsae", "ts-dsae", "dsae"))


class Mean:
    """v is the mean spectrum of a clip, z what is left; decoding adds them, and a shift."""

    def __init__(self, shift: float) -> None:
        self.shift = shift

    def encode(self, x: Tensor) -> Codes:
        v = x.mean(dim=1)
        return Codes(v, torch.zeros_like(v), x - v[:, None], torch.zeros_like(x))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + v[:, None] + self.shift


def fake_audio(x: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    """Tell the clip by its sound, in no time."""
    return np.repeat(np.tanh(x.mean(axis=1) / 10), 16).astype(np.float32)


@pytest.fixture
def data(small: Corpus, monkeypatch: pytest.MonkeyPatch) -> RunData:
    for module in (swap_clips, swap_examples):
        monkeypatch.setattr(module, "to_audio", fake_audio)
    rows = np.arange(len(small))
    return replace(parts_of(small, LogMelSettings()), scored=rows, part="test")


def test_both_ways_of_a_pair(data: RunData) -> None:
    pair = swap_clips.choose_pairs(data, 1, 0)[0]
    made = swap(data, pair, [Mean(0.0), Mean(3.0)])
    there, back = examples(made, ["one", "other"])
    x = [data.x[clip] for clip in pair]
    for example, (i, j) in ((there, (0, 1)), (back, (1, 0))):
        np.testing.assert_allclose(example.source.x, x[i], atol=1e-4)
        np.testing.assert_allclose(example.partner.x, x[j], atol=1e-4)
        assert example.names == (made.names[i], made.names[j])
        wanted = x[i] - x[i].mean(axis=0) + x[j].mean(axis=0)
        np.testing.assert_allclose(example.swaps["one"].x, wanted, atol=1e-4)
        np.testing.assert_allclose(example.swaps["other"].x, wanted + 3, atol=1e-4)
        static = {
            factor.name: data.corpus.labels([pair[j]])[0][:, data.corpus.space.column(factor.name)]
            for factor in data.corpus.space.varying("static")
        }
        sound = to_pcm(data.corpus.counterfactual([pair[i]], classes=static))[0]
        np.testing.assert_array_equal(example.truth.pcm, sound)
        squares = np.square(wanted - example.truth.x).mean(axis=1)
        rest = data.corpus.frames([pair[i]]).rest[0].astype(bool)
        told = f"{squares.mean():.1f} (held {squares[~rest].mean():.1f}, rests"
        assert told in panels(1, example)[2].title
        titles = [one.title.split("\n")[0] for one in panels(7, example)]
        models = ["swap of one:", "swap of other:"]
        assert titles == ["7. source", "partner", *models, "true counterfactual"]


def results(data: RunData, *variants: Variant) -> Results:
    content = {"scores": {}, "computed_from": {"part": "test"}}
    return Results(
        "made", tuple(Result(one, 0, content, folder=Path(one.family)) for one in variants)
    )


def test_a_folder_has_a_figure_and_the_sounds(
    data: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifts, parts = {"bt-dsae": 0.0, "ts-dsae": 3.0}, []

    def load(folder: Path) -> LoadedRun:
        return LoadedRun(configure(), Mean(shifts[folder.name]), 1, 1, folder, True)

    def opened(config: object, part: str) -> RunData:
        parts.append(part)
        return data

    monkeypatch.setattr(swap_examples, "load_run", load)
    monkeypatch.setattr(swap_examples, "open_run_data", opened)
    monkeypatch.setattr(swap_examples, "PAIRS", 1)
    other = Variant("vae", corpus="other")
    write_swaps("own", results(data, other, BT, TS, THIRD), tmp_path / "swaps")
    assert parts == ["test"]
    kinds = ("partner", "source", "swap-bt-dsae", "swap-ts-dsae", "truth", "truth-vocoded")
    names = [f"{number}-{kind}.flac" for number in (1, 2) for kind in kinds]
    found = sorted(path.name for path in (tmp_path / "swaps").iterdir())
    assert found == sorted([*names, "swaps.png"])
    assert imread(tmp_path / "swaps" / "swaps.png").std() > 0.1
    made = examples(
        swap(data, swap_clips.choose_pairs(data, 1, 0)[0], [Mean(0.0), Mean(3.0)]), ["bt", "ts"]
    )
    for number, one in enumerate(made, 1):
        wanted = (
            one.partner.pcm,
            one.source.pcm,
            to_pcm(fake_audio(one.swaps["bt"].x, data.settings)),
            to_pcm(fake_audio(one.swaps["ts"].x, data.settings)),
            one.truth.pcm,
            to_pcm(fake_audio(one.truth.x, data.settings)),
        )
        for kind, pcm in zip(kinds, wanted, strict=True):
            path = tmp_path / "swaps" / f"{number}-{kind}.flac"
            heard, rate_hz = soundfile.read(path, dtype="int16")
            assert (rate_hz, soundfile.info(path).subtype) == (16_000, "PCM_16")
            np.testing.assert_array_equal(heard, pcm)


def test_where_no_run_was_scored_nothing_is_written(data: RunData, tmp_path: Path) -> None:
    failed = Results("made", (Result(BT, 0, None),))
    write_swaps("own", failed, tmp_path / "swaps")
    write_swaps("other", results(data, BT), tmp_path / "swaps")
    assert not list(tmp_path.iterdir())
