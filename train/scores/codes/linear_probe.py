"""Linear probes: what a linear model reads of each factor from the whole code, on test samples.

| number | factors | model |
|---|---|---|
| accuracy | categorical, ordinal | logistic regression, or a linear discriminant |
| balanced | categorical, ordinal | the same: the mean of the accuracies of the classes |
| r2 | ordinal, continuous | ridge regression; 0 for the mean of the test part, below 0 for less |

Codes are scaled to unit variance. A probe measures what a code tells, not whether a dimension of
its own tells it: any rotation of a code has the same probes.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from ....settings import require
from ..swaps.probe import Probe
from .code_rows import row_of_codes
from .code_score import CodeScore, ComputeNumbers, Found, HeldOut, Numbers, measured_numbers
from .predictors import Scale, Told, class_of, fitted, r2, with_classes
from .samples import Factors, Samples

Classifier = Literal["logistic", "lda"]


def linear_probe(
    codes: Any, factors: Factors, *, classifier: Classifier = "logistic", **options: Any
) -> dict[str, CodeScore]:
    """Return the accuracy, the balanced accuracy and R^2, each with those of its factors.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    classifier
        "logistic", or "lda" for the linear discriminant of the swap scores.
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    allowed = get_args(Classifier)
    require(
        classifier in allowed, f"classifier is {classifier!r}: {', '.join(allowed)} are allowed"
    )
    return measured_numbers(HeldOut(partial(_fit, classifier)), codes, factors, **options)


def _fit(classifier: Classifier, train: Samples, rng: np.random.Generator) -> ComputeNumbers:
    scale, known = Scale.of(train.codes), with_classes(train)
    codes = scale(train.codes)
    classifiers = {
        name: _classifier(classifier, codes, class_of(train.values[name], classes))
        for name, classes in known.items()
    }
    ridges = {
        name: Ridge().fit(codes, values)
        for name, values in train.values.items()
        if train.kinds[name] != "categorical"
    }
    classes_of, numbers_of = (
        Told(partial(_predicted, scale, models)) for models in (classifiers, ridges)
    )

    def ask(test: Samples, rng: np.random.Generator) -> Numbers:
        right = {
            name: told == class_of(test.values[name], known[name])
            for name, told in classes_of.of(test).items()
        }
        balanced = {name: _balanced(one, test.values[name]) for name, one in right.items()}
        shares = {
            name: r2(test.values[name], told)
            for name, told in numbers_of.of(test).items()
            if np.ptp(test.values[name]) > 0
        }
        return {
            "accuracy": Found.of({name: float(one.mean()) for name, one in right.items()}),
            "balanced": Found.of(balanced),
            "r2": Found.of(shares),
        }

    return ask


def _predicted(scale: Scale, models: dict[str, Any], codes: np.ndarray) -> dict[str, np.ndarray]:
    scaled = scale(codes)
    return {name: model.predict(scaled) for name, model in models.items()}


def _classifier(kind: Classifier, codes: np.ndarray, classes: np.ndarray) -> Any:
    if kind == "lda":
        return Probe(codes, classes)
    return fitted(LogisticRegression(max_iter=1000), codes, classes)


def _balanced(right: np.ndarray, values: np.ndarray) -> float:
    """Return the mean over the classes of values of the share that is read rightly."""
    classes = np.unique(values, return_inverse=True)[1]
    return float((np.bincount(classes, right) / np.bincount(classes)).mean())


NUMBERS = {
    "accuracy": "linear probe, accuracy",
    "balanced": "linear probe, balanced accuracy",
    "r2": "linear probe, R²",
}

SCORE = row_of_codes(
    "linear_probe",
    "linear probe",
    linear_probe,
    numbers=NUMBERS,
    fits=True,
    permutations=2,
    bootstraps=20,
    hint="what a linear model reads of the factors, on clips that it was not fitted to",
    order=383,
    reference="Alain and Bengio 2017",
    costly=True,
)
