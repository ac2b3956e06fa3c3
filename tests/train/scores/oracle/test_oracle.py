"""Codes that are the factors themselves have every score at its ceiling."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.datasets import Corpus, DMelodies, open_corpus
from dsounds.datasets.reading.features import features
from dsounds.errors import DsoundsError
from dsounds.train.scores.evaluation import Evaluation
from dsounds.train.scores.front_door import evaluate
from dsounds.train.scores.oracle.known_clips import KnownClips
from dsounds.train.scores.oracle.oracle import Oracle
from dsounds.train.scores.scores_file import read_scores
from dsounds.train.scores.swaps.probe import Probe

GOLDEN = Path(__file__).parents[3] / "golden" / "format4" / "recordings"


@pytest.fixture(scope="module")
def scored(small: Corpus) -> Evaluation:
    return evaluate(Oracle(small), small)


def assert_perfect(found: Evaluation, atol: float = 0.0) -> None:
    assert found.factors
    for row in found.factors.values():
        for name in ("f1_input", "f1_reconstruction", "f1_global", "f1_local"):
            assert row[name] == 1.0
    scores = found.scores
    for name in ("reconstruction_mse", "counterfactual_mse", "counterfactual_error"):
        assert scores[name] == pytest.approx(0.0, abs=atol)
    assert scores["counterfactual_mse_unswapped"] > 1
    assert scores["v_effect"] > 1
    assert scores["mig_v"] > 0.7  # not 1: factors of a few clips depend on each other


def test_every_score_of_it_is_at_its_ceiling(scored: Evaluation) -> None:
    assert set(scored.factors) == {"octave", "instrument"}
    assert_perfect(scored)


def test_its_scores_are_written_like_those_of_any_model(scored: Evaluation, tmp_path: Path) -> None:
    path = scored.write(tmp_path / "oracle")
    assert read_scores(path)["computed_from"]["name"] == "oracle"


def test_clips_that_are_rendered_as_they_are_needed(small: Corpus) -> None:
    on_demand = open_corpus(DMelodies(count=24, octaves=(4, 5), seed=3))
    assert_perfect(evaluate(Oracle(on_demand), on_demand), atol=1e-3)


def test_codes_are_the_factors(small: Corpus) -> None:
    oracle, clips = Oracle(small), np.array([5, 2, 11])
    codes = oracle.encode(torch.from_numpy(features(small)[clips]))
    octave, instrument = (small.classes[clips, small.space.column(n)] for n in small_names(small))
    assert codes.v_mean.tolist() == np.stack([2 * octave - 1, 2 * instrument - 1], axis=1).tolist()
    dynamic = [factor.name for factor in small.space.varying("dynamic")]
    at, column = dynamic.index("rhythm_bar1"), small.space.column("rhythm_bar1")
    expected = small.classes[clips, column] / (small.space.sizes[column] - 1) * 2 - 1
    np.testing.assert_allclose(codes.z_mean[:, 7, at], expected, atol=1e-6)
    truth = small.frames(clips)
    assert codes.z_mean.shape == (3, 251, len(dynamic) + 4)
    pitch, onset, rest, note = codes.z_mean[..., -4:].numpy().transpose(2, 0, 1)
    assert ((rest > 0) == truth.rest).all()
    assert ((onset > 0) == truth.onset).all()
    np.testing.assert_allclose(note, (truth.note + 1) / 12 * 2 - 1, atol=1e-6)
    assert (np.diff(pitch.ravel()[np.argsort(truth.pitch, axis=None)]) >= 0).all()
    swapped = oracle.decode(codes.z_mean, codes.v_mean[[1, 2, 0]])
    assert torch.equal(oracle.encode(swapped).v_mean, codes.v_mean[[1, 2, 0]])


def small_names(corpus: Corpus) -> list[str]:
    return [factor.name for factor in corpus.space.varying("static")]


def test_drawn_clips_are_of_the_space(small: Corpus) -> None:
    oracle = Oracle(small)
    drawn = oracle.sample(2, 251, torch.Generator().manual_seed(0))
    codes = oracle.encode(drawn)
    assert torch.equal(oracle.decode(codes.z_mean, codes.v_mean), drawn)


def test_a_strange_clip_is_refused(small: Corpus) -> None:
    x = torch.from_numpy(features(small)[[0, 1]]) + torch.linspace(0, 1, 80)
    with pytest.raises(DsoundsError, match="2 of 2 clips are not known"):
        Oracle(small).encode(x)


def test_recordings_have_no_oracle() -> None:
    with pytest.raises(DsoundsError, match="holds recordings"):
        Oracle(GOLDEN)


def test_known_clips_are_found_in_spite_of_rounding() -> None:
    known, x = KnownClips(), torch.randn(9, 20, 8, generator=torch.Generator().manual_seed(0))
    known.add(x[:5], np.arange(5)[:, None])
    known.add(x[5:], np.arange(5, 9)[:, None])
    noisy = x[[7, 1]] + 1e-3 * torch.randn(2, 20, 8, generator=torch.Generator().manual_seed(1))
    assert known.find(noisy).ravel().tolist() == [7, 1]


def test_codes_without_any_variance_in_a_class_are_read() -> None:
    rng = np.random.default_rng(0)
    labels = {"a": rng.integers(0, 3, 200), "b": rng.integers(0, 4, 200)}
    scaled = np.stack([one / one.max() for one in labels.values()], axis=1)
    one_hot = np.concatenate([np.eye(3)[labels["a"]], 100 * np.eye(4)[labels["b"]]], axis=1)
    for code in (scaled, one_hot):
        for one in labels.values():
            assert Probe(code[:150], one[:150]).f1(code[150:], one[150:]) == 1.0
