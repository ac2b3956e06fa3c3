"""SCAN by its number of labels: sound to symbol and back, operators (Higgins et al. 2018)."""

import numpy as np

from .corpora import CorpusPlan
from .experiment import Experiment
from .results import Results
from .variant import Variant

# Tones of a second whose factors a small VAE can tell: the limit is then what SCAN adds.
TONES = {
    "count": 1200,
    "seconds": 1.0,
    "pitches": (48, 52, 56, 60),
    "levels": (-33.0, -24.0, -15.0),
    "tilts": (0.0, -6.0, -12.0),
    "formants": (500.0, 1000.0, 4000.0),
    "hnrs": (30.0, 6.0),
    "attacks": (0.008, 0.128),
    "decays": (2.0, 5.0, 16.0),
}
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
    source="Higgins et al. 2018",
    corpora={"": CorpusPlan("sinusoids-2", TONES)},
    variants=tuple(Variant("scan", {"labelled": share}) for share in LABELLED),
    seeds=3,
    verdict=verdict,
    note=(
        "Accuracies and diversities are those that a judge, trained on the true symbols, hears. "
        "held_out: recombinations of symbols that no label showed."
    ),
    scores=SCORES,
)
