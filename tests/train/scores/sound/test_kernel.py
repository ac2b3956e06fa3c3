"""The kernel distance against its equation, a public implementation and what is known of it."""

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.train.scores.sound import kernel
from dsounds.train.scores.sound.kernel import (
    kernel_distance,
    kernel_distance_of_some,
    median_distance,
    some_windows,
)


def draws(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((60, 5)), rng.standard_normal((50, 5)) * 1.3 + 0.4


def naive(x: np.ndarray, y: np.ndarray, s: float) -> float:
    """The equation, pair by pair; x and y are (clips, windows, d)."""

    def mean(a: np.ndarray, b: np.ndarray, same: bool) -> float:
        values = [
            np.exp(-((u - v) ** 2).sum() / (2 * s**2))
            for i, one in enumerate(a)
            for j, other in enumerate(b)
            if not (same and i == j)
            for u in one
            for v in other
        ]
        return float(np.mean(values))

    return 100 * (mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False))


def test_a_public_implementation_has_the_same_value() -> None:
    """kadtk, commit 7ec65d7, its calc_kernel_audio_distance in 64 bits, with its bandwidth."""
    x, y = draws(2026)
    assert kernel_distance(x, y, 3.0965402126312256) == pytest.approx(3.663759238616482, rel=1e-7)
    assert kernel_distance(x, y) == pytest.approx(3.663759238616482, rel=1e-3)


def test_it_is_its_equation_over_windows_of_different_clips(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((7, 3, 2)), rng.standard_normal((5, 4, 2)) + 0.5
    expected = naive(x, y, 1.7)
    assert kernel_distance(x, y, 1.7) == pytest.approx(expected, rel=1e-9)
    monkeypatch.setattr(kernel, "_BLOCK", 30)  # some clips at a time
    assert kernel_distance(x, y, 1.7) == pytest.approx(expected, rel=1e-9)


def test_the_bandwidth_is_the_median_distance_in_the_reference() -> None:
    x = np.array([[0.0], [1], [3]])  # 1, 2, 3 apart
    assert median_distance(x[:, None]) == 2
    other = np.array([[9.0], [40], [-50]])
    assert kernel_distance(x, other) == kernel_distance(x, other, 2.0)


def test_it_has_no_bias() -> None:
    """The mean over draws of one law is 0, of few windows and of clips with like windows."""
    rng, found = np.random.default_rng(0), []
    for _ in range(150):
        centres = rng.standard_normal((20, 1, 4))
        clips = centres + 0.1 * rng.standard_normal((20, 6, 4))
        found.append(kernel_distance(clips[:12], clips[12:]))
    assert np.mean(found) == pytest.approx(0, abs=4 * np.std(found) / 150**0.5)
    assert np.std(found) > 0.5
    assert min(found) < 0 < max(found)


def test_it_grows_with_the_shift_and_knows_no_axes() -> None:
    x, y = draws(3)
    values = [kernel_distance(x, draws(4)[0] + shift) for shift in (0, 0.5, 1, 2, 20)]
    assert values == sorted(values)
    assert values[-1] > 50
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))[0]
    expected = kernel_distance(x, y)
    assert kernel_distance(3 * x @ turn + 9, 3 * y @ turn + 9) == pytest.approx(expected)


def test_some_windows_are_of_many_clips_and_of_all_their_times() -> None:
    rng = np.random.default_rng(0)
    x = np.arange(40 * 10).reshape(40, 10, 1)  # each window has its number
    kept = some_windows(x, rng, most=120)
    assert kept.shape == (40, 3, 1)
    assert (kept // 10 == np.arange(40)[:, None, None]).all()
    assert len(np.unique(kept % 10)) == 10
    assert all(len(np.unique(one)) == 3 for one in kept)
    assert some_windows(x, rng, most=15).shape == (15, 1, 1)
    assert np.array_equal(np.sort(some_windows(x, rng, most=400), axis=1), x)
    a, b = draws(5)
    assert kernel_distance_of_some(a[:, None], b[:, None]) == pytest.approx(kernel_distance(a, b))


def test_what_has_no_distance_is_refused() -> None:
    x, y = draws(0)
    with pytest.raises(DsoundsError, match="of 1 clip have no pair of different clips"):
        kernel_distance(x, y[None])
    with pytest.raises(DsoundsError, match=r"bandwidth of the kernel is 0.*one and the same"):
        kernel_distance(np.zeros((4, 2)), np.ones((4, 2)))
    with pytest.raises(DsoundsError, match="not finite"):
        kernel_distance(x, y * np.inf)
    with pytest.raises(DsoundsError, match="of 5 and of 4 dimensions"):
        kernel_distance(x, y[:, :4])
