"""Floors and intervals against what statistics knows of a mean and of a correlation."""

import numpy as np
import pytest

from dsounds.train.scores.codes.code_score import CodeScore, Found, measured
from dsounds.train.scores.codes.estimators import CORRECTED
from dsounds.train.scores.codes.mig import mig
from dsounds.train.scores.codes.samples import Samples

N, DRAWS = 400, 2000
RNG = np.random.default_rng(0)
CODES = RNG.standard_normal((N, 1))
FACTORS = {"a": RNG.standard_normal(N)}


def mean(samples: Samples, rng: np.random.Generator) -> Found:
    return Found(float(samples.codes.mean()))


def correlation(samples: Samples, rng: np.random.Generator) -> Found:
    return Found(float(np.corrcoef(samples.codes[:, 0], samples.values["a"])[0, 1]))


def test_the_interval_holds_95_percent() -> None:
    """1.96 deviations of a mean of n on either side."""
    found = measured(mean, CODES, FACTORS, bootstraps=DRAWS)
    assert found.interval is not None
    deviation = CODES.std() / np.sqrt(N)
    ends = (np.array(found.interval) - CODES.mean()) / deviation
    assert ends == pytest.approx([-1.96, 1.96], abs=0.15)


def test_the_interval_holds_the_value_of_infinitely_many_samples() -> None:
    """Bootstrap values of MIG lie below the value: their quantiles hold it in a third of draws."""

    def drawn(n: int, seed: int, bootstraps: int = 0) -> CodeScore:
        rng = np.random.default_rng(seed)
        factors = {"a": rng.integers(0, 3, n), "b": rng.integers(0, 5, n)}
        own = np.stack([factors["a"], factors["b"] + factors["a"] / 2], axis=1)
        codes = np.concatenate([own, np.zeros_like(own)], axis=1) + rng.normal(size=(n, 4)) / 2
        return mig(codes, factors, estimator=CORRECTED, bootstraps=bootstraps)

    true = drawn(100_000, 0).value
    intervals = [drawn(300, seed, 30).interval or (1.0, 0.0) for seed in range(1, 21)]
    assert sum(low <= true <= high for low, high in intervals) >= 16
    assert max(high - low for low, high in intervals) < 0.2


def test_groups_are_drawn_as_a_whole() -> None:
    """Of groups of four equal samples there are only n / 4: the interval is twice as wide."""
    groups = np.arange(N) // 4
    codes = CODES[groups * 4]
    found = measured(mean, codes, FACTORS, bootstraps=DRAWS, groups=groups)
    assert found.interval is not None
    width = np.diff(found.interval)[0] / (codes.std() / np.sqrt(N))
    assert width == pytest.approx(2 * 2 * 1.96, rel=0.1)


def test_the_floor_is_the_mean_of_shuffles_and_its_end_is_above_nineteen_of_twenty() -> None:
    """The correlation of what is shuffled has the mean 0 and the deviation 1 / sqrt(n - 1)."""
    found = measured(correlation, CODES, {"a": CODES[:, 0]}, permutations=DRAWS)
    assert found.value == pytest.approx(1)
    assert found.floor == pytest.approx(0, abs=0.1 / np.sqrt(N))
    assert found.floor_high == pytest.approx(1.645 / np.sqrt(N - 1), rel=0.1)
