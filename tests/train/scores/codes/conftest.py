"""Codes and factors on which public implementations of scores were run."""

from typing import NamedTuple

import numpy as np
import pytest

SIZES = (2, 3, 4, 5)


class Mixed(NamedTuple):
    """Codes of six dimensions that mix four factors, with noise: 1,000 to fit to, 500 to ask."""

    codes: np.ndarray
    factors: np.ndarray

    @property
    def train(self) -> tuple[np.ndarray, np.ndarray]:
        return self.codes[:1000], self.factors[:1000]

    @property
    def test(self) -> tuple[np.ndarray, np.ndarray]:
        return self.codes[1000:], self.factors[1000:]


@pytest.fixture(scope="session")
def mixed() -> Mixed:
    """Return the codes; whoever changes them computes the golden numbers anew."""
    rng = np.random.default_rng(11)
    factors = np.stack([rng.integers(0, size, 1500) for size in SIZES], axis=1)
    centred = factors - (np.array(SIZES) - 1) / 2
    codes = np.concatenate([centred, centred[:, 1:3]], axis=1)
    codes = codes + 0.5 * np.roll(codes, 1, axis=1) + 0.4 * rng.standard_normal(codes.shape)
    return Mixed(codes, factors)


@pytest.fixture(scope="session")
def crossed() -> np.ndarray:
    """Every combination of four factors, twenty times: (2400, 4)."""
    grid = np.stack(np.meshgrid(*map(np.arange, SIZES), indexing="ij"), axis=-1).reshape(-1, 4)
    return np.concatenate([grid] * 20)
