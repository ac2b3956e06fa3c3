"""MIG and DMIG of AR-VAE while it learns two factors that depend on each other.

Fig 1 of Watcharasupat and Lerch 2021 has a point for each epoch of one run; here each budget of
epochs is a run of its own, and rho says how strongly the two factors depend.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr

from ...datasets import Corpus
from ..fitting.checkpoints import load_run
from ..fitting.run_data import open_run_data
from ..models.interface import encode_all
from ..scores.codes.dmig import dmig
from ..scores.codes.estimators import CORRECTED
from ..scores.codes.mig import mig
from .corpora import CorpusPlan
from .dmig_rho import conditional
from .experiment import Experiment
from .results import Result, Results
from .scatter import Axis, scatter_figure
from .variant import Variant

PAIR = ("tilt", "hnr")
OWN = {name: place for place, name in enumerate(PAIR)}  # the dimension of v of each
RHOS = (0.0, 0.6, 0.9)
EPOCHS = (1, 2, 4, 8, 16, 32)
CORPORA = [f"rho-{rho:g}" for rho in RHOS]
COLOURS = dict(zip(CORPORA, ("dimgray", "darkorange", "crimson"), strict=True))
SOUNDS = {
    "count": 2400,
    "validation": 0.5,  # entropies of fewer clips would tell little
    "sampling": "correlated",
    "correlate": PAIR,
}
FINDING = (
    "of two strongly dependent attributes MIG stays near 0.01 although the Spearman correlation "
    "(SCC) of each with its dimension says that it is encoded; DMIG comes to 1, mostly after SCC "
    "has risen, and is nearly proportional to MIG."
)


def measure(run: Result, corpus: Corpus) -> dict[str, float]:
    """Return SCC, MIG and DMIG of the dimensions made for the factors, of each and their means."""
    loaded = load_run(run.folder)
    data = open_run_data(loaded.config)
    v = encode_all(loaded.model, torch.from_numpy(np.asarray(data.x[data.scored]))).v_mean
    assert v is not None
    classes = corpus.labels(data.scored)[0]
    labels = {name: classes[:, corpus.space.column(name)] for name in PAIR}
    return own_scores(v.numpy(), labels, corpus.joint(*PAIR, data.scored))


def own_scores(
    codes: np.ndarray, labels: dict[str, np.ndarray], counts: np.ndarray
) -> dict[str, float]:
    """Return the scores of codes whose first two dimensions were made for the two factors.

    Parameters
    ----------
    codes
        (n, dimensions).
    labels
        The classes of both factors, (n,).
    counts
        How many of the samples have each pair of classes: (A, B).
    """
    exact = conditional(counts, *PAIR)
    options: dict[str, Any] = {"estimator": CORRECTED, "assignment": OWN}
    found = {
        "own_scc": {name: spearmanr(one, codes[:, OWN[name]])[0] for name, one in labels.items()},
        "own_mig": mig(codes, labels, **options).factors,
        "own_dmig": dmig(codes, labels, conditional_entropy=exact, **options).factors,
    }
    each = {f"{name}/{key}": one for key, both in found.items() for name, one in both.items()}
    return {key: float(np.mean(list(both.values()))) for key, both in found.items()} | each


def verdict(results: Results) -> str:
    """Return SCC, MIG and DMIG after the first and the last budget, for each rho."""
    said = []
    for corpus in CORPORA:
        own = [v for v in results.variants if v.corpus == corpus and results.of(v)]
        if own:
            numbers = [
                " to ".join(f"{np.mean(results.over_seeds(v, key)):.2f}" for v in (own[0], own[-1]))
                for key in ("own_scc", "own_mig", "own_dmig")
            ]
            said.append(f"{corpus.replace('-', ' ')}: {', '.join(numbers)}")
    return f"SCC, MIG and DMIG from the fewest to the most epochs: {'; '.join(said)}."


def draw(results: Results, path: Path) -> None:
    """Draw SCC against MIG, SCC against DMIG, and DMIG against MIG."""
    scc, less = Axis("own_scc", "SCC"), Axis("own_mig", "MIG", 1.0)
    more = Axis("own_dmig", "DMIG", 1.0)
    words = f"Watcharasupat and Lerch 2021: {FINDING}\nHere: {verdict(results)}"
    panels = [(less, scc), (more, scc), (less, more)]
    scatter_figure(results, path, panels, PAIR, COLOURS, ("epochs", EPOCHS), words)


EXPERIMENT = Experiment(
    finding=FINDING,
    source="Watcharasupat and Lerch 2021, sec. 3.2, Fig 1",
    corpora={
        corpus: CorpusPlan("sinusoids-1", {**SOUNDS, "rho": rho})
        for corpus, rho in zip(CORPORA, RHOS, strict=True)
    },
    variants=tuple(
        Variant("ar-vae", {"epochs": epochs}, {"attributes": PAIR}, corpus)
        for corpus in CORPORA
        for epochs in EPOCHS
    ),
    seeds=3,
    verdict=verdict,
    note=(
        "Tilt and harmonics-to-noise ratio of tones of a second stand for brightness and depth of "
        "NSynth: five classes each, so that H(a given b) is known and no density must be "
        "estimated. 16 dimensions for 512, weights of the preset fast. Each budget is a run of "
        "its own. SCC, MIG and DMIG are of the dimensions made for the two, on the validation "
        "part, with bins of equally many clips and entropies corrected for their bias."
    ),
    scores=("own_scc", "own_mig", "own_dmig", "reconstruction_mse"),
    figures=(("figure.png", draw),),
    measure=measure,
)
