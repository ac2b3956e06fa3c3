"""Rows of distances: which clips are compared, what is stated of weights, and their levels."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.cli import main
from dsounds.datasets import Corpus
from dsounds.errors import DsoundsError
from dsounds.synth import features
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import score
from dsounds.train.scores.registry import SCORES
from dsounds.train.scores.sound import embedded_clips
from dsounds.train.scores.sound.embedders.embedder import LoadedEmbedder
from dsounds.train.scores.sound.embedders.registry import EMBEDDERS, without_weights
from dsounds.train.scores.sound.frechet import frechet_distance, frechet_infinite

NAMES = ("frechet_mel", "kernel_distance_mel")
BANDS, TIME = 4, 32


def clips(n: int, seed: int) -> Clips:
    """Clips of two instruments: the second is louder in two bands."""
    rng = np.random.default_rng(seed)
    instrument = np.arange(n) % 2
    x = rng.standard_normal((n, TIME, BANDS)).astype(np.float32)
    x[..., :2] += 3 * instrument[:, None, None]
    return Clips(x, {"instrument": instrument, "half": np.arange(n) * 2 // n})


@dataclass(frozen=True)
class Shifted:
    """v is the mean of a clip's bands, z the rest; what is decoded is louder by a shift."""

    shift: float = 0.0

    def encode(self, x: Tensor) -> Codes:
        v = x.mean(dim=1)
        return Codes(v_mean=v, z_mean=x - v[:, None])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + v[:, None] + self.shift


class Drawing(Shifted):
    """It draws v and z from normal distributions."""

    def sample_v(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, BANDS, generator=generator)

    def sample_z(self, n: int, frames: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, frames, BANDS, generator=generator)


def data(model: Shifted, scored: int = 40, **options) -> EvaluationData:
    return EvaluationData.of_arrays(clips(scored, 1), clips(120, 0), model, **options)


def embed(x: np.ndarray) -> np.ndarray:
    return without_weights("mel").embed(x)


def load(name: str):
    return SCORES.load(name.replace("_", "-"))


def test_a_perfect_model_has_the_distance_of_real_clips() -> None:
    found = load("frechet_mel").compute(data(Shifted()))
    keys = {"frechet_mel", "frechet_mel_swap", "frechet_mel_real"}
    assert found.keys() == keys | {f"{key}_infinite" for key in keys}
    train, real = embed(clips(120, 0).x), embed(clips(40, 1).x)
    assert found["frechet_mel_real"] == pytest.approx(frechet_distance(train, real))
    assert found["frechet_mel"] == pytest.approx(found["frechet_mel_real"], rel=1e-4)
    rng = EvaluationData.of_arrays(clips(40, 1)).rng("frechet_mel")
    expected = frechet_infinite(train, real, rng)
    assert found["frechet_mel_real_infinite"] == pytest.approx(expected)
    kernel = load("kernel_distance_mel").compute(data(Shifted()))
    assert kernel.keys() == {key.replace("frechet", "kernel_distance") for key in keys}
    assert kernel["kernel_distance_mel"] == pytest.approx(kernel["kernel_distance_mel_real"])


def test_a_shift_of_all_bands_costs_its_square_in_each() -> None:
    """2 louder in four bands, whose means are 4 of the 8 numbers of a window."""
    found = load("frechet_mel").compute(data(Shifted(2.0)))
    train, real = (embed(clips(*of).x)[..., :BANDS].mean(axis=(0, 1)) for of in ((120, 0), (40, 1)))
    cost = np.square(real + 2 - train).sum() - np.square(real - train).sum()
    assert found["frechet_mel"] - found["frechet_mel_real"] == pytest.approx(cost, rel=1e-4)
    assert found["frechet_mel_infinite"] == pytest.approx(16, abs=2)
    values = [
        load("kernel_distance_mel").compute(data(Shifted(shift)))["kernel_distance_mel"]
        for shift in (0, 0.5, 2)
    ]
    assert values == sorted(values)
    assert values[0] < 1 < 10 < values[2]


