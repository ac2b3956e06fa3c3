"""Explicitness: how well a linear boundary tells each class of a factor from the rest.

For each class of each factor, a logistic regression over the whole code (classes of equal weight,
codes of unit variance) tells it from the rest. The area under its ROC curve on test samples, 0.5
for a code that knows nothing, is scaled to 2 area - 1, and averaged over the classes of a factor,
then over factors. disentanglement_lib reports the mean area itself, of one model for all classes.

The area of a class needs samples with it and without it in both parts; the mean is over the
classes that have them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from .code_rows import row_of_codes
from .code_score import CodeScore, ComputeNumbers, Found, HeldOut, Numbers, measured
from .predictors import Scale, Told, with_classes
from .samples import Factors, Samples

NO_AREA = "no class of it is both there and not there in the training and the test part"


def explicitness(codes: Any, factors: Factors, **options: Any) -> CodeScore:
    """Return the mean explicitness and that of each factor.

    Continuous factors are left out.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    return measured(HeldOut(_fit), codes, factors, **options)


def _fit(train: Samples, rng: np.random.Generator) -> ComputeNumbers:
    scale, known = Scale.of(train.codes), with_classes(train)
    codes = scale(train.codes)
    weights = {
        name: np.stack([_direction(codes, train.values[name] == one) for one in classes], axis=1)
        for name, classes in known.items()
        if len(classes) > 1
    }
    told = Told(lambda codes: {name: scale(codes) @ each for name, each in weights.items()})

    def ask(test: Samples, rng: np.random.Generator) -> Numbers:
        areas = {
            name: _areas(each, test.values[name][:, None] == known[name])
            for name, each in told.of(test).items()
        }
        scored = {name: area for name, area in areas.items() if len(area)}
        left_out = dict.fromkeys(known.keys() - scored.keys(), NO_AREA)
        means = {name: float(2 * area.mean() - 1) for name, area in scored.items()}
        return {"": Found.of(means, left_out=left_out)}

    return ask


def _direction(codes: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic regression; its intercept does not change the area."""
    model = LogisticRegression(class_weight="balanced", solver="newton-cholesky").fit(codes, there)
    weights: np.ndarray = model.coef_[0]
    return weights


def _areas(told: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve of each class that is both there and not there.

    The area is the share of pairs of one sample with the class and one without in which the first
    has the higher value; pairs that tie count half. `told` and `there` are (n, classes).
    """
    count = there.sum(axis=0)
    both = (count > 0) & (count < len(there))
    ranks, count = rankdata(told[:, both], axis=0), count[both]
    won = np.where(there[:, both], ranks, 0).sum(axis=0) - count * (count + 1) / 2
    area: np.ndarray = won / (count * (len(there) - count))
    return area


SCORE = row_of_codes(
    "explicitness",
    "explicitness",
    explicitness,
    fits=True,
    permutations=2,
    bootstraps=20,
    hint="1: a linear boundary tells each class of a factor from the rest; 0: chance",
    order=382,
    reference="Ridgeway and Mozer 2018",
    costly=True,
)
