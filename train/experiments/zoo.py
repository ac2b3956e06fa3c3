"""Every family, from its first preset, on two corpora: one table."""

import numpy as np

from ..models.registry import FAMILIES
from .corpora import CorpusPlan
from .experiment import Experiment
from .results import Results
from .variant import Variant

CORPORA = {
    "paper": CorpusPlan("paper", {"count": 600}),
    "phrases": CorpusPlan("sinusoids-4", {"count": 600}),
}


def verdict(results: Results) -> str:
    """Return for each corpus the family whose swaps are nearest to the true counterfactual."""
    said = []
    for corpus in CORPORA:
        own = [v for v in results.variants if v.corpus == corpus and results.of(v)]
        errors = {v.family: _error(results, v) for v in own}
        errors = {family: error for family, error in errors.items() if np.isfinite(error)}
        if errors:
            best = min(errors, key=lambda family: errors[family])
            said.append(f"{corpus}: {best} ({errors[best]:.2f})")
    return f"the smallest mean counterfactual error is that of, on {'; '.join(said)}."


def _error(results: Results, variant: Variant) -> float:
    values = results.over_seeds(variant, "counterfactual_error")
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


EXPERIMENT = Experiment(
    finding="no paper compares them all; each says that its own model separates what it is to.",
    source="none",
    corpora=CORPORA,
    variants=tuple(
        Variant(family, corpus=corpus) for corpus in CORPORA for family in FAMILIES.names
    ),
    seeds=3,
    verdict=verdict,
    note=(
        "Every family is trained with its first preset, so they differ in their numbers of updates "
        "and of weights."
    ),
)
