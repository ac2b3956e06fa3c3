"""What scores that fit predictors share: classes of a training part, standard codes, linear models.

Classes are those of the training part. A class that only the test part has is told by no predictor,
so its samples are read wrongly.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import sklearn
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from .samples import Samples


@contextmanager
def fitting() -> Iterator[None]:
    """Let scikit-learn fit on one thread, without its checks of what was checked already.

    Other numbers of threads round differently, and many are slower by far. In a collapsed code
    there is nothing to find, and a factor may have another class in almost every sample.
    """
    trusted = {"assume_finite": True, "skip_parameter_validation": True}
    with sklearn.config_context(**trusted), threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        yield


@dataclass(frozen=True)
class Scale:
    """The mean and the standard deviation of each dimension of training codes.

    A dimension that is constant there is only shifted.
    """

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray) -> Scale:
        """Return the scale of codes, (n, dimensions)."""
        constant = np.ptp(codes, axis=0) == 0
        return cls(codes.mean(axis=0), np.where(constant, 1.0, codes.std(axis=0)))

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """Return codes in these units."""
        scaled: np.ndarray = (codes - self.mean) / self.deviation
        return scaled


class Told:
    """What fitted models tell of samples: computed once, and looked up for bootstrap samples.

    Parameters
    ----------
    tell
        From codes, (n, dimensions), to what is told of each of them, (n, ...), by name.
    """

    def __init__(self, tell: Callable[[np.ndarray], dict[str, np.ndarray]]) -> None:
        self._tell = tell
        self._codes: np.ndarray | None = None
        self._told: dict[str, np.ndarray] = {}

    def of(self, samples: Samples) -> dict[str, np.ndarray]:
        """Return what is told of samples, (n, ...), by name."""
        source, places = samples.drawn or (samples, None)
        if self._codes is not source.codes:
            self._codes, self._told = source.codes, self._tell(source.codes)
        return self._told if places is None else {n: one[places] for n, one in self._told.items()}


def class_of(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the place of each value among known ones, which are in order; -1 for another."""
    place = np.searchsorted(known, values).clip(max=len(known) - 1)
    return np.where(known[place] == values, place, -1)


def with_classes(samples: Samples) -> dict[str, np.ndarray]:
    """Return the classes, in order, of each factor that is not continuous."""
    return {
        name: np.unique(values)
        for name, values in samples.values.items()
        if samples.kinds[name] != "continuous"
    }


def fitted(model: ClassifierMixin, codes: np.ndarray, classes: np.ndarray) -> ClassifierMixin:
    """Fit a classifier; where there is one class alone, one that always tells it."""
    if (classes == classes[0]).all():
        model = DummyClassifier(strategy="most_frequent")
    return model.fit(codes, classes)


def seed_of(rng: np.random.Generator) -> int:
    """Return a seed for scikit-learn."""
    return int(rng.integers(2**31))


def r2(truth: np.ndarray, told: np.ndarray) -> float:
    """Return the share of the variance that is told: 1 - residual / variance; below 0 at worst."""
    return float(1 - np.square(truth - told).sum() / np.square(truth - truth.mean()).sum())
