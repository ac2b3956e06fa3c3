"""When the baselines of TS-DSAE lose v: F1 and v's effect against the updates (Luo et al. 2022)."""

from pathlib import Path

import numpy as np

from .corpora import CorpusPlan
from .curves import curve_figure
from .experiment import Experiment
from .results import Results
from .table import SWAP_COLUMNS
from .tsdsae_fig3 import COLOURS, LOW
from .variant import grid

UPDATES_PER_EPOCH = 15  # 240 clips to train on, in batches of 16
EPOCHS = (67, 333, 1333)  # about 1,000, 5,000 and 20,000 updates
COMMON = {
    "z_dim": 32,
    "batch_size": 16,
    "stage1_epochs": 20,
    "swaps": "one",
    "patience": 10_000,
}
FINDING = (
    "with z of 32 dimensions DSAE-f, TS-DSAE without regularisers and DSAE have a low F1 after "
    "swaps (v has collapsed), after up to 4,000 epochs; TS-DSAE does not."
)


def updates(epochs: float) -> float:
    """Return the updates of a run of so many epochs."""
    return epochs * UPDATES_PER_EPOCH


def verdict(results: Results) -> str:
    """Return for each family the budget at which it has lost v, or that it has not."""
    said = []
    for family in COLOURS:
        own = [v for v in results.variants if v.family == family and results.of(v)]
        if not own:
            continue
        lost = [
            updates(v.settings["epochs"])
            for v in own
            if np.mean(results.over_seeds(v, "f1_global")) <= LOW
        ]
        most = max(updates(v.settings["epochs"]) for v in own)
        told = f"at {min(lost):,.0f} updates" if lost else f"not in {most:,.0f} updates"
        said.append(f"{family} {told}")
    return f"F1 after the global swap falls to {LOW} or less: {'; '.join(said)}."


def draw(results: Results, path: Path) -> None:
    """Draw F1 after the swaps, v's effect and the counterfactual error against the updates."""
    scores = ("f1_global", "f1_local", "v_effect", "counterfactual_error")
    words = f"Luo et al. 2022: {FINDING}\nHere: {verdict(results)}"
    curve_figure(results, path, scores, COLOURS, ("epochs", updates, "updates"), words)


EXPERIMENT = Experiment(
    finding=FINDING,
    source="Luo et al. 2022, sec. 6.1, Fig 3",
    corpora={"": CorpusPlan("paper", {"count": 300})},
    variants=tuple(grid(COLOURS, {"epochs": EPOCHS}, common=COMMON, preset="released")),
    seeds=1,
    verdict=verdict,
    note=(
        f"The authors' objective (preset released), {UPDATES_PER_EPOCH} updates an epoch; each "
        "budget is a run of its own. Scores are those of the best epoch by Eq 2 on the validation "
        "part, which the column epoch names."
    ),
    scores=(
        *("epoch", "f1_reconstruction", "f1_global", "f1_local", "reconstruction_mse"),
        *("v_kl_standard", "v_effect", *SWAP_COLUMNS),
    ),
    figures=(("figure.png", draw),),
)