def test_swaps_are_those_of_the_first_factor_and_drawn_clips_those_that_a_judge_hears() -> None:
    evaluated = data(Drawing(0.0))
    found = load("frechet_mel").compute(evaluated)
    train = embed(clips(120, 0).x)
    swap = embed(evaluated.global_swap("instrument").whole().numpy())
    assert found["frechet_mel_swap"] == pytest.approx(frechet_distance(train, swap))
    drawn = evaluated.once(("drawn", "judge_drawn"), list)  # what is there, not an empty list
    assert found["frechet_mel_drawn"] == pytest.approx(
        frechet_distance(train, embed(drawn.whole().numpy()))
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_levels_are_a_perfect_model_and_one_of_the_mean_frame(name: str) -> None:
    row, evaluated = load(name), data(Drawing(1.0))
    found = row.compute(evaluated)
    ceiling, floor = row.ceiling(evaluated), row.floor(evaluated)
    assert ceiling[name] == ceiling[f"{name}_swap"] == found[f"{name}_real"]
    assert f"{name}_real" not in ceiling
    assert set(ceiling.values()) <= {one for key, one in found.items() if "_real" in key}
    assert ceiling[name] < found[name] < floor[name]
    if name == "frechet_mel":
        assert ceiling[f"{name}_infinite"] == found[f"{name}_real_infinite"]
        train = embed(clips(120, 0).x).reshape(-1, 2 * BANDS)
        same = np.append(clips(120, 0).x.mean(axis=(0, 1)), np.zeros(BANDS))  # no deviations
        expected = np.square(train.mean(axis=0) - same).sum() + np.trace(np.cov(train.T))
        assert floor[name] == pytest.approx(expected, rel=1e-5)


OWN = """
from dsounds.train.scores.sound.distance_rows import distance_row
from dsounds.train.scores.sound.embedders.embedder import Embedder
from dsounds.train.scores.sound.frechet import frechet_distance

EMBEDDER = Embedder("mine", "mine", "mel", lambda path: lambda x: x.mean(axis=2)[:, :, None])
SCORE = distance_row("frechet_mine", "mine", "own_embedder_of_a_test:EMBEDDER", frechet_distance, 1)
"""


def test_an_embedder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_embedder_of_a_test.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    row = SCORES.load("own_embedder_of_a_test:SCORE")
    found = score(data(Shifted(1.0)), more=[row], only=["frechet_mine"]).scores
    level, true = (clips(*of).x.mean(axis=2).ravel() for of in ((120, 0), (40, 1)))
    shift, spread = (true + 1).mean() - level.mean(), true.std(ddof=1) - level.std(ddof=1)
    assert found["frechet_mine"] == pytest.approx(shift**2 + spread**2, rel=1e-4)


def test_few_clips_have_no_infinite_value_and_a_note() -> None:
    found = score(data(Shifted(), scored=3), only=["frechet_mel"])
    assert found.scores["frechet_mel_infinite"] is None
    assert found.scores["frechet_mel"] > 0
    note = "frechet_mel_infinite: 3 clips of 16 windows are too few: 4 clips and 16 windows are"
    assert [one.startswith(note) for one in found.notes] == [True]


def test_a_model_that_diverged_is_named() -> None:
    with pytest.raises(DsoundsError, match="second embeddings have values that are not finite"):
        load("frechet_mel").compute(data(Shifted(np.nan)))


def test_without_what_it_needs_a_row_is_left_out() -> None:
    rows = [row for _, row in SCORES.rows() if "frechet" in row.name or "kernel_d" in row.name]
    found = score(data(Shifted()), only=[row.name for row in rows])
    left_out = {row.name for row in rows if "left_out" in found.rows[row.name]}
    assert left_out == {row.name for row in rows} - set(NAMES)
    assert "stated" not in found.rows["frechet_mel"]


class Sounds:
    """An embedder of sound that takes the mean square of each of four parts of a clip."""

    def __init__(self) -> None:
        self.heard: list[np.ndarray] = []

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        self.heard.append(sound)
        return np.square(sound).reshape(len(sound), 4, -1).mean(axis=2)[..., None]


@pytest.fixture
def hears(monkeypatch: pytest.MonkeyPatch) -> Sounds:
    """Cheap sound: a model's clips become the mean of their bands, four clips of a set at most."""
    monkeypatch.setattr(embedded_clips, "MOST_SOUND", 4)

    def cheap(x: np.ndarray, settings: features.LogMelSettings) -> np.ndarray:
        assert settings.hop_samples == 256
        return np.repeat(x.mean(axis=1)[:-1], settings.hop_samples)

    monkeypatch.setattr(features, "to_audio", cheap)
    return Sounds()


def loaded(hears: Sounds, public: bool) -> dict[str, LoadedEmbedder]:
    about = {"weights": "w.pth", "weights_sha256": "ab" * 32, "weights_public": public}
    return {"vggish": LoadedEmbedder(EMBEDDERS.load("vggish"), hears, about)}


def test_embedders_of_sound_hear_true_sound_and_the_vocoder(small: Corpus, hears: Sounds) -> None:
    evaluated = EvaluationData.of_corpus(Shifted(0.5), small, embedders=loaded(hears, True))
    found = score(evaluated, only=["frechet_vggish", "kernel_distance_vggish"])
    assert len(hears.heard) == 5 * 4 + 1  # once for both rows
    clip = np.asarray(evaluated.train.x[:]).mean(axis=(0, 1)).mean()
    np.testing.assert_allclose(hears.heard[-1], clip, atol=0.6)  # of four training clips
    assert np.ptp(hears.heard[-1]) < 1e-4
    places = small.split("validation")
    own = [sound[0] for sound in hears.heard[4:8]]
    true = small.audio(places)
    matches = [np.flatnonzero([np.array_equal(one, other) for other in true]) for one in own]
    assert [len(match) for match in matches] == [1] * 4
    vocoded, made = (np.concatenate(hears.heard[start : start + 4]) for start in (8, 12))
    np.testing.assert_allclose(vocoded + 0.5, made, atol=1e-4)  # what the model is louder
    kept = np.concatenate(matches)
    np.testing.assert_allclose(
        vocoded[:, ::256], evaluated.x.whole().numpy()[kept].mean(axis=2)[:, :-1], rtol=1e-5
    )
    scores = found.scores
    assert scores["frechet_vggish_real"] < scores["frechet_vggish_vocoder"]
    assert scores["frechet_vggish"] != scores["frechet_vggish_vocoder"]
    row = found.rows["frechet_vggish"]
    assert row["weights_sha256"] == "ab" * 32
    assert row["ceiling"]["frechet_vggish"] == scores["frechet_vggish_vocoder"]
    assert not [note for note in found.notes if "weights" in note]


def test_sound_of_another_rate_is_resampled(small: Corpus, hears: Sounds) -> None:
    evaluated = EvaluationData.of_corpus(Shifted(), small, embedders=loaded(hears, False))
    evaluated.about["features"] = {**evaluated.about["features"], "sample_rate_hz": 32_000}
    found = score(evaluated, only=["frechet_vggish"])
    assert {sound.shape for sound in hears.heard} == {(1, 32_000)}
    note = next(note for note in found.notes if "weights" in note)
    assert "sha256 begins with abababab, not with 10086976" in note


def test_log_mel_of_a_model_that_diverged_is_no_sound(small: Corpus, hears: Sounds) -> None:
    model = replace(Shifted(), shift=1000.0)
    evaluated = EvaluationData.of_corpus(model, small, embedders=loaded(hears, True))
    with pytest.raises(DsoundsError, match="cannot be made sound: it is not finite or too large"):
        load("frechet_vggish").compute(evaluated)


def test_weights_on_the_command_line(
    evaluated: tuple[Path, dict], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = str(evaluated[0])
    messages = {
        "vggish": "weights 'vggish': EMBEDDER=FILE is needed, as vggish=FILE",
        "x=y": "no embedder 'x' takes weights: musicnn, vggish do",
        f"vggish={tmp_path / 'none.pth'}": "are no file: the state dict of the port torchvggish",
    }
    for text, message in messages.items():
        assert main(["evaluate", run, "--scores", "frechet_mel", "--weights", text]) == 2
        assert message in capsys.readouterr().err
    assert main(["evaluate", "--codes", "a", "--factors", "b", "--weights", "vggish=x"]) == 2
    assert "--weights are of embedders of sound" in capsys.readouterr().err
