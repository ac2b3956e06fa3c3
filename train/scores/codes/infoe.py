"""InfoE: how much of each factor a linear classifier tells from a whole code.

(H - H(factor given code)) / H, both in nats of the predictions of a multinomial logistic
regression, without a penalty and with classes of equal weight; H is that of a classifier which sees
nothing. The authors' code fits and measures on the same samples, so a code of many dimensions tells
something by chance: the floor stands beside it, and a figure on samples that the classifier was not
fitted on, which is below 0 where it is worse than a classifier that sees nothing.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from .code_rows import row_of_codes
from .code_score import CodeScore, Found, measured
from .infomec import REFERENCE
from .predictors import fitting
from .samples import Factors, Samples

ITERATIONS = 100  # the authors'; the loss of a code that tells all has no minimum to wait for


def infoe(codes: Any, factors: Factors, *, held_out: bool = False, **options: Any) -> CodeScore:
    """Return InfoE and that of each factor; continuous factors are left out.

    Parameters
    ----------
    codes, factors, options
        See `mig`.
    held_out
        Whether a third of the samples is measured, and the classifier fitted on the others. A
        factor of which a class is only in one part is measured on the classes of both.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or an option is unknown.
    """
    return measured(partial(_compute, held_out=held_out), codes, factors, **options)


def _compute(samples: Samples, rng: np.random.Generator, held_out: bool) -> Found:
    fitted, scored = samples.parts(rng) if held_out else (samples, samples)
    scaler = StandardScaler().fit(fitted.codes)
    seen, told = scaler.transform(fitted.codes), scaler.transform(scored.codes)
    found: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for name in samples.classes:
        classes, truth = fitted.values[name], scored.values[name]
        known = np.isin(truth, classes)
        kinds = len(np.unique(classes))
        if kinds < 2 or not known.any():
            left_out[name] = "the classifier sees one class alone"
            continue
        nothing = float(np.log(kinds))  # classes of equal weight
        loss = _loss(seen, classes, told[known], truth[known])
        found[name] = (nothing - loss) / nothing
    continuous = dict.fromkeys(samples.values.keys() - samples.classes.keys(), "it is continuous")
    return Found.of(found, left_out={**left_out, **continuous})


def _loss(codes: np.ndarray, classes: np.ndarray, others: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean loss in nats on some codes of a classifier that was fitted on others."""
    model = LogisticRegression(C=np.inf, class_weight="balanced", max_iter=ITERATIONS)
    with fitting():
        model.fit(codes, classes)
    return float(log_loss(truth, model.predict_proba(others), labels=model.classes_))


SCORE = row_of_codes(
    "infoe",
    "InfoE, explicitness",
    infoe,
    short="InfoE",
    permutations=2,
    corrected={"held_out": True},
    hint="1: a linear classifier tells every factor from the code; 0: none",
    order=370,
    reference=REFERENCE,
    costly=True,
)
