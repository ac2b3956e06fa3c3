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
    """Return the counterfactual error of DSAE, and of the augmentations from the best one on."""
    errors = {
        " and ".join(map(str, v.settings.values())) or v.family: float(
            np.mean(results.over_seeds(v, "counterfactual_error"))
        )
        for v in results.variants
        if results.of(v)
    }
    told = sorted(errors.items(), key=lambda item: item[1])
    return "mean counterfactual error: " + ", ".join(f"{name} {one:.2f}" for name, one in told)


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
