"""Codes on which public implementations of scores were run; their numbers stand in the tests.

disentanglement_lib 1.5 (commit 86a644d), latte 0.0.1-alpha6 (commit 623fae2) and
kylehkhsu/latent_quantization (commit 9a420a3, two arguments of LogisticRegression that scikit-learn
has dropped removed) were run with NumPy 2.4 and scikit-learn 1.9.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest


@dataclass(frozen=True)
class KnownCodes:
    """Codes of classes, (600, 5) and (600, 3), and of two numbers that depend on each other."""

    codes: np.ndarray
    labels: np.ndarray
    of_numbers: np.ndarray
    numbers: np.ndarray


@pytest.fixture(scope="session")
def known() -> KnownCodes:
    rng, n = np.random.default_rng(2026), 600
    labels = np.stack([rng.integers(0, k, n) for k in (2, 3, 4)], axis=1)
    codes = rng.standard_normal((n, 5))
    codes[:, 0] += 2 * labels[:, 0]
    codes[:, 1] += labels[:, 1] + 0.5 * labels[:, 2]
    codes[:, 2] += 1.5 * labels[:, 2]
    codes[:, 3] += 0.7 * labels[:, 1]
    numbers = rng.standard_normal((n, 2))
    numbers[:, 1] = 0.8 * numbers[:, 0] + 0.6 * numbers[:, 1]
    first = numbers + 0.3 * rng.standard_normal((n, 2))
    of_numbers = np.concatenate([first, rng.standard_normal((n, 2))], axis=1)
    of_numbers[:, 2] += 0.5 * numbers[:, 0]
    return KnownCodes(codes, labels, of_numbers, numbers)


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
