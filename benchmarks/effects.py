"""What a static factor does to the log-mel of phrases, and how much of it their average keeps.

`python -m benchmarks.effects` renders 100 phrases with a factor's lowest and with its highest
value. The first number is the mean square between the two log-mels; the second that between their
averages over phrases and time, which is what a model can learn without knowing the line.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsounds.datasets import load_recipe, open_corpus
from dsounds.synth.features import log_mel

PHRASES = 100
OWN = {"tilts": (-6.0,), "formants": (), "densities": (2.0, 2.5, 3.125), "count": 300, "seed": 1}
FACTORS = {
    "tilt": {"tilts": (-12.0, 0.0)},
    "formant": {"formants": (500.0, 2000.0)},
    "odd_even": {"odd_evens": (-24.0, 0.0)},
    "level": {"levels": (-46.0, -22.0)},
    "decay": {"decays": (0.6, 60.0)},
}


def effect(name: str) -> tuple[float, float]:
    """Mean squares of a factor: whole, and of the average over phrases and time."""
    corpus = open_corpus(replace(load_recipe("sinusoids-4"), **(OWN | FACTORS[name])))
    clips = np.arange(PHRASES)
    low, high = (log_mel(corpus.counterfactual(clips, classes={name: value})) for value in (0, 1))
    average = low.mean(axis=(0, 1)) - high.mean(axis=(0, 1))
    return float(np.mean((low - high) ** 2)), float(np.mean(average**2))


def main() -> None:
    """Print a line for each factor."""
    print(f"{'factor':<10}{'mean square':>12}{'of the average':>16}")
    for name in FACTORS:
        whole, average = effect(name)
        print(f"{name:<10}{whole:>12.1f}{average:>16.1f}")


if __name__ == "__main__":
    main()
