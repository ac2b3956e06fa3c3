"""Rows of what a judge hears of factors that a clip which a model made should have.

A model makes a clip from the v of one real clip and the z of another, or from one that is drawn.
The static factors of the clip that v came from should be heard in it, and the dynamic ones of that
which z came from. For each factor, with p_data what the judge says of that real clip and p_made
what it says of the made one:

    NAME_disagreement   the most probable class of p_made is not that of p_data
    NAME_kl             KL(p_made to p_data); NAME_kl_random that of a uniform p instead of p_made
    NAME_accuracy       the most probable class of p_made is the true class
    NAME_is             the Inception Score of p_made; NAME_h_yx is H(y | x), NAME_h_y is H(y)

The numbers are means over static factors, or over dynamic ones where NAME_..._dynamic, or where v
tells nothing of what is kept; "NAME_.../factor" is that of one factor. H(y) and what is made of it
count each class of the true ones alike. See `probabilities`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..row import Need, Score

if TYPE_CHECKING:
    from ..data.batches import Batches
    from ..data.evaluation_data import EvaluationData

MEASURES = ("disagreement", "kl", "kl_random", "accuracy", "is", "h_yx", "h_y")
NEEDS: frozenset[Need] = frozenset({"x", "train_x", "labels", "decode"})


@dataclass(frozen=True)
class Kept:
    """Clips that a model made, in which a factor should be that of real clips.

    `name` is that of the clips, `x` they themselves, `source` the places among the scored clips of
    those whose class they should have, (n,).
    """

    factor: str
    name: str
    x: Batches
    source: np.ndarray


Makes = Callable[["EvaluationData"], list[Kept]]


def measures(made: np.ndarray, real: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Return the measures of one factor.

    Parameters
    ----------
    made, real
        (n, classes) what a judge says of the made clips, and of the real ones that they should be
        like.
    right
        (n,) the number of the true class; -1 where the judge does not know it.

    Raises
    ------
    DsoundsError
        If the probabilities are none, or are not of as many clips.
    """
    from . import probabilities as of

    weights = of.balanced(right)
    found = (
        of.disagreement(made, real),
        of.kl(made, real),
        of.kl_random(real),
        float((made.argmax(axis=1) == right).mean()),
        of.inception_score(made, weights),
        of.conditional_entropy(made, weights),
        of.marginal_entropy(made, weights),
    )
    return dict(zip(MEASURES, found, strict=True))


def right_places(known: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the place of each class, (n,), among the sorted known ones; -1 where it is not."""
    place = np.searchsorted(known, classes).clip(max=len(known) - 1)
    return np.where(known[place] == classes, place, -1)


def kept_row(name: str, label: str, hint: str, order: int, makes: Makes, **about: Any) -> Score:
    """Return the row of what should be kept in clips that a model makes.

    Beside what is heard in them stand the floor, what is heard in a real clip drawn at random in
    their place, and the ceiling, what is heard in the real clip that they should be like.
    """

    def compute(data: EvaluationData) -> dict[str, float]:
        from .factor_judge import heard

        return _numbers(data, name, makes, lambda kept: heard(data, kept.name, kept.x))

    def floor(data: EvaluationData) -> dict[str, float]:
        order = data.rng("judge floor").permutation(len(data))
        return _means(_numbers(data, name, makes, lambda kept: _real(data, order)))

    def ceiling(data: EvaluationData) -> dict[str, float]:
        return _means(_numbers(data, name, makes, lambda kept: _real(data, kept.source)))

    shown = {
        f"{name}_disagreement": f"judge differs, {label}",
        f"{name}_kl": f"judge's KL, {label}",
    }
    return Score(
        name=name,
        label=f"judge, {label}",
        compute=compute,
        hint=hint,
        group="Judge",
        order=order,
        better="lower",
        floor=floor,
        ceiling=ceiling,
        reference="Li and Mandt 2018, Table 1",
        shown=shown,
        **{"needs": NEEDS, **about},
    )


def _real(data: EvaluationData, places: np.ndarray) -> dict[str, np.ndarray]:
    from .factor_judge import heard_in_real

    return {name: p[places] for name, p in heard_in_real(data).items()}


def _means(numbers: dict[str, float]) -> dict[str, float]:
    return {key: value for key, value in numbers.items() if "/" not in key}


def _numbers(
    data: EvaluationData,
    name: str,
    makes: Makes,
    hears: Callable[[Kept], Mapping[str, np.ndarray]],
) -> dict[str, float]:
    from .factor_judge import clip_judge

    known, labels = clip_judge(data).known, {**data.labels, **data.scored.dynamic}
    found = {}
    for kept in makes(data):
        factor, source = kept.factor, kept.source
        right = right_places(known[factor], labels[factor][source])
        found[factor] = measures(hears(kept)[factor], _real(data, source)[factor], right)
    kinds = [("", data.factors), ("_dynamic", data.dynamic_factors)]
    if not found.keys() & {*data.factors}:
        kinds = [("", data.dynamic_factors)]
    out: dict[str, float] = {}
    for measure in MEASURES:
        for ending, factors in kinds:
            own = [found[factor][measure] for factor in factors if factor in found]
            out |= {f"{name}_{measure}{ending}": float(np.mean(own))} if own else {}
        out |= {f"{name}_{measure}/{factor}": one[measure] for factor, one in found.items()}
    return out
