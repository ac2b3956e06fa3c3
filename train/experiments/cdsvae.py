"""C-DSVAE with each of its augmentations, beside DSAE (Bai et al. 2021)."""

import numpy as np

from .corpora import CorpusPlan
from .experiment import Experiment
from .results import Results
from .variant import Variant

CONTENT = ("shuffle", "reverse", "block-shuffle", "block-resample", "none")
MOTION = ("equalisation", "formants", "both", "true", "none")
BEST = {"content": "block-shuffle", "motion": "both"}  # what the others are changed from
VIEWS = [
    BEST,
    *(BEST | {"content": name} for name in CONTENT if name != BEST["content"]),
    *(BEST | {"motion": name} for name in MOTION if name != BEST["motion"]),
]


def verdict(results: Results) -> str:
    """Return the distance from swap to true counterfactual, and v's effect, the nearest first."""
    told = []
    for variant in results.variants:
        if results.of(variant):
            name = " and ".join(map(str, variant.settings.values())) or variant.family
            far, effect = (
                float(np.mean(results.over_seeds(variant, key)))
                for key in ("counterfactual_mse", "v_effect")
            )
            told.append((far, f"{name} {far:.1f} ({effect:.1f})"))
    said = ", ".join(text for _, text in sorted(told))
    return f"mean distance from swap to true counterfactual (and v's effect): {said}."


EXPERIMENT = Experiment(
    finding=(
        "contrast with augmented views, of content for v and of motion for z, and a small I(z; v) "
        "separate v from z better than DSAE."
    ),
    source="Bai et al. 2021, sec. 2",
    corpora={"": CorpusPlan("paper", {"count": 600})},
    variants=(Variant("dsae"), *(Variant("c-dsvae", views) for views in VIEWS)),
    seeds=3,
    verdict=verdict,
    note=(
        "Content: views that keep v, frames or blocks of them in another order. Motion: views that "
        "keep z; true is the upper bound, the same melody on the other instrument, as only a "
        "generator can give it. none leaves the contrast out."
    ),
)
