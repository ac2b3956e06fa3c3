"""How often a judge is right on real clips that it has not learned from, and how sure it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the mean share of right answers over static factors, over dynamic ones, and of each.

    Beside them stands the floor of the judge's probabilities.
    """
    from .factor_judge import clip_judge, heard_in_real
    from .kept import right_places
    from .probabilities import FLOOR

    known = clip_judge(data).known
    labels = {**data.labels, **data.scored.dynamic}
    right = {
        name: float((p.argmax(axis=1) == right_places(known[name], labels[name])).mean())
        for name, p in heard_in_real(data).items()
    }
    return {**_means(data, right), "judge_floor": FLOOR}


def guesses(data: EvaluationData) -> dict[str, float]:
    """Return the same of always the most frequent class of the training clips."""
    assert data.train is not None
    known = {**data.train.labels, **data.train.dynamic}
    labels = {**data.labels, **data.scored.dynamic}
    factors = (*data.factors, *data.dynamic_factors)
    return _means(data, {name: _guessed(known[name], labels[name]) for name in factors})


def _guessed(known: np.ndarray, labels: np.ndarray) -> float:
    classes, counts = np.unique(known, return_counts=True)
    return float((labels == classes[counts.argmax()]).mean())


def _means(data: EvaluationData, right: dict[str, float]) -> dict[str, float]:
    kinds = {"judge_accuracy": data.factors, "judge_accuracy_dynamic": data.dynamic_factors}
    means = {key: float(np.mean([right[f] for f in own])) for key, own in kinds.items() if own}
    return means | {f"judge_accuracy/{name}": share for name, share in right.items()}


SCORE = Score(
    name="judge_accuracy",
    label="judge, real clips",
    compute=compute,
    hint="a judge, trained on real clips, hears the static factors of other real clips",
    unit="accuracy",
    group="Judge",
    order=600,
    better="higher",
    floor=guesses,
    ceiling=1.0,
    needs=frozenset({"x", "train_x", "labels"}),
    shown={"judge_accuracy": "judge, real clips"},
    costly=True,
)
