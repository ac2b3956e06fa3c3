"""SCAN by its number of labels: sound to symbol and back, operators (Higgins et al. 2018)."""

import numpy as np

from .corpora import CorpusPlan
from .experiment import Experiment
from .results import Results
from .variant import Variant

LABELLED = (0.02, 0.05, 0.2)  # parts of the training clips
SCORES = (
    *("sound_to_symbol", "sound_to_symbol_held_out"),
    *("symbol_to_sound", "symbol_to_sound_held_out"),
    *("symbol_diversity", "symbol_diversity_held_out"),
    *("recombination", "recombination_held_out", "recombination_diversity"),
)


def verdict(results: Results) -> str:
    """Return each score beside that of a guess, with the most labels."""
    most = [v for v in results.variants if results.of(v)][-1]
    said = []
    for key in SCORES:
        found, guess = results.over_seeds(most, key), results.floors(most, key)
        if np.isfinite(found).any():
            chance = f" (a guess: {np.nanmean(guess):.2f})" if np.isfinite(guess).any() else ""
            said.append(f"{key.replace('_', ' ')} {np.nanmean(found):.2f}{chance}")
    share = most.settings["labelled"]
    return f"with labels for {share:.0%} of the training clips: {', '.join(said)}."


EXPERIMENT = Experiment(
    finding=(
        "with few labels SCAN names what it sees and shows what it is told, varies what a symbol "
        "leaves open, and its operators reach concepts that no label named."
    ),
    source="Higgins et al. 2018, sec. 4",
    corpora={"": CorpusPlan("sinusoids-1", {"count": 2000})},
    variants=tuple(Variant("scan", {"labelled": share}) for share in LABELLED),
    seeds=3,
    verdict=verdict,
    note=(
        "Accuracies and diversities are those that a judge, trained on the true symbols, hears. "
        "held_out: recombinations of symbols that no label showed."
    ),
    scores=SCORES,
)
