"""Disentanglement, completeness and informativeness (DCI) from the importances of trees.

Trees predict each factor k from the whole code; R_kd is the importance of dimension d for it.

| number | of each | meaning |
|---|---|---|
| disentanglement | dimension | 1 - entropy of R_kd / sum_k R_kd, to the base of the factors |
| completeness | factor | 1 - entropy of R_kd / sum_d R_kd, to the base of the dimensions |
| informativeness | factor | accuracy on test samples; R^2 of a continuous factor |

The first two are means, weighted by the sums that they divide by. They depend on the trees and on
the numbers of factors and dimensions, so only equal ones can be compared.

`trees` are a "forest" of 10 trees that ask all dimensions at each split and keep 1 % of the samples
or more in a leaf; or "boosting", the gradient boosting of disentanglement_lib and of most published
figures, which takes 10 to 20 times as long. On 1,000 codes of 10 dimensions, perfect, with noise,
doubled, turned or mixed, D and C of the two differ by 0.15 at most. A forest that asks a few
dimensions at each split, as is usual elsewhere, gives a perfect code D 0.78 there.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from scipy.stats import entropy
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from ....settings import require
from .code_rows import row_of_codes
from .code_score import CodeScore, ComputeNumbers, Found, HeldOut, Numbers, measured_numbers
from .predictors import Told, class_of, fitted, r2, seed_of, with_classes
from .samples import Factors, Samples

Trees = Literal["forest", "boosting"]
FOREST: dict[str, Any] = {"n_estimators": 10, "max_features": None, "min_samples_leaf": 0.01}
THREADS = 2  # that fit a forest: its trees do not depend on their number
TINY = 1e-11  # of disentanglement_lib: a dimension of no importance is spread over all factors


def dci(
    codes: Any, factors: Factors, *, trees: Trees = "forest", **options: Any
) -> dict[str, CodeScore]:
    """Return disentanglement, completeness and informativeness.

    The matrix of the first two is R, (factors, dimensions). Test samples do not change them, so
    they have no interval. Disentanglement has no value for one factor alone, completeness none for
    one dimension.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    trees
        "forest" or "boosting".
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    allowed = get_args(Trees)
    require(trees in allowed, f"trees is {trees!r}: {', '.join(allowed)} are allowed")
    return measured_numbers(HeldOut(partial(_fit, trees)), codes, factors, **options)


def _fit(trees: Trees, train: Samples, rng: np.random.Generator) -> ComputeNumbers:
    known, seed = with_classes(train), seed_of(rng)
    models = {
        name: fitted(_classifier(trees, seed), train.codes, class_of(values, known[name]))
        if name in known
        else _regressor(trees, seed).fit(train.codes, values)
        for name, values in train.values.items()
    }
    for model in models.values():
        if hasattr(model, "n_jobs"):
            model.n_jobs = None  # threads add what trees tell in any order, and sums differ
    none = np.zeros(train.codes.shape[1])
    importances = np.array([getattr(one, "feature_importances_", none) for one in models.values()])
    unmixed = _purity(importances)
    complete = dict(zip(models, unmixed.tolist(), strict=True)) if len(none) > 1 else {}
    told_of = Told(lambda codes: {name: one.predict(codes) for name, one in models.items()})

    def ask(test: Samples, rng: np.random.Generator) -> Numbers:
        right = {}
        for name, told in told_of.of(test).items():
            values = test.values[name]
            if name in known:
                right[name] = float((told == class_of(values, known[name])).mean())
            elif np.ptp(values) > 0:
                right[name] = r2(values, told)
        d, c = _weighted(importances.T), _weighted(importances)
        return {
            "disentanglement": Found(d, {}, importances, bootstrap=False),
            "completeness": Found(c, complete, importances, bootstrap=False),
            "informativeness": Found.of(right),
        }

    return ask


def _classifier(trees: Trees, seed: int) -> Any:
    if trees == "forest":
        return RandomForestClassifier(**FOREST, random_state=seed, n_jobs=THREADS)
    return GradientBoostingClassifier(random_state=seed)


def _regressor(trees: Trees, seed: int) -> Any:
    if trees == "forest":
        return RandomForestRegressor(**FOREST, random_state=seed, n_jobs=THREADS)
    return GradientBoostingRegressor(random_state=seed)


def _purity(rows: np.ndarray) -> np.ndarray:
    """Return 1 - the entropy of each row, between 0 and 1; nan where a row has one number."""
    if rows.shape[1] == 1:
        return np.full(len(rows), np.nan)
    pure: np.ndarray = 1 - entropy(rows + TINY, base=rows.shape[1], axis=1)
    return pure


def _weighted(rows: np.ndarray) -> float:
    """Return the mean purity of rows, weighted by their sums."""
    weights = rows.sum(axis=1)
    return float(np.average(_purity(rows), weights=weights if weights.any() else None))


SCORE = row_of_codes(
    "dci",
    "disentanglement, completeness, informativeness",
    dci,
    numbers={
        "disentanglement": "DCI disentanglement",
        "completeness": "DCI completeness",
        "informativeness": "DCI informativeness",
    },
    fits=True,
    permutations=2,
    bootstraps=20,
    hint="from the importances of a forest: one factor for each dimension, one dimension for each "
    "factor, factors told",
    order=380,
    reference="Eastwood and Williams 2018, sec. 2",
    costly=True,
)
