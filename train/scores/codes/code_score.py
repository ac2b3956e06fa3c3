"""A score of codes against factors: its number, that of each factor, its floor and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ....settings import require
from .samples import Factors, Kind, Samples, samples_of

LEVEL = 0.95  # of intervals, and of the floor's upper end


@dataclass(frozen=True)
class Found:
    """What a score finds in samples: its number, and what that was made from.

    Attributes
    ----------
    value
        The number; nan where it has none.
    factors
        The number of each factor that the score could be computed for.
    matrix
        (factors, dimensions), in the order of the factors that vary; None where there is none.
    left_out
        Factors that are not scored, with the reason.
    bootstrap
        Whether bootstrap samples, which hold some samples twice, say how far the value spreads.
        Otherwise there is no interval.
    """

    value: float
    factors: Mapping[str, float] = field(default_factory=dict)
    matrix: np.ndarray | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    bootstrap: bool = True

    @classmethod
    def of(
        cls,
        factors: Mapping[str, float],
        matrix: np.ndarray | None = None,
        left_out: Mapping[str, str] | None = None,
    ) -> Found:
        """Return a score that is the mean over factors; nan where there is none."""
        plain = {name: float(one) for name, one in factors.items()}
        mean = float(np.mean(list(plain.values()))) if plain else np.nan
        return cls(mean, plain, matrix, dict(left_out or {}))


@dataclass(frozen=True)
class CodeScore(Found):
    """What a score finds, with what it does not know.

    Attributes
    ----------
    floor
        The mean over codes whose samples were shuffled, which know nothing of the factors; None
        where it was not asked for.
    floor_high
        The value that nineteen of twenty such codes stay below.
    interval
        95 % of the values of bootstrap samples lie in it; None where it was not asked for.

    A score without a value has neither floor nor interval.
    """

    floor: float | None = None
    floor_high: float | None = None
    interval: tuple[float, float] | None = None


Compute = Callable[[Samples, np.random.Generator], Found]


def measured(
    compute: Compute,
    codes: Any,
    factors: Factors,
    *,
    kinds: Mapping[str, Kind] | None = None,
    groups: Any = None,
    permutations: int = 0,
    bootstraps: int = 0,
    seed: int = 0,
    shared: dict[Any, Any] | None = None,
) -> CodeScore:
    """Compute a score of codes against factors, with its floor and its interval.

    Parameters
    ----------
    compute
        From samples and a generator to what the score finds.
    codes, factors, kinds, groups
        See `samples_of`.
    permutations
        The number of shuffles that the floor is made of; 0 for none.
    bootstraps
        The number of samples, drawn with replacement, that the interval is made of; 0 for none.
    seed
        Draws what is drawn. The same seed gives the same numbers.
    shared
        A dictionary in which scores of the same arrays keep what they make of them, so that the
        next one is quick: give the same one to each, and other arrays another one.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    require(permutations >= 0 and bootstraps >= 0, "permutations and bootstraps cannot be negative")
    kept = {} if shared is None else shared
    samples = replace(samples_of(codes, factors, kinds, groups), made=kept.setdefault(None, {}))
    own, shuffles, draws = np.random.default_rng(seed).spawn(3)
    found = compute(samples, own)
    counts = (permutations, bootstraps) if np.isfinite(found.value) else (0, 0)

    def values(how: Callable[..., Samples], rng: np.random.Generator, count: int) -> list[float]:
        out = []
        for k, one in enumerate(rng.spawn(count)):
            made = kept.setdefault((how.__name__, seed, k), {})
            out.append(compute(replace(how(one), made=made), one).value)
        return out

    nothing = values(samples.shuffled, shuffles, counts[0])
    again = values(samples.resampled, draws, counts[1] if found.bootstrap else 0)
    left_out = found.left_out or _without_value(samples, found)
    return CodeScore(
        found.value,
        found.factors,
        found.matrix,
        {**samples.left_out, **left_out},
        found.bootstrap,
        floor=float(np.nanmean(nothing)) if nothing else None,
        floor_high=float(np.nanquantile(nothing, LEVEL)) if nothing else None,
        interval=_ends(again, (1 - LEVEL) / 2) if again else None,
    )


def _ends(values: list[float], tail: float) -> tuple[float, float]:
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _without_value(samples: Samples, found: Found) -> dict[str, str]:
    """Return the factors that the score itself has no number for; none where it has no factors."""
    if not found.factors:
        return {}
    missing = samples.values.keys() - found.factors.keys()
    return {name: f"it is {samples.kinds[name]}" for name in sorted(missing)}
