"""Aims of an experiment: bounds for means over the seeds, each of which is reached or missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..comparison.over_seeds import Mean, mean
from .results import Results
from .table import number
from .variant import Variant

_DECIMALS = 3  # an F1 of 0.989 misses an aim of 0.99


@dataclass(frozen=True)
class Aim:
    """A bound for the mean over the seeds of some scores, all of which must keep to it.

    Parameters
    ----------
    corpus
        The corpus, by its name.
    words
        What the worst of the scores is called: "swap's distance", "least F1 of tilt".
    keys
        The scores by their keys, each of the whole run or as "factor/name".
    better
        Whether the mean is to be at most the bound ("lower") or at least ("higher").
    """

    corpus: str
    words: str
    keys: tuple[str, ...]
    better: Literal["lower", "higher"]
    bound: float

    def worst(self, results: Results, variant: Variant) -> Mean:
        """Return the worst mean of the scores; that of one without a value, where there is one."""
        found = [mean(results.over_seeds(variant, key).ravel()) for key in self.keys]
        missing = [one for one in found if not one.count]
        pick: Callable[..., Mean] = max if self.better == "lower" else min
        return missing[0] if missing else pick(found, key=lambda one: one.value)

    def reached(self, results: Results, variant: Variant) -> bool:
        """Return whether all means keep to the bound; a score without a value does not."""
        value = self.worst(results, variant).value
        return value <= self.bound if self.better == "lower" else value >= self.bound

    def told(self, results: Results, variant: Variant) -> str:
        """Return the worst mean with its interval, the bound, and whether it was reached."""
        worst = self.worst(results, variant)
        bound = f"{'at most' if self.better == 'lower' else 'at least'} {self.bound:g}"
        if not worst.count:
            return f"{self.words} ({bound}): not measured"
        said = "reached" if self.reached(results, variant) else "missed"
        return f"{self.words} {number(worst, decimals=_DECIMALS)} ({bound}): {said}"


def told_of_aims(
    aims: Sequence[Aim], results: Results, own: Callable[[str], Variant | None]
) -> str:
    """Return how many aims were reached, and the numbers of each.

    `own` gives the variant that is to reach the aims on a corpus, by the corpus's name; None where
    there is none.
    """
    found = [(aim, variant) for aim in aims if (variant := own(aim.corpus)) is not None]
    count = sum(aim.reached(results, variant) for aim, variant in found)
    said = "; ".join(f"{aim.corpus}: {aim.told(results, variant)}" for aim, variant in found)
    return f"{count} of {len(aims)} aims are reached by the mean over the seeds. {said}."
