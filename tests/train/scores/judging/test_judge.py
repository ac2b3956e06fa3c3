"""The judge: it hears what there is to hear, guesses otherwise, and is the same every time."""

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.train.scores.judging.judge import PARTS, Judge, summary, windows

SIZES = (4, 3)
TIME, BANDS = 6, sum(SIZES)


def classes_of(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(0, size, n) for size in SIZES], axis=1)


def clips(classes: np.ndarray, seed: int) -> Tensor:
    """Each class of each factor has a band of its own, in which the clip is loud."""
    loud = np.concatenate([np.eye(k)[c] for k, c in zip(SIZES, classes.T, strict=True)], axis=1)
    noise = 0.1 * np.random.default_rng(seed).standard_normal((len(classes), TIME, BANDS))
    return torch.from_numpy((5 * loud[:, None] + noise).astype(np.float32))


CLASSES, OTHER = classes_of(300, 1), classes_of(100, 2)
X, Y = clips(CLASSES, 0), clips(OTHER, 1)


def test_it_hears_real_clips_and_is_the_same_every_time() -> None:
    torch.manual_seed(5)
    first = Judge([X[:200], X[200:]], CLASSES)
    torch.manual_seed(6)
    second = Judge([X], CLASSES)
    assert (first.classes(Y) == OTHER).all()
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.network.parameters(), second.network.parameters(), strict=True)
    )


def test_it_guesses_where_there_is_nothing_to_hear() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(300, TIME, BANDS, generator=generator) for _ in range(2))
    other = classes_of(300, 2)
    right = (Judge([x], CLASSES).classes(y) == other).mean(axis=0)
    assert right == pytest.approx([1 / size for size in SIZES], abs=0.1)


def test_probabilities_add_up_have_a_floor_and_agree_with_the_classes() -> None:
    judge = Judge([X], CLASSES, steps=50)
    found = judge.probabilities(Y)
    assert [p.shape for p in found] == [(100, size) for size in SIZES]
    for p, classes in zip(found, judge.classes(Y).T, strict=True):
        np.testing.assert_allclose(p.sum(axis=1), 1)
        assert p.min() >= 1e-4
        assert (p.argmax(axis=1) == classes).all()
    bare = judge.probabilities(Y, floor=0.0)
    assert bare[0].min() < 1e-4
    np.testing.assert_allclose(found[0], (1 - 4e-4) * bare[0] + 1e-4)


def test_more_steps_make_it_surer() -> None:
    few, many = (Judge([X], CLASSES, steps=steps).probabilities(Y)[0] for steps in (5, 200))
    assert many.max(axis=1).mean() > few.max(axis=1).mean() + 0.1


def test_a_window_is_the_mean_and_the_deviation_of_its_frames() -> None:
    x = torch.randn(3, 2 * PARTS, 5, generator=torch.Generator().manual_seed(0))
    found = windows(x)
    assert found.shape == (3 * PARTS, 10)
    for clip in range(3):
        for part in range(PARTS):
            frames = x[clip, 2 * part : 2 * part + 2]
            expected = torch.cat([frames.mean(dim=0), frames.std(dim=0, correction=0)])
            torch.testing.assert_close(found[clip * PARTS + part], expected)
    assert (windows(torch.full((1, 40, 2), -11.5))[:, 2:] == 0).all()


def test_a_summary_has_the_means_of_the_same_windows() -> None:
    x = torch.randn(2, 50, 5, generator=torch.Generator().manual_seed(0))
    means = windows(x)[:, :5].unflatten(0, (2, PARTS)).transpose(1, 2).flatten(1)
    found = summary(x)
    torch.testing.assert_close(found[:, :-5], means)
    torch.testing.assert_close(found[:, -5:], x.std(dim=1, correction=0))


def test_a_judge_of_windows_hears_what_changes_within_a_clip() -> None:
    """The loud band is another one in each half of a clip."""
    first, second = classes_of(200, 3), classes_of(200, 4)
    x = torch.cat([one.repeat(1, 4, 1) for one in (clips(first, 5), clips(second, 6))], dim=1)
    labels = np.repeat(np.stack([first, second], axis=1), PARTS // 2, axis=1).reshape(-1, 2)
    judge = Judge([x[:150]], labels[: 150 * PARTS], read=windows)
    assert (judge.classes(x[150:]) == labels[150 * PARTS :]).mean() > 0.99
