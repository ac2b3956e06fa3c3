"""Marks, how good a score is, and one verdict on the scores of a model together.

A score is read as the part of the way from its floor (a guess, or no swap) to its ceiling.
"""

from collections.abc import Mapping
from typing import Literal

from ..scores.swaps.partners import chance

Mark = Literal["good", "part", "poor"]
Numbers = Mapping[str, float | None]

# Our thresholds, not the literature's, as parts of the way from floor to ceiling.
REACHED, NOWHERE = 0.9, 0.25
NO_EFFECT = 0.01  # part of the mean square that a right swap would change
UNLEARNED = 0.5  # part of the variance per band: a constant output misses all of it


def mark(value: float, floor: float, ceiling: float) -> Mark:
    """Return how far a value is on the way from floor to ceiling."""
    way = (value - floor) / (ceiling - floor)
    return "good" if way >= REACHED else "poor" if way <= NOWHERE else "part"


def verdict(scores: Numbers, factors: Mapping[str, Numbers]) -> tuple[Mark, str]:
    """Return what a model's scores say of it.

    Parameters
    ----------
    scores
        The scores of the whole model; those that are missing or None are not judged by.
    factors
        The scores of each static factor.

    Returns
    -------
    tuple
        A mark, and two to four words.
    """
    error = _error(scores)
    if _unlearned(scores):
        return "poor", "has hardly learned"
    if not factors:
        return "part", "nothing to separate"
    swapped = [_swapped(row) for row in factors.values()]
    if None in swapped:
        return "part", "cannot be judged"
    if _collapsed(scores):
        return "poor", "v has collapsed"
    if {*swapped, error} == {"good"}:
        return "good", "separates"
    if {"good", "part"} & {*swapped}:
        return "part", "separates in part"
    return "poor", "does not separate"


def _unlearned(scores: Numbers) -> bool:
    """Return whether decoded clips are so far from true ones that swaps cannot be judged."""
    missed = scores.get("reconstruction_mse_standardised")
    compared = scores.get("counterfactual_mse") is not None
    without_value = compared and scores.get("counterfactual_error") is None
    return without_value or (missed is not None and missed > UNLEARNED)


def _error(scores: Numbers) -> Mark | None:
    """Return the mark of the true counterfactual error: 0 as good as resynthesis, 1 no swap."""
    error = scores.get("counterfactual_error")
    return None if error is None else mark(error, 1, 0)


def _swapped(row: Numbers) -> Mark | None:
    """Return how well exchanging v moves a factor; None where that was not scored."""
    try:
        given, moved, kept = (
            mark(row[key], chance(row), 1)  # type: ignore[arg-type]
            for key in ("f1_input", "f1_global", "f1_local")
        )
    except (KeyError, TypeError):
        return None
    if "poor" in (given, moved):
        return "poor"
    return "good" if moved == kept == "good" else "part"


def _collapsed(scores: Numbers) -> bool:
    """Return whether v does next to nothing to the output."""
    effect, needed = scores.get("v_effect"), scores.get("counterfactual_mse_unswapped")
    if effect is None:
        return False
    return effect <= NO_EFFECT * needed if needed else scores.get("v_active_units") == 0
